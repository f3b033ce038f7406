#include "input.h"

#include "interrupt.h"
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 64 * 1024 };

/* Reads to the end of `file`, doubling the block; it holds at most limit + 2 bytes: one past the limit,
 * to see that there is more, and the closing zero. */
static int read_all(FILE *file, const char *what, const char *name, size_t limit, char **block, size_t *size) {
    size_t room = 0;
    *size = 0;
    while (!feof(file)) {
        if (room - *size < 2) {
            room = room ? room * 2 : FIRST_SIZE;
            if (room > limit + 2) room = limit + 2;
            char *grown = realloc(*block, room);
            if (!grown) return cli_report_memory(what);
            *block = grown;
        }
        *size += fread(*block + *size, 1, room - 1 - *size, file);
        if (cli_interrupted()) return CLI_INTERRUPTED;
        if (ferror(file)) return cli_report_errno(what, name);
        if (*size > limit) return cli_report_failure("%s: %s: longer than %zu bytes", what, name, limit);
    }
    (*block)[*size] = '\0';
    return CLI_OK;
}

int cli_input_read(const char *what, const char *path, size_t limit, char **out, size_t *size) {
    bool is_stdin = strcmp(path, "-") == 0;
    *out = NULL;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    if (!file) return cli_report_errno(what, path);

    char *block = NULL;
    int code = read_all(file, what, is_stdin ? "stdin" : path, limit, &block, size);
    if (!is_stdin) fclose(file);
    if (code == CLI_OK) {
        *out = block;
    } else {
        free(block);
    }
    return code;
}
