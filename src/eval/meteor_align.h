/* meteor_align.h - METEOR's search for the best alignment of a candidate's words with a reference's.
 *
 * Matches that are the only one for all their words are fixed; a beam search along the reference (40 paths)
 * chooses among the others: most words covered, then fewest chunks, then least distance.
 *
 * Published scores depend on what METEOR 1.5 really does, so this does it too (EVALUATION.md, section 1): in
 * the search a match that is not exact counts half its words, rounded down for each match, so a single word
 * counts nothing; and the distance of a match is charged not to the path that takes it but to those made from
 * the same path after it. Of equal paths the one found first wins (see meteor_match.h for the order).
 */
#ifndef RG_EVAL_METEOR_ALIGN_H
#define RG_EVAL_METEOR_ALIGN_H

#include "eval/meteor_match.h"

typedef struct rg_meteor_aligner rg_meteor_aligner; /* scratch memory; belongs to one thread at a time */

rgpt_status rg_meteor_aligner_new(rg_meteor_aligner **out, rgpt_error *err);
void rg_meteor_aligner_free(rg_meteor_aligner *aligner);

/* Aligns and counts. RGPT_LIMIT for more than RG_METEOR_MATCH_LIMIT matches. */
rgpt_status rg_meteor_align(rg_meteor_aligner *aligner, const rg_meteor_lexicon *lexicon, rg_caption candidate,
                            rg_caption reference, rg_meteor_stats *out, rgpt_error *err);

#endif
