#include "text/tokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "text/tokenizer_parts.h"

enum { ENCODE_SIZE_LIMIT = 4 << 20 }; /* bytes; one word of this size takes some 220 MiB to merge */

/* ------------------------------------------------------------------ id lists */

rgpt_status rg_ids_append(rg_ids *ids, int32_t id, rgpt_error *err) {
    if (ids->count >= ids->cap) return rg_fail(err, RGPT_LIMIT, "tokenizer: more than %zu tokens", ids->cap);
    if (ids->count == ids->allocated) {
        size_t grown = ids->allocated ? ids->allocated * 2 : 64;
        int32_t *data = realloc(ids->data, grown * sizeof *data);
        if (!data) return rg_fail_memory(err, "tokenizer", grown * sizeof *data);
        ids->data = data;
        ids->allocated = grown;
    }
    ids->data[ids->count++] = id;
    return RGPT_OK;
}

void rg_ids_reset(rg_ids *ids) {
    free(ids->data);
    ids->data = NULL;
    ids->count = ids->allocated = 0;
}

/* ------------------------------------------------------------------ building */

static rgpt_status read_special_id(const char *name, int64_t id, size_t token_count, int32_t *out, rgpt_error *err) {
    if (id < RG_TOKEN_NONE || id >= (int64_t)token_count) {
        return rg_fail(err, RGPT_FORMAT, "vocabulary: %s token %lld, but there are %zu tokens", name, (long long)id,
                       token_count);
    }
    *out = (int32_t)id;
    return RGPT_OK;
}

static rgpt_status read_special_ids(const rg_vocab *vocab, rg_special_ids *out, rgpt_error *err) {
    const struct {
        const char *name;
        int64_t id;
        int32_t *out;
    } rows[] = {{"bos", vocab->bos, &out->bos},
                {"eos", vocab->eos, &out->eos},
                {"unknown", vocab->unknown, &out->unknown},
                {"padding", vocab->pad, &out->pad}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rgpt_status status = read_special_id(rows[i].name, rows[i].id, vocab->token_count, rows[i].out, err);
        if (status != RGPT_OK) return status;
    }
    out->add_bos = vocab->add_bos;
    return RGPT_OK;
}

static rgpt_status build(rg_tokenizer *t, const rg_vocab *vocab, rgpt_error *err) {
    t->kind = vocab->kind;
    memset(t->byte_ids, 0xFF, sizeof t->byte_ids); /* RG_TOKEN_NONE everywhere */
    rgpt_status status = rg_token_table_init(&t->table, vocab, err);
    if (status == RGPT_OK) status = read_special_ids(vocab, &t->special_ids, err);
    if (status == RGPT_OK) status = rg_special_set_init(&t->specials, &t->table, err);
    if (status != RGPT_OK) return status;
    return t->kind == RG_VOCAB_BYTE_BPE ? rg_bpe_byte_init(t, vocab, err) : rg_bpe_spm_init(t, vocab, err);
}

rgpt_status rg_tokenizer_new(const rg_vocab *vocab, rg_tokenizer **out, rgpt_error *err) {
    *out = NULL;
    rg_tokenizer *t = calloc(1, sizeof *t);
    if (!t) return rg_fail_memory(err, "tokenizer", sizeof *t);
    rgpt_status status = build(t, vocab, err);
    if (status != RGPT_OK) {
        rg_tokenizer_free(t);
        return status;
    }
    *out = t;
    return RGPT_OK;
}

void rg_tokenizer_free(rg_tokenizer *t) {
    if (!t) return;
    rg_token_table_reset(&t->table);
    rg_special_set_reset(&t->specials);
    free(t->merges);
    free(t->ranks);
    free(t);
}

/* ------------------------------------------------------------------ what is in it */

rg_special_ids rg_tokenizer_special_ids(const rg_tokenizer *t) {
    return t->special_ids;
}

size_t rg_tokenizer_token_count(const rg_tokenizer *t) {
    return t->table.count;
}

static bool is_token(const rg_tokenizer *t, int32_t id) {
    return id >= 0 && (size_t)id < t->table.count;
}

rg_text rg_tokenizer_token(const rg_tokenizer *t, int32_t id) {
    return is_token(t, id) ? rg_token_table_at(&t->table, id) : (rg_text){"", 0};
}

bool rg_tokenizer_is_control(const rg_tokenizer *t, int32_t id) {
    return is_token(t, id) && (t->table.types[id] == RG_TOKEN_CONTROL || t->table.types[id] == RG_TOKEN_UNKNOWN);
}

int32_t rg_tokenizer_special(const rg_tokenizer *t, const char *name, size_t size) {
    int32_t id = rg_special_set_match(&t->specials, &t->table, name, size);
    return id != RG_TOKEN_NONE && rg_token_table_at(&t->table, id).size == size ? id : RG_TOKEN_NONE;
}

bool rg_tokenizer_next_special(const rg_tokenizer *t, const char *text, size_t size, size_t from, size_t *at,
                               int32_t *id) {
    for (size_t i = from; i < size; i++) {
        int32_t found = rg_special_set_match(&t->specials, &t->table, text + i, size - i);
        if (found == RG_TOKEN_NONE) continue;
        *at = i;
        *id = found;
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------ text to ids */

rgpt_status rg_tokenizer_append_unknown(const rg_tokenizer *t, rg_ids *ids, rgpt_error *err) {
    int32_t id = t->special_ids.unknown;
    if (id == RG_TOKEN_NONE || t->table.types[id] != RG_TOKEN_UNKNOWN) return RGPT_OK;
    return rg_ids_append(ids, id, err);
}

static rgpt_status encode_plain(const rg_tokenizer *t, rg_merger *m, const char *text, size_t size, bool continued,
                                rg_ids *ids, rgpt_error *err) {
    if (size == 0) return RGPT_OK;
    return t->kind == RG_VOCAB_BYTE_BPE ? rg_bpe_byte_encode(t, m, text, size, ids, err)
                                        : rg_bpe_spm_encode(t, m, text, size, continued, ids, err);
}

static rgpt_status encode_with_specials(const rg_tokenizer *t, rg_merger *m, const char *text, size_t size,
                                        bool continued, rg_ids *ids, rgpt_error *err) {
    size_t from = 0, at;
    int32_t id;
    rgpt_status status = RGPT_OK;
    while (status == RGPT_OK && rg_tokenizer_next_special(t, text, size, from, &at, &id)) {
        status = encode_plain(t, m, text + from, at - from, continued, ids, err);
        if (status == RGPT_OK) status = rg_ids_append(ids, id, err);
        from = at + rg_token_table_at(&t->table, id).size;
        continued = false;
    }
    return status == RGPT_OK ? encode_plain(t, m, text + from, size - from, continued, ids, err) : status;
}

rgpt_status rg_tokenizer_encode(const rg_tokenizer *t, const char *text, size_t size, unsigned mode, rg_ids *ids,
                                rgpt_error *err) {
    if (size == 0) return RGPT_OK;
    if (size > ENCODE_SIZE_LIMIT) {
        return rg_fail(err, RGPT_LIMIT, "tokenizer: text of %zu bytes, at most %d", size, ENCODE_SIZE_LIMIT);
    }
    rgpt_status status = rg_utf8_check("tokenizer", text, size, err);
    if (status != RGPT_OK) return status;

    size_t before = ids->count;
    rg_merger merger = {0};
    bool continued = mode & RG_ENCODE_CONTINUED;
    status = mode & RG_ENCODE_SPECIALS ? encode_with_specials(t, &merger, text, size, continued, ids, err)
                                       : encode_plain(t, &merger, text, size, continued, ids, err);
    rg_merger_reset(&merger);
    if (status != RGPT_OK) ids->count = before;
    return status;
}

/* ------------------------------------------------------------------ ids to text */

static rgpt_status check_id(const rg_tokenizer *t, int32_t id, rgpt_error *err) {
    if (is_token(t, id)) return RGPT_OK;
    return rg_fail(err, RGPT_INVALID, "tokenizer: token %d, but there are %zu", (int)id, t->table.count);
}

rgpt_status rg_tokenizer_decode(const rg_tokenizer *t, const int32_t *ids, size_t count, bool with_control,
                                rg_buffer *out, rgpt_error *err) {
    for (size_t i = 0; i < count; i++) {
        rgpt_status status = check_id(t, ids[i], err);
        if (status != RGPT_OK) return status;
        if (rg_tokenizer_is_control(t, ids[i]) && !with_control) continue;
        rg_text text = rg_token_table_at(&t->table, ids[i]);
        if ((status = rg_buffer_append(out, text.data, text.size, err)) != RGPT_OK) return status;
    }
    return RGPT_OK;
}

void rg_decoder_init(rg_decoder *d, const rg_tokenizer *t, bool strip_space) {
    *d = (rg_decoder){.tokenizer = t, .strip_space = strip_space};
}

rgpt_status rg_decoder_push(rg_decoder *d, int32_t id, rg_buffer *out, rgpt_error *err) {
    rgpt_status status = check_id(d->tokenizer, id, err);
    if (status != RGPT_OK) return status;
    if (rg_tokenizer_is_control(d->tokenizer, id)) return RGPT_OK;
    rg_text text = rg_tokenizer_token(d->tokenizer, id);
    size_t skip = d->strip_space && text.size > 0 && text.data[0] == ' ';
    status = rg_utf8_stream_push(&d->stream, text.data + skip, text.size - skip, out, err);
    if (status == RGPT_OK && text.size > 0) d->strip_space = false; /* only the very first byte */
    return status;
}

rgpt_status rg_decoder_finish(rg_decoder *d, rg_buffer *out, rgpt_error *err) {
    return rg_utf8_stream_finish(&d->stream, out, err);
}
