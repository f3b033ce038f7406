/* labels.h - the closed set that `choose` scores: from --label options and a --labels file. */
#ifndef CLI_LABELS_H
#define CLI_LABELS_H

#include "command.h"

#include <stddef.h>

/* Zero-initialise; cli_labels_reset frees. Labels are distinct and not empty. */
typedef struct cli_labels {
    const char **items; /* into argv or into `text` */
    size_t count, allocated;
    char *text; /* the file's contents, cut into lines */
} cli_labels;

/* Adds one; it is not copied. */
int cli_labels_add(cli_labels *labels, const char *label);

/* Adds a file's lines: blanks around a label, empty lines, CR LF and a byte-order mark are forgiven. */
int cli_labels_read(cli_labels *labels, const char *path);

/* Reports a label that is there twice: a probability shared between equals would mislead. `source`: where
 * they come from. */
int cli_labels_check_distinct(const cli_labels *labels, const char *source);

void cli_labels_reset(cli_labels *labels);

#endif
