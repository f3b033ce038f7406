/* tokenizer.h - text to token ids and back.
 *
 * An rg_tokenizer is immutable and may be used by any number of threads at once. Two families: byte-level
 * BPE (GPT-2, LLaMA-3, SmolLM2) and sentencepiece BPE with byte fallback (LLaMA-2, Vicuna). Both take
 * O(n log n) time and O(n) memory for n bytes of any text, without recursion.
 *
 * Text is UTF-8; other bytes are refused with RGPT_FORMAT. For a byte-level vocabulary that has all bytes
 * (and does not fold case, as CLIP's does), decode(encode(text)) = text. What has no token at all becomes
 * the unknown token, or nothing where there is none, as in the reference implementations.
 */
#ifndef RG_TEXT_TOKENIZER_H
#define RG_TEXT_TOKENIZER_H

#include "base/buffer.h"
#include "text/utf8.h"
#include "text/vocab.h"

typedef struct rg_tokenizer rg_tokenizer;

/* Builds a tokenizer from a description, which may go afterwards. Refuses (RGPT_FORMAT, RGPT_LIMIT or
 * RGPT_UNSUPPORTED, naming the token, merge or id) what cannot be a vocabulary: arrays of different
 * lengths, special ids past the end, two tokens that spell the same, merges of absent tokens, an
 * unknown pre-tokenizer. Empty tokens are kept and never made. */
rgpt_status rg_tokenizer_new(const rg_vocab *vocab, rg_tokenizer **out, rgpt_error *err);
void rg_tokenizer_free(rg_tokenizer *t); /* NULL is fine */

/* ------------------------------------------------------------------ what is in it */

typedef struct rg_special_ids {
    int32_t bos, eos, unknown, pad; /* RG_TOKEN_NONE where there is none */
    bool add_bos;
} rg_special_ids;

rg_special_ids rg_tokenizer_special_ids(const rg_tokenizer *t);
size_t rg_tokenizer_token_count(const rg_tokenizer *t);

/* The bytes a token stands for, owned by the tokenizer: a control token's are its name ("<s>"). Empty for
 * an id out of range. */
rg_text rg_tokenizer_token(const rg_tokenizer *t, int32_t id);
bool rg_tokenizer_is_control(const rg_tokenizer *t, int32_t id);

/* The special token (control or user-defined) spelled exactly like this, or RG_TOKEN_NONE. */
int32_t rg_tokenizer_special(const rg_tokenizer *t, const char *name, size_t size);

/* The first special token in text[from..size), the longest where several start: its offset and id in
 * *at, *id; false if there is none. */
bool rg_tokenizer_next_special(const rg_tokenizer *t, const char *text, size_t size, size_t from, size_t *at,
                               int32_t *id);

/* ------------------------------------------------------------------ text to ids */

/* A growing id list with a mandatory cap, as rg_buffer is for bytes: rg_ids ids = {.cap = 4096}. */
typedef struct rg_ids {
    int32_t *data;
    size_t count;
    size_t allocated;
    size_t cap; /* `count` never exceeds it: RGPT_LIMIT */
} rg_ids;

rgpt_status rg_ids_append(rg_ids *ids, int32_t id, rgpt_error *err);
void rg_ids_reset(rg_ids *ids); /* frees; the cap stays */

/* RG_ENCODE_PLAIN: every byte is text; "<s>" gives the tokens of '<', 's', '>'. What a user wrote.
 * RG_ENCODE_SPECIALS: special tokens spelled out in the text become those tokens. What a template wrote.
 * RG_ENCODE_CONTINUED: (or-ed) the text goes on where another ended, so no unwritten space comes before. */
enum { RG_ENCODE_PLAIN = 0, RG_ENCODE_SPECIALS = 1, RG_ENCODE_CONTINUED = 2 };

/* Appends the ids of text[0..size), at most 4 MiB. Adds no bos or eos. After a failure `ids` holds what
 * it held before. */
rgpt_status rg_tokenizer_encode(const rg_tokenizer *t, const char *text, size_t size, unsigned mode, rg_ids *ids,
                                rgpt_error *err);

/* ------------------------------------------------------------------ ids to text */

/* Appends the bytes of all tokens (not necessarily valid UTF-8: see rg_decoder). Control tokens give
 * nothing unless `with_control`. RGPT_INVALID for an id out of range. */
rgpt_status rg_tokenizer_decode(const rg_tokenizer *t, const int32_t *ids, size_t count, bool with_control,
                                rg_buffer *out, rgpt_error *err);

/* Streaming: ids in, whole characters out (rg_utf8_stream). Control tokens give nothing. With
 * `strip_space`, one space at the very start is dropped: the unwritten one of sentencepiece, or the one
 * after a template's "ASSISTANT:". */
typedef struct rg_decoder {
    const rg_tokenizer *tokenizer;
    rg_utf8_stream stream;
    bool strip_space;
} rg_decoder;

void rg_decoder_init(rg_decoder *d, const rg_tokenizer *t, bool strip_space);
rgpt_status rg_decoder_push(rg_decoder *d, int32_t id, rg_buffer *out, rgpt_error *err);
rgpt_status rg_decoder_finish(rg_decoder *d, rg_buffer *out, rgpt_error *err);

#endif
