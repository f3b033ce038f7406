/* report.h - the one line on stderr that an error is: "rgpt: what: which: found, wanted". */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "command.h"

/* Each prints one line, whatever is in the text (line breaks and other control characters become
 * spaces), and returns the exit code named in its comment. */

/* CLI_USAGE: the command line makes no sense. */
int cli_report_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* CLI_FAILED: the input is bad or something failed. */
int cli_report_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What the library said, after "about: " unless that is NULL. A call that a callback stopped
 * (RGPT_CANCELLED) is no error of its own: nothing is printed and the code is CLI_INTERRUPTED. */
int cli_report_error(const char *about, const rgpt_error *err);

/* CLI_FAILED, with errno's text: "what: which: No such file or directory". */
int cli_report_errno(const char *what, const char *which);

/* CLI_FAILED: "what: out of memory". */
int cli_report_memory(const char *what);

#endif
