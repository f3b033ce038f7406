#include "report.h"

#include "progress.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = sizeof(rgpt_error) + 512 };

/* File names and label files may hold anything: what reaches the terminal must stay one line and must
 * not steer it. */
static void print_line(char *line) {
    for (char *c = line; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = ' ';
    }
    cli_progress_clear();
    fprintf(stderr, "rgpt: %s\n", line);
}

static void print_format(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
static void print_format(const char *format, va_list args) {
    char line[LINE_SIZE];
    int size = vsnprintf(line, sizeof line, format, args);
    if (size < 0) line[0] = '\0';
    if (size >= (int)sizeof line) memcpy(line + sizeof line - 4, "...", 4);
    print_line(line);
}

int cli_report_usage(const char *format, ...) {
    va_list args;
    va_start(args, format);
    print_format(format, args);
    va_end(args);
    return CLI_USAGE;
}

int cli_report_failure(const char *format, ...) {
    va_list args;
    va_start(args, format);
    print_format(format, args);
    va_end(args);
    return CLI_FAILED;
}

int cli_report_error(const char *about, const rgpt_error *err) {
    if (err->status == RGPT_CANCELLED) return CLI_INTERRUPTED;
    const char *message = err->message[0] ? err->message : rgpt_status_name(err->status);
    if (about) return cli_report_failure("%s: %s", about, message);
    return cli_report_failure("%s", message);
}

int cli_report_errno(const char *what, const char *which) {
    char storage[128];
    return cli_report_failure("%s: %s: %s", what, which, strerror_r(errno, storage, sizeof storage));
}

int cli_report_memory(const char *what) {
    return cli_report_failure("%s: out of memory", what);
}
