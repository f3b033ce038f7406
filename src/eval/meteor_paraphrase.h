/* meteor_paraphrase.h - METEOR's table of paraphrases, as far as a set of captions can need it.
 *
 * The English table has 5 million entries (272 MB of text), so it is streamed once, after all captions are
 * known, and only entries of which every word occurs in some caption are kept. An entry is three lines: a
 * probability, which METEOR ignores, a phrase, and its paraphrase. Words are the captions' numbers for them.
 */
#ifndef RG_EVAL_METEOR_PARAPHRASE_H
#define RG_EVAL_METEOR_PARAPHRASE_H

#include "eval/ngram.h"
#include "eval/words.h"

typedef struct rg_paraphrases rg_paraphrases; /* immutable once open */

/* `words`: those that occur. RGPT_FORMAT for a malformed table. */
rgpt_status rg_paraphrases_open(const char *path, const rg_words *words, rg_paraphrases **out, rgpt_error *err);
void rg_paraphrases_close(rg_paraphrases *table);

size_t rg_paraphrases_longest(const rg_paraphrases *table); /* words in the longest phrase kept */

/* The numbers of a phrase's paraphrases, in the order of the table, one as often as it is there; returns how
 * many. */
size_t rg_paraphrases_find(const rg_paraphrases *table, rg_caption phrase, const uint32_t **numbers);

rg_caption rg_paraphrases_get(const rg_paraphrases *table, uint32_t number);

#endif
