/* lexer.h - cuts text into tokens by a list of rules: the longest match wins, of equal ones the first rule.
 *
 * A rule may name what must follow its token (trailing context). That text counts for the length that
 * decides the contest but is not part of the token; where it could start at several places, the token is
 * as long as possible. This is how the generators of the lex family read their rules.
 *
 * The rules become one nondeterministic automaton (nfa.h); the deterministic one over it is built as the
 * text needs it, at most a fixed number of states at a time. A lexer therefore changes while it is used
 * and belongs to one thread.
 */
#ifndef RG_EVAL_LEXER_H
#define RG_EVAL_LEXER_H

#include "eval/nfa.h"

typedef struct rg_lexer rg_lexer;

typedef struct rg_lexer_rule {
    const char *pattern;
    const char *follow; /* NULL: anything, also the end of the text */
} rg_lexer_rule;

typedef struct rg_lexeme {
    int rule;    /* its number; -1: no rule matches here */
    size_t size; /* of the token in bytes, without what follows; at least 1 when a rule matched */
} rg_lexeme;

rgpt_status rg_lexer_new(const rg_pattern_names *names, const rg_lexer_rule *rules, size_t rule_count, rg_lexer **out,
                         rgpt_error *err);
void rg_lexer_free(rg_lexer *lexer);

/* The token at text[at]. The text is valid UTF-8, `at` < size on a character's first byte. Fails only for
 * want of memory. */
rgpt_status rg_lexer_match(rg_lexer *lexer, const char *text, size_t size, size_t at, rg_lexeme *out, rgpt_error *err);

#endif
