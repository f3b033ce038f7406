/* bleu.h - BLEU-1 to 4 of captions against one or several references.
 *
 * Papineni et al., "BLEU" (ACL 2002), in the form of the COCO caption evaluation: precisions clipped by the
 * largest count in any reference, the closest reference length (the shorter of two as close), and the terms
 * 1e-15 and 1e-9 that keep every ratio finite. The score of a corpus is the formula on summed counts, never
 * a mean of scores.
 */
#ifndef RG_EVAL_BLEU_H
#define RG_EVAL_BLEU_H

#include "eval/ngram.h"

/* What a sample, or a sum of samples, comes to. Zero-initialised is nothing. Index 0 is single words. */
typedef struct rg_bleu_counts {
    uint64_t matched[RG_NGRAM_MOST], guessed[RG_NGRAM_MOST]; /* n-grams of the candidate */
    uint64_t candidate_length, reference_length;             /* words */
} rg_bleu_counts;

typedef struct rg_bleu rg_bleu; /* scratch memory of the counting */

rgpt_status rg_bleu_new(rg_bleu **out, rgpt_error *err);
void rg_bleu_free(rg_bleu *bleu);

/* Counts one sample. RGPT_INVALID without a reference. */
rgpt_status rg_bleu_count(rg_bleu *bleu, rg_caption candidate, const rg_caption *references, size_t reference_count,
                          rg_bleu_counts *out, rgpt_error *err);

void rg_bleu_add(rg_bleu_counts *sum, const rg_bleu_counts *sample);

/* scores[n - 1] is BLEU-n, 0 to 1. */
void rg_bleu_score(const rg_bleu_counts *counts, double scores[RG_NGRAM_MOST]);

#endif
