/* cider.h - CIDEr-D: the cosine of TF-IDF vectors of n-grams, clipped, with a penalty for another length.
 *
 * Vedantam et al., "CIDEr" (CVPR 2015), in the form of the COCO caption evaluation, no stemming:
 *
 *   weight(g) = count(g) * (log(#samples) - log(max(1, df(g))))
 *   sim_n(c, r) = sum over g in c of min(c_g, r_g) * r_g / (|c_n| |r_n|) * exp(-d^2 / (2 * 6^2))
 *   score = 10 * mean over references of the mean over n = 1..4 of sim_n
 *
 * df(g) is the number of samples with g in some reference; d is the difference of the numbers of *bigrams*,
 * as published. Document frequencies come from the samples that were added, so a part of a data set has other
 * scores than the whole, and a single sample always has 0. They are known only at the end: the captions are
 * kept, as numbers, until then.
 */
#ifndef RG_EVAL_CIDER_H
#define RG_EVAL_CIDER_H

#include "eval/ngram.h"

typedef struct rg_cider rg_cider;

rgpt_status rg_cider_new(rg_cider **out, rgpt_error *err);
void rg_cider_free(rg_cider *cider);

/* Adds a sample. RGPT_INVALID without a reference. */
rgpt_status rg_cider_add(rg_cider *cider, rg_caption candidate, const rg_caption *references, size_t reference_count,
                         rgpt_error *err);

size_t rg_cider_count(const rg_cider *cider); /* samples added */

/* Writes the samples' scores, 0 to 10, in the order they came. The corpus' score is their mean (rg_mean).
 * More samples may be added afterwards. */
rgpt_status rg_cider_finish(const rg_cider *cider, double *scores, rgpt_error *err);

#endif
