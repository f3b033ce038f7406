/* ptb_rules.h - the tokens of the Penn Treebank tokenizer as a list of lexer rules.
 *
 * What each rule does was found by running CoreNLP 3.4.1's PTBTokenizer on made-up text and on captions
 * (EVALUATION.md, section 1); the patterns are this project's own.
 */
#ifndef RG_EVAL_PTB_RULES_H
#define RG_EVAL_PTB_RULES_H

#include "eval/lexer.h"

typedef enum rg_ptb_action {
    RG_PTB_KEEP,     /* the token stands as it is; a space inside becomes U+00A0 */
    RG_PTB_WORD,     /* the same without soft hyphens ("-" if it had nothing else) */
    RG_PTB_PLAIN,    /* the same in ASCII quotes and ampersands */
    RG_PTB_BRACKETS, /* the same with -LRB- and -RRB- for round brackets */
    RG_PTB_REPEAT,   /* kept, and its last byte, a period, is read again ("Inc." ends a sentence: "Inc. .") */
    RG_PTB_WRITE,    /* `text` stands for it */
    RG_PTB_DROP,     /* white space, and what no token can hold */
    RG_PTB_NEWLINE,  /* ends a line */
} rg_ptb_action;

typedef struct rg_ptb_rule {
    rg_lexer_rule lexer;
    rg_ptb_action action;
    const char *text; /* of RG_PTB_WRITE, else NULL */
} rg_ptb_rule;

/* The last rule takes any code point, so that something always matches. */
extern const rg_ptb_rule rg_ptb_rules[];
extern const size_t rg_ptb_rule_count;
extern const rg_pattern_names rg_ptb_names;

/* The character classes of ptb_codes.c, each ended by {0, 0}. */
extern const rg_code_range rg_ptb_letters[], rg_ptb_marks[], rg_ptb_digits[], rg_ptb_symbols[];

#endif
