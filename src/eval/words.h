/* words.h - captions as numbers: every different word gets one, so that metrics compare integers.
 *
 * Numbers count up from 0 in order of first appearance; the object holds each word once.
 */
#ifndef RG_EVAL_WORDS_H
#define RG_EVAL_WORDS_H

#include "text/tokenizer.h"

typedef struct rg_words rg_words;

/* Reference metrics cut tokenised captions in two ways, which differ where a token holds U+00A0 ("3 1/2")
 * and in empty captions. */
typedef enum rg_split {
    RG_SPLIT_WHITE, /* at runs of Unicode white space: BLEU, CIDEr, METEOR */
    RG_SPLIT_SPACE, /* at every single space, so that "" is one empty word: ROUGE */
} rg_split;

rgpt_status rg_words_new(rg_words **out, rgpt_error *err);
void rg_words_free(rg_words *words);

/* Appends the numbers of the words of a text (UTF-8) to `ids`. */
rgpt_status rg_words_split(rg_words *words, rg_split how, const char *text, size_t size, rg_ids *ids, rgpt_error *err);

/* The number of one word. */
rgpt_status rg_words_find(rg_words *words, const char *word, size_t size, int32_t *id, rgpt_error *err);

/* The same without adding it: false if it is new. */
bool rg_words_lookup(const rg_words *words, const char *word, size_t size, int32_t *id);

size_t rg_words_count(const rg_words *words);

/* A word by its number; valid until the next word is added. */
const char *rg_words_text(const rg_words *words, int32_t id, size_t *size);

#endif
