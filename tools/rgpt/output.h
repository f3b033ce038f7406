/* output.h - writing to stdout, where a full disk is an error like any other. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "command.h"

#include <stdbool.h>
#include <stddef.h>

/* Gives stdin, stdout and stderr a place when the program was started with one of them closed, so that
 * a file opened later cannot take their number and receive their text. Before anything is opened. */
void cli_output_guard(void);

/* Writes and flushes, so that a reader sees each piece as it is made. Control characters other than
 * line break and tab become spaces: the text comes from a model or a file and must not steer the
 * terminal. `text` holds whole UTF-8 characters. False: cannot write; cli_output_finish will say so. */
bool cli_output_text(const char *text, size_t size);

/* As printf; for text of the program's own. */
bool cli_output_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Flushes; CLI_OK when all that was written so far has arrived, else reports the first failure. */
int cli_output_finish(void);

/* Reports a file that cannot be made because its folder is not there or not ours, before the work that
 * would be lost. `option` names what it is for: "--overlay". */
int cli_output_check_folder(const char *option, const char *path);

/* Refuses (CLI_USAGE) to write over `input`. Links and other spellings of the path are seen through; a missing file on
 * either side is fine. */
int cli_output_check_distinct(const char *option, const char *out_path, const char *input);

#endif
