/* tokenizer_parts.h - the inside of rg_tokenizer, for the files that implement it. */
#ifndef RG_TEXT_TOKENIZER_PARTS_H
#define RG_TEXT_TOKENIZER_PARTS_H

#include "text/bpe_merge.h"
#include "text/pretoken.h"
#include "text/special.h"
#include "text/tokenizer.h"

/* A row of the merge table: left + right make `merged`. */
typedef struct rg_merge_row {
    int32_t left, right, merged; /* left = RG_TOKEN_NONE: an empty row */
    uint32_t rank;
} rg_merge_row;

struct rg_tokenizer {
    rg_vocab_kind kind;
    rg_token_table table;
    rg_special_set specials;
    rg_special_ids special_ids;
    int32_t byte_ids[256]; /* the token of each single byte, or RG_TOKEN_NONE */

    /* byte-level BPE (bpe_byte.c) */
    const rg_pretokenizer *pre;
    int32_t final_byte_ids[256]; /* of a byte that ends a word: like byte_ids where `pre` has no suffix */
    rg_merge_row *merges;        /* open addressing by (left, right); power-of-two size, at least a third empty */
    size_t merge_mask;

    /* sentencepiece BPE (bpe_spm.c) */
    uint32_t *ranks; /* [table.count] order of the scores: 0 is the best, equal scores have equal ranks */
    bool add_space_prefix;
};

/* For a character without any token: the unknown token if the vocabulary has one of that type, else nothing, as
 * the reference implementations do. (A control token that a file names as unknown must not come from text.) */
rgpt_status rg_tokenizer_append_unknown(const rg_tokenizer *t, rg_ids *ids, rgpt_error *err);

/* The two families. `init` fills the family's part from a description, with the table already filled;
 * `encode` appends the ids of a text that holds no special tokens, size > 0, using `m` to work in. */
rgpt_status rg_bpe_byte_init(rg_tokenizer *t, const rg_vocab *vocab, rgpt_error *err);
rgpt_status rg_bpe_byte_encode(const rg_tokenizer *t, rg_merger *m, const char *text, size_t size, rg_ids *ids,
                               rgpt_error *err);
rgpt_status rg_bpe_spm_init(rg_tokenizer *t, const rg_vocab *vocab, rgpt_error *err);
rgpt_status rg_bpe_spm_encode(const rg_tokenizer *t, rg_merger *m, const char *text, size_t size, bool continued,
                              rg_ids *ids, rgpt_error *err);

#endif
