/* pretoken.h - cutting text into the words that byte-level BPE works on.
 *
 * Each family fixed its cuts as a regular expression; here they are scanners by hand, because the regular
 * expressions need Unicode classes and look-ahead, and backtracking engines overflow their stack on
 * 43,000 times "A" (RELIABILITY.md A2). Any text is cut in time linear in its size.
 */
#ifndef RG_TEXT_PRETOKEN_H
#define RG_TEXT_PRETOKEN_H

#include <stdbool.h>
#include <stddef.h>

typedef struct rg_pretokenizer {
    const char *name; /* as in GGUF's tokenizer.ggml.pre */
    /* The end of the word that starts at `at` < size, greater than `at`. The text is valid UTF-8. */
    size_t (*word_end)(const char *text, size_t size, size_t at);
    bool whole_words;   /* a word that is a token is taken as it is, unmerged */
    bool lower_case;    /* the text is taken in lower case, and white space only parts words: CLIP */
    const char *suffix; /* what the tokens that end a word end with ("</w>"); "" if they are no different */
} rg_pretokenizer;

/* NULL for an unknown name. */
const rg_pretokenizer *rg_pretokenizer_find(const char *name);

#endif
