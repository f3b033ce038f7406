/* meteor_stats.h - what METEOR 1.5 counts in an alignment of a candidate with a reference, and its score.
 *
 * Denkowski & Lavie, "Meteor Universal" (2014); parameters of the English rank task (alpha 0.85, beta 0.2,
 * gamma 0.6, delta 0.75; modules 1, 0.6, 0.8, 0.6):
 *
 *   length = delta * content words + (1 - delta) * function words; matches alike, weighted by module
 *   F = 1 / ((1 - alpha) / precision + alpha / recall)
 *   score = F * (1 - gamma * (chunks / mean matched words)^beta), without the penalty when all words match in
 *   one chunk
 *
 * The score of a corpus is the formula on summed counts, in which a perfect sample adds no chunk.
 */
#ifndef RG_EVAL_METEOR_STATS_H
#define RG_EVAL_METEOR_STATS_H

#include <stdint.h>

enum { RG_METEOR_EXACT, RG_METEOR_STEM, RG_METEOR_SYNONYM, RG_METEOR_PARAPHRASE, RG_METEOR_MODULE_COUNT };

/* Of one side: words, or matched words. */
typedef struct rg_meteor_side {
    uint64_t length, function;                        /* words, and function words among them */
    uint64_t content_matched[RG_METEOR_MODULE_COUNT]; /* words that each module matched */
    uint64_t function_matched[RG_METEOR_MODULE_COUNT];
    uint64_t matched; /* by any module */
} rg_meteor_side;

/* Zero-initialised is nothing. */
typedef struct rg_meteor_stats {
    rg_meteor_side candidate, reference;
    uint64_t chunks;
} rg_meteor_stats;

double rg_meteor_score(const rg_meteor_stats *stats); /* 0 to 1; 0 where nothing matches */

void rg_meteor_stats_add(rg_meteor_stats *sum, const rg_meteor_stats *sample);

#endif
