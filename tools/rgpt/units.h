/* units.h - sizes and counts as people read them. */
#ifndef CLI_UNITS_H
#define CLI_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* Room for any of the texts below. */
typedef struct cli_figure {
    char text[24];
} cli_figure;

cli_figure cli_size_figure(size_t bytes);    /* "84.1 MB": powers of 1000, as disks are sold */
cli_figure cli_count_figure(int64_t number); /* "134.5 M" */

#endif
