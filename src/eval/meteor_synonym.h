/* meteor_synonym.h - METEOR's English synonyms: the sets (WordNet's synsets) that a word or its base form is in.
 *
 * A folder holds english.synsets (a line with a word, a line with the numbers of its sets) and
 * english.exceptions (a line with a base form, a line with its irregular forms). The base forms of a word are
 * those that the exceptions name; else, for a word of three characters or more that does not end in "ss",
 * the first of WordNet's ending rules ("-ies" -> "-y") that gives a known word.
 */
#ifndef RG_EVAL_METEOR_SYNONYM_H
#define RG_EVAL_METEOR_SYNONYM_H

#include "text/tokenizer.h"

typedef struct rg_synonyms rg_synonyms; /* immutable once open */

/* RGPT_FORMAT with file and line for anything that is not as above. */
rgpt_status rg_synonyms_open(const char *folder, rg_synonyms **out, rgpt_error *err);
void rg_synonyms_close(rg_synonyms *synonyms);

/* Appends the sets of a word in lower case, ascending, each once. */
rgpt_status rg_synonyms_find(const rg_synonyms *synonyms, const char *word, size_t size, rg_ids *sets, rgpt_error *err);

#endif
