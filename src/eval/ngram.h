/* ngram.h - the runs of one to four words in a caption, counted; and the captions of one sample. */
#ifndef RG_EVAL_NGRAM_H
#define RG_EVAL_NGRAM_H

#include "base/error.h"

enum { RG_NGRAM_MOST = 4 };

typedef struct rg_ngram {
    int32_t words[RG_NGRAM_MOST]; /* numbers of rg_words; those past `length` are -1 */
    int32_t length;
    int32_t count;
} rg_ngram;

/* A hash table that keeps its items in order of first appearance. Zero-initialise. */
typedef struct rg_ngram_bag {
    rg_ngram *items;
    size_t count, allocated;
    uint32_t *slots;
    size_t slot_count;
} rg_ngram_bag;

/* A caption as words; the numbers stay the caller's. */
typedef struct rg_caption {
    const int32_t *words;
    size_t count;
} rg_caption;

/* The item of an n-gram of `length` words, added with count 0 if it is new. The pointer lives until the next
 * call. */
rgpt_status rg_ngram_bag_get(rg_ngram_bag *bag, const int32_t *words, int32_t length, rg_ngram **out, rgpt_error *err);

/* NULL if it is not in the bag. */
const rg_ngram *rg_ngram_bag_find(const rg_ngram_bag *bag, const rg_ngram *ngram);

/* Counts all n-grams of a caption: the single words first, each length from left to right. */
rgpt_status rg_ngram_bag_add(rg_ngram_bag *bag, rg_caption caption, rgpt_error *err);

void rg_ngram_bag_clear(rg_ngram_bag *bag); /* empty, with its memory kept */
void rg_ngram_bag_reset(rg_ngram_bag *bag); /* and its memory freed */

#endif
