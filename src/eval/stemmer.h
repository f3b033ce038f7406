/* stemmer.h - English words to their stems: Snowball's "english" stemmer (Porter2), as METEOR uses it. */
#ifndef RG_EVAL_STEMMER_H
#define RG_EVAL_STEMMER_H

#include "base/error.h"

typedef struct rg_stemmer rg_stemmer; /* belongs to one thread at a time */

rgpt_status rg_stemmer_new(rg_stemmer **out, rgpt_error *err);
void rg_stemmer_free(rg_stemmer *stemmer);

/* The stem of a word in lower case, valid until the next call. */
rgpt_status rg_stemmer_stem(rg_stemmer *stemmer, const char *word, size_t size, const char **stem, size_t *stem_size,
                            rgpt_error *err);

#endif
