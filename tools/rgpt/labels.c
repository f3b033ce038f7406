#include "labels.h"

#include "input.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* A hundred times the largest vocabularies of categories in use. */
static const size_t file_limit = (size_t)64 << 20;

int cli_labels_add(cli_labels *labels, const char *label) {
    if (labels->count == labels->allocated) {
        size_t wanted = labels->allocated ? labels->allocated * 2 : 64;
        const char **grown = reallocarray(labels->items, wanted, sizeof *grown);
        if (!grown) return cli_report_memory("labels");
        labels->items = grown;
        labels->allocated = wanted;
    }
    labels->items[labels->count++] = label;
    return CLI_OK;
}

/* Ends the line at `line` with a zero byte, without its trailing blanks; returns its first character
 * that is not blank and moves *next behind the line (NULL after the last). */
static char *cut_line(char *line, char **next) {
    char *end = strchr(line, '\n');
    *next = end ? end + 1 : NULL;
    if (!end) end = line + strlen(line);
    while (end > line && strchr(" \t\r", end[-1])) end--;
    *end = '\0';
    return line + strspn(line, " \t");
}

int cli_labels_read(cli_labels *labels, const char *path) {
    size_t size;
    int code = cli_input_read("labels", path, file_limit, &labels->text, &size);
    if (code) return code;
    if (strlen(labels->text) != size) return cli_report_failure("labels: %s: holds a zero byte, wanted text", path);

    size_t before = labels->count;
    char *line = labels->text;
    if (strncmp(line, "\xef\xbb\xbf", 3) == 0) line += 3;
    while (line && !code) {
        char *label = cut_line(line, &line);
        if (*label) code = cli_labels_add(labels, label);
    }
    if (!code && labels->count == before)
        code = cli_report_failure("labels: %s: no label in it, wanted one a line", path);
    return code;
}

static int compare(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

int cli_labels_check_distinct(const cli_labels *labels, const char *source) {
    const char **sorted = calloc(labels->count, sizeof *sorted);
    if (!sorted) return cli_report_memory("labels");
    memcpy(sorted, labels->items, labels->count * sizeof *sorted);
    qsort(sorted, labels->count, sizeof *sorted, compare);
    int code = CLI_OK;
    for (size_t i = 1; i < labels->count && !code; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) != 0) continue;
        code = cli_report_failure("labels: %s: \"%s\" is there twice, wanted distinct labels", source, sorted[i]);
    }
    free(sorted);
    return code;
}

void cli_labels_reset(cli_labels *labels) {
    free(labels->items);
    free(labels->text);
    *labels = (cli_labels){0};
}
