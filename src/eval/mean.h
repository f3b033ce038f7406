/* mean.h - averages that equal numpy's to the last bit.
 *
 * numpy adds a long array in buffers of 8192 items, each pairwise: halves down to 128 items, those in eight
 * interleaved partial sums. (From numpy 2.3 on the whole array is one buffer; the oracles are older. The two
 * differ in the sixteenth digit.)
 */
#ifndef RG_EVAL_MEAN_H
#define RG_EVAL_MEAN_H

#include <stddef.h>

/* The mean of a contiguous array; `empty` when it has no items. */
double rg_mean(const double *values, size_t count, double empty);

#endif
