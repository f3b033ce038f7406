#include "eval/stemmer.h"

#include <libstemmer.h>
#include <limits.h>

/* libstemmer's own object is ours. */
static struct sb_stemmer *inner(rg_stemmer *stemmer) {
    return (struct sb_stemmer *)stemmer;
}

rgpt_status rg_stemmer_new(rg_stemmer **out, rgpt_error *err) {
    *out = (rg_stemmer *)sb_stemmer_new("english", "UTF_8");
    return *out ? RGPT_OK : rg_fail_memory(err, "English stemmer", 1);
}

void rg_stemmer_free(rg_stemmer *stemmer) {
    if (stemmer) sb_stemmer_delete(inner(stemmer));
}

rgpt_status rg_stemmer_stem(rg_stemmer *stemmer, const char *word, size_t size, const char **stem, size_t *stem_size,
                            rgpt_error *err) {
    if (size > INT_MAX / 4) return rg_fail(err, RGPT_LIMIT, "stemmer: a word of %zu bytes", size);
    *stem = (const char *)sb_stemmer_stem(inner(stemmer), (const sb_symbol *)word, (int)size);
    if (!*stem) return rg_fail_memory(err, "stemmer", size);
    *stem_size = (size_t)sb_stemmer_length(inner(stemmer));
    return RGPT_OK;
}
