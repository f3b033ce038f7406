/* rouge.h - ROUGE-L: the longest common subsequence of words, as an F measure with beta 1.2.
 *
 * Lin, "ROUGE" (2004), in the form of the COCO caption evaluation: the best precision and the best recall over
 * the references, each on its own. The score of a corpus is the mean of its samples' (rg_mean). Captions are
 * split at single spaces here (RG_SPLIT_SPACE), which makes an empty one a single empty word.
 */
#ifndef RG_EVAL_ROUGE_H
#define RG_EVAL_ROUGE_H

#include "eval/ngram.h"

/* The score of one sample, 0 to 1. RGPT_INVALID without a reference. */
rgpt_status rg_rouge_score(rg_caption candidate, const rg_caption *references, size_t reference_count, double *out,
                           rgpt_error *err);

#endif
