/* ptb.h - the tokenizer that caption metrics are defined on: the Penn Treebank tokenizer of CoreNLP 3.4.1
 * with -preserveLines -lowerCase, then a list of punctuation tokens that are not counted.
 *
 * EVALUATION.md, section 1. Captions are read as the lines of one document, because the tokenizer looks past
 * a line's end: "5th Ave. J." keeps its last period unless the next line begins with "The" or another word
 * that begins sentences. So a caption's tokens can depend on its neighbour, and scores with them, in the
 * sixth digit; to be equal to the published tool they must.
 */
#ifndef RG_EVAL_PTB_H
#define RG_EVAL_PTB_H

#include "base/buffer.h"

typedef struct rg_ptb rg_ptb; /* belongs to one thread at a time */

rgpt_status rg_ptb_new(rg_ptb **out, rgpt_error *err);
void rg_ptb_free(rg_ptb *ptb);

/* Appends a caption to a document, with a space for every code point that the tokenizer would take for a line
 * break (LF, VT, FF, CR, U+2028, U+2029), so that each caption stays one line. RGPT_FORMAT for text that is
 * not UTF-8; `out` then holds a part of it. */
rgpt_status rg_ptb_append_line(const char *caption, size_t size, rg_buffer *out, rgpt_error *err);

/* Appends the tokens of a document to `out`: one space between tokens, '\n' for every line break (CR LF is
 * one). No token crosses a line break. A token may hold U+00A0 ("3 1/2" is one). RGPT_FORMAT when the text
 * is not UTF-8. */
rgpt_status rg_ptb_tokenize(rg_ptb *ptb, const char *text, size_t size, rg_buffer *out, rgpt_error *err);

/* Appends a line of tokens to `out` without those that metrics leave out: '' ' `` ` . ? ! , : - -- ... ;
 * (brackets stay, as the reference's list has them in capitals only). */
rgpt_status rg_ptb_filter(const char *line, size_t size, rg_buffer *out, rgpt_error *err);

#endif
