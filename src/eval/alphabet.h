/* alphabet.h - code points that no pattern tells apart become one symbol.
 *
 * The sets of an automaton cut the 1,114,112 code points into some hundred classes; a table of an
 * automaton's moves then has a column a class.
 */
#ifndef RG_EVAL_ALPHABET_H
#define RG_EVAL_ALPHABET_H

#include "eval/charset.h"

enum { RG_ALPHABET_LIMIT = 256 }; /* symbols at most */

typedef struct rg_alphabet {
    uint32_t *firsts; /* interval i is firsts[i] .. firsts[i+1]-1, the last one ends the code points */
    uint8_t *symbols; /* its class */
    size_t interval_count;
    int symbol_count;
    uint8_t ascii[128];                        /* the usual case, at once */
    uint8_t (*members)[RG_ALPHABET_LIMIT / 8]; /* a bit a symbol, a row a set */
} rg_alphabet;

/* The alphabet of `sets` (sorted). RGPT_LIMIT when they make more than RG_ALPHABET_LIMIT classes. */
rgpt_status rg_alphabet_init(rg_alphabet *alphabet, const rg_charset *sets, size_t set_count, rgpt_error *err);
void rg_alphabet_reset(rg_alphabet *alphabet);

uint8_t rg_alphabet_symbol(const rg_alphabet *alphabet, uint32_t code);

/* Whether the set of that number holds the symbol. */
static inline bool rg_alphabet_in_set(const rg_alphabet *alphabet, int set, uint8_t symbol) {
    return alphabet->members[set][symbol / 8] >> (symbol % 8) & 1;
}

#endif
