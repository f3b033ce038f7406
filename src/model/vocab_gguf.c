#include "model/vocab_gguf.h"

#include <stdlib.h>
#include <string.h>

static rgpt_status read_texts(const rg_gguf *g, const char *key, rg_text **out, size_t *count, rgpt_error *err) {
    rg_gguf_text *found;
    size_t found_count;
    rgpt_status status = rg_gguf_get_text_array(g, key, &found, &found_count, err);
    if (status != RGPT_OK) return status;
    *out = calloc(found_count + 1, sizeof **out); /* + 1: never an empty block */
    if (*out) {
        for (size_t i = 0; i < found_count; i++) (*out)[i] = (rg_text){found[i].data, found[i].size};
        *count = found_count;
    } else {
        status = rg_fail_memory(err, key, found_count * sizeof **out);
    }
    free(found);
    return status;
}

/* The optional keys: a missing one leaves *out as it is. */
static rgpt_status read_id(const rg_gguf *g, const char *key, int64_t *out, rgpt_error *err) {
    return rg_gguf_find_pair(g, key) ? rg_gguf_get_i64(g, key, out, err) : RGPT_OK;
}

static rgpt_status read_flag(const rg_gguf *g, const char *key, bool *out, rgpt_error *err) {
    return rg_gguf_find_pair(g, key) ? rg_gguf_get_bool(g, key, out, err) : RGPT_OK;
}

static rgpt_status read_kind(const rg_gguf *g, rg_vocab *vocab, rgpt_error *err) {
    const char *model;
    rgpt_status status = rg_gguf_get_string(g, "tokenizer.ggml.model", &model, err);
    if (status != RGPT_OK) return status;
    if (strcmp(model, "gpt2") == 0) {
        *vocab = (rg_vocab){.kind = RG_VOCAB_BYTE_BPE,
                            .bos = RG_TOKEN_NONE,
                            .eos = RG_TOKEN_NONE,
                            .unknown = RG_TOKEN_NONE,
                            .pad = RG_TOKEN_NONE};
        return rg_gguf_find_pair(g, "tokenizer.ggml.pre")
                   ? rg_gguf_get_string(g, "tokenizer.ggml.pre", &vocab->pre, err)
                   : RGPT_OK;
    }
    if (strcmp(model, "llama") == 0) { /* sentencepiece's own defaults */
        *vocab = (rg_vocab){.kind = RG_VOCAB_SPM_BPE,
                            .unknown = 0,
                            .bos = 1,
                            .eos = 2,
                            .pad = RG_TOKEN_NONE,
                            .add_bos = true,
                            .add_space_prefix = true};
        return RGPT_OK;
    }
    return rg_fail(err, RGPT_UNSUPPORTED, "gguf: key 'tokenizer.ggml.model': found '%s', wanted 'gpt2' or 'llama'",
                   model);
}

static rgpt_status read_arrays(const rg_gguf *g, rg_vocab_gguf *v, rgpt_error *err) {
    rg_vocab *vocab = &v->vocab;
    rgpt_status status = read_texts(g, "tokenizer.ggml.tokens", &v->tokens, &vocab->token_count, err);
    if (status == RGPT_OK && vocab->kind == RG_VOCAB_BYTE_BPE) {
        status = read_texts(g, "tokenizer.ggml.merges", &v->merges, &vocab->merge_count, err);
    }
    if (status == RGPT_OK && rg_gguf_find_pair(g, "tokenizer.ggml.token_type")) {
        status = rg_gguf_get_i32_array(g, "tokenizer.ggml.token_type", &v->types, &vocab->type_count, err);
    }
    if (status == RGPT_OK && rg_gguf_find_pair(g, "tokenizer.ggml.scores")) {
        status = rg_gguf_get_f32_array(g, "tokenizer.ggml.scores", &v->scores, &vocab->score_count, err);
    }
    vocab->tokens = v->tokens;
    vocab->merges = v->merges;
    vocab->types = v->types;
    vocab->scores = v->scores;
    return status;
}

static rgpt_status read_settings(const rg_gguf *g, rg_vocab *vocab, rgpt_error *err) {
    rgpt_status status = read_id(g, "tokenizer.ggml.bos_token_id", &vocab->bos, err);
    if (status == RGPT_OK) status = read_id(g, "tokenizer.ggml.eos_token_id", &vocab->eos, err);
    if (status == RGPT_OK) status = read_id(g, "tokenizer.ggml.unknown_token_id", &vocab->unknown, err);
    if (status == RGPT_OK) status = read_id(g, "tokenizer.ggml.padding_token_id", &vocab->pad, err);
    if (status == RGPT_OK) status = read_flag(g, "tokenizer.ggml.add_bos_token", &vocab->add_bos, err);
    if (status != RGPT_OK) return status;
    return read_flag(g, "tokenizer.ggml.add_space_prefix", &vocab->add_space_prefix, err);
}

rgpt_status rg_vocab_gguf_init(rg_vocab_gguf *out, const rg_gguf *g, rgpt_error *err) {
    *out = (rg_vocab_gguf){0};
    rgpt_status status = read_kind(g, &out->vocab, err);
    if (status == RGPT_OK) status = read_arrays(g, out, err);
    if (status == RGPT_OK) status = read_settings(g, &out->vocab, err);
    if (status != RGPT_OK) rg_vocab_gguf_reset(out);
    return status;
}

void rg_vocab_gguf_reset(rg_vocab_gguf *v) {
    free(v->tokens);
    free(v->merges);
    free(v->types);
    free(v->scores);
    *v = (rg_vocab_gguf){0};
}

rgpt_status rg_tokenizer_from_gguf(const rg_gguf *g, rg_tokenizer **out, rgpt_error *err) {
    *out = NULL;
    rg_vocab_gguf v;
    rgpt_status status = rg_vocab_gguf_init(&v, g, err);
    if (status == RGPT_OK) status = rg_tokenizer_new(&v.vocab, out, err);
    rg_vocab_gguf_reset(&v);
    return status;
}

rgpt_status rg_template_from_gguf(const rg_gguf *g, const rg_template **out, rgpt_error *err) {
    *out = NULL;
    if (rg_gguf_find_pair(g, RG_GGUF_TEMPLATE_KEY)) {
        const char *name;
        rgpt_status status = rg_gguf_get_string(g, RG_GGUF_TEMPLATE_KEY, &name, err);
        return status == RGPT_OK ? rg_template_find(name, out, err) : status;
    }
    if (!rg_gguf_find_pair(g, "tokenizer.chat_template")) return RGPT_OK;
    rg_gguf_text jinja;
    rgpt_status status = rg_gguf_get_text(g, "tokenizer.chat_template", &jinja, err);
    if (status == RGPT_OK) *out = rg_template_recognise(jinja.data, jinja.size);
    return status;
}
