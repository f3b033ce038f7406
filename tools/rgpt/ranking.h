/* ranking.h - indices in the order of their probabilities, for showing the best first. */
#ifndef CLI_RANKING_H
#define CLI_RANKING_H

#include <stddef.h>

typedef struct cli_rank {
    size_t index;
    double p;
} cli_rank;

/* The `count` probabilities with their indices, best first, equals in their given order; free() it. NULL:
 * out of memory. */
cli_rank *cli_rank_new(const double *p, size_t count);

#endif
