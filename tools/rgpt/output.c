#include "output.h"

#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* errno of the first write that failed; by the time the program asks, errno itself is long stale. */
static int first_failure;

void cli_output_guard(void) {
    /* The wrong direction on purpose: using such a stream then fails as it would on a closed one. */
    static const int directions[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) (void)open("/dev/null", directions[fd]);
    }
}

static bool note(bool ok) {
    if (!ok && !first_failure) first_failure = errno ? errno : EIO;
    return ok;
}

/* How many bytes of the `size` > 0 at `s` make one control character; 0: none. U+0080 to U+009F count:
 * terminals obey them as they obey ESC. */
static size_t control_size(const unsigned char *s, size_t size) {
    if (s[0] == '\n' || s[0] == '\t') return 0;
    if (s[0] < 0x20 || s[0] == 0x7f) return 1;
    return s[0] == 0xc2 && size > 1 && s[1] < 0xa0 ? 2 : 0;
}

bool cli_output_text(const char *text, size_t size) {
    const unsigned char *s = (const unsigned char *)text;
    bool ok = true;
    for (size_t i = 0; i < size && ok;) {
        size_t skipped = control_size(s + i, size - i);
        ok = putchar(skipped ? ' ' : s[i]) != EOF;
        i += skipped ? skipped : 1;
    }
    return note(ok && fflush(stdout) == 0);
}

bool cli_output_format(const char *format, ...) {
    va_list args;
    va_start(args, format);
    bool ok = vprintf(format, args) >= 0;
    va_end(args);
    return note(ok);
}

int cli_output_finish(void) {
    note(fflush(stdout) == 0 && !ferror(stdout));
    if (!first_failure) return CLI_OK;
    errno = first_failure;
    return cli_report_errno("output", "stdout");
}

int cli_output_check_folder(const char *option, const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    if (!folder) return cli_report_memory(option);
    int code = access(folder, W_OK | X_OK) == 0 ? CLI_OK : cli_report_errno(option, path);
    free(folder);
    return code;
}

int cli_output_check_distinct(const char *option, const char *out_path, const char *input) {
    struct stat out, in;
    if (stat(out_path, &out) != 0 || stat(input, &in) != 0) return CLI_OK;
    if (out.st_dev != in.st_dev || out.st_ino != in.st_ino) return CLI_OK;
    return cli_report_usage("%s: %s: is also an input (%s), wanted another file", option, out_path, input);
}
