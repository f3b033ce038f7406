/* vocab.h - the description of a vocabulary, the one thing every tokenizer source is read into.
 *
 * The readers of GGUF metadata (model/vocab_gguf.h), sentencepiece files (text/vocab_spm.h) and pairs of
 * vocab.json and merges.txt (text/vocab_json.h) fill an rg_vocab; rg_tokenizer_new checks it, copies what it
 * keeps and judges what is inconsistent. A description is a view: it owns nothing, its arrays belong to
 * whoever filled it.
 */
#ifndef RG_TEXT_VOCAB_H
#define RG_TEXT_VOCAB_H

#include <rgpt/rgpt.h>

/* A run of bytes owned by someone else; any byte may occur, no terminator is promised. */
typedef struct rg_text {
    const char *data;
    size_t size;
} rg_text;

typedef enum rg_vocab_kind {
    RG_VOCAB_BYTE_BPE, /* GPT-2 family: ranked merges over bytes, tokens written in GPT-2's byte alphabet */
    RG_VOCAB_SPM_BPE   /* sentencepiece BPE (LLaMA-2): best score first, "\u2581" for a space, byte fallback */
} rg_vocab_kind;

/* Numbered as in GGUF and sentencepiece. */
typedef enum rg_token_type {
    RG_TOKEN_NORMAL = 1,
    RG_TOKEN_UNKNOWN = 2,
    RG_TOKEN_CONTROL = 3,      /* <s>, <|im_end|>: only templates make them, text never does */
    RG_TOKEN_USER_DEFINED = 4, /* literal text matched as a whole where specials are recognised */
    RG_TOKEN_UNUSED = 5,
    RG_TOKEN_BYTE = 6 /* "<0x0A>" */
} rg_token_type;

enum {
    RG_TOKEN_NONE = -1,              /* "no such token" wherever an id is expected */
    RG_VOCAB_TOKEN_LIMIT = 1 << 22,  /* tokens, and merges */
    RG_VOCAB_TOKEN_SIZE_LIMIT = 4096 /* bytes of one token's text; the longest known in the wild is under 1024 */
};

typedef struct rg_vocab {
    rg_vocab_kind kind;
    const char *
        pre; /* RG_VOCAB_BYTE_BPE: pre-tokenizer, "gpt-2", "smollm", "llama-bpe", "qwen2", "clip"; NULL means "gpt-2" */

    size_t token_count;
    const rg_text *tokens; /* [token_count] as written in the file */
    size_t type_count;     /* 0 (all normal) or token_count */
    const int32_t *types;  /* rg_token_type */
    size_t score_count;    /* token_count for RG_VOCAB_SPM_BPE, else 0 or token_count */
    const float *scores;
    size_t merge_count;    /* RG_VOCAB_BYTE_BPE */
    const rg_text *merges; /* "left right", best first */

    /* Special ids or RG_TOKEN_NONE; 64 bits so that a file's 2^32-1 is seen to be out of range. */
    int64_t bos, eos, unknown, pad;
    bool add_bos;          /* a text starts with bos */
    bool add_space_prefix; /* RG_VOCAB_SPM_BPE: a text starts with an unwritten space */
} rg_vocab;

#endif
