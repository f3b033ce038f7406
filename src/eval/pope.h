/* pope.h - scores of yes/no questions about objects that may not be there (hallucination).
 *
 * Source: Li et al., "Evaluating Object Hallucination in Large Vision-Language Models" (EMNLP 2023), and the
 * parsing rule of its published evaluation, kept to the letter because every published score went through
 * it: of the text before the first full stop, without its commas, split at spaces, an answer with a word
 * exactly "No", "not" or "no" is a no; anything else is a yes: "NO", "nope", "no!", an empty answer. The rule
 * so hides broken answers among the yes; beside the scores stands how many of those do not say yes.
 *
 * "Yes" is the positive class throughout.
 */
#ifndef RG_EVAL_POPE_H
#define RG_EVAL_POPE_H

#include "base/error.h"

/* The published rule. `size` bytes of UTF-8. */
bool rg_pope_is_no(const char *text, size_t size);

/* Whether the text has the word yes, in any case and between any characters that are no letters. */
bool rg_pope_says_yes(const char *text, size_t size);

/* Zero-initialise, add every question, then read the scores off. */
typedef struct rg_pope_counts {
    size_t true_yes, false_yes, true_no, false_no; /* TP, FP, TN, FN */
    size_t unparsed;                               /* counted as yes, but without the word */
} rg_pope_counts;

typedef struct rg_pope_scores {
    size_t count;       /* questions */
    size_t truth_count; /* whose truth is yes */
    double accuracy, precision, recall, f1;
    double yes_ratio; /* of the answers */
} rg_pope_scores;

void rg_pope_add(rg_pope_counts *counts, bool truth_is_yes, const char *text, size_t size);

/* A ratio of nothing to nothing (no yes at all, no questions) is 0. */
rg_pope_scores rg_pope_finish(const rg_pope_counts *counts);

/* Counts a run: question i of `questions` ({"question_id", "image", "text", "label"}, JSON lines) with answer
 * i of `answers` ({"answer" or else "text"}). Paired by order, as published; but where both files have
 * "question_id", or the answers repeat their "question", these must agree, and so must the lengths:
 * RGPT_FORMAT names the record. A label is "yes" or "no". */
rgpt_status rg_pope_read(const char *questions, const char *answers, rg_pope_counts *out, rgpt_error *err);

#endif
