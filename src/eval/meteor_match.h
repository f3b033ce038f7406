/* meteor_match.h - which words of a candidate could stand for which of a reference's, by METEOR's modules:
 * equal words, equal stems, a common set of synonyms, paraphrases of several words. */
#ifndef RG_EVAL_METEOR_MATCH_H
#define RG_EVAL_METEOR_MATCH_H

#include "eval/meteor_paraphrase.h"
#include "eval/meteor_stats.h"
#include "eval/ngram.h"

/* Matches between two captions at most: they grow by the square of a caption that repeats itself. */
enum { RG_METEOR_MATCH_LIMIT = 1 << 22 };

/* What the modules know of a word. */
typedef struct rg_meteor_word {
    int32_t hash, stem;          /* java_hash.h */
    size_t first_set, set_count; /* in rg_meteor_lexicon.sets, ascending */
    bool is_function;
} rg_meteor_word;

/* The words that captions name by number. */
typedef struct rg_meteor_lexicon {
    const rg_meteor_word *words;
    const int32_t *sets;
    const rg_paraphrases *paraphrases;       /* NULL: none */
    bool has_module[RG_METEOR_MODULE_COUNT]; /* stem and synonym; the others are there or not by themselves */
} rg_meteor_lexicon;

/* A run of the candidate's words that could stand for a run of the reference's. */
typedef struct rg_meteor_match {
    int32_t candidate, candidate_count; /* first word, words */
    int32_t reference, reference_count;
    int32_t module;
} rg_meteor_match;

/* Matches by the reference word where they start; of one word in the order exact, stem, synonym, paraphrases of
 * the reference's phrases, of the candidate's, each from left to right. Zero-initialise. */
typedef struct rg_meteor_matches {
    rg_meteor_match *list;
    size_t count, allocated;
    size_t *first; /* of each reference word in `list`, and where the last one's end */
    size_t first_allocated;
    rg_meteor_match *found; /* scratch: as found */
    size_t found_allocated;
} rg_meteor_matches;

/* Equal captions have exact matches only. RGPT_LIMIT for more than RG_METEOR_MATCH_LIMIT. */
rgpt_status rg_meteor_matches_find(rg_meteor_matches *matches, const rg_meteor_lexicon *lexicon, rg_caption candidate,
                                   rg_caption reference, rgpt_error *err);
void rg_meteor_matches_reset(rg_meteor_matches *matches);

#endif
