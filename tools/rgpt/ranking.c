#include "ranking.h"

#include <stdlib.h>

static int compare(const void *left, const void *right) {
    const cli_rank *a = left, *b = right;
    if (a->p != b->p) return a->p > b->p ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

cli_rank *cli_rank_new(const double *p, size_t count) {
    cli_rank *ranks = calloc(count ? count : 1, sizeof *ranks);
    if (!ranks) return NULL;
    for (size_t i = 0; i < count; i++) ranks[i] = (cli_rank){i, p[i]};
    qsort(ranks, count, sizeof *ranks, compare);
    return ranks;
}
