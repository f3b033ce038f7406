#include "text/vocab_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_parse.h"

/* ------------------------------------------------------------------ vocab.json */

static bool ends_word(rg_text token) {
    return token.size > 4 && memcmp(token.data + token.size - 4, "</w>", 4) == 0;
}

static rgpt_status place_token(rg_vocab_json *v, const char *key, size_t size, const json_t *value, rgpt_error *err) {
    json_int_t id = json_is_integer(value) ? json_integer_value(value) : -1;
    if (id < 0 || (uint64_t)id >= v->vocab.token_count) {
        return rg_fail(err, RGPT_FORMAT, "vocab.json: token '%s': an id below %zu wanted", key, v->vocab.token_count);
    }
    if (v->types[id] != 0) {
        return rg_fail(err, RGPT_FORMAT, "vocab.json: tokens '%.*s' and '%s' both have id %lld",
                       (int)v->tokens[id].size, v->tokens[id].data, key, (long long)id);
    }
    bool is_start = strcmp(key, "<|startoftext|>") == 0, is_end = strcmp(key, "<|endoftext|>") == 0;
    if (is_start) v->vocab.bos = id;
    if (is_end) v->vocab.eos = id;
    v->types[id] = is_start || is_end ? RG_TOKEN_CONTROL : RG_TOKEN_NORMAL;
    v->tokens[id] = (rg_text){key, size};
    if (ends_word(v->tokens[id])) v->vocab.pre = "clip";
    return RGPT_OK;
}

static rgpt_status read_tokens(rg_vocab_json *v, rg_text file, rgpt_error *err) {
    rgpt_status status = rg_json_parse(file.data, file.size, &v->root, err);
    if (status != RGPT_OK) return rg_fail_within(err, status, "vocab.json");
    if (!json_is_object(v->root)) return rg_fail(err, RGPT_FORMAT, "vocab.json: not an object");
    v->vocab.token_count = v->vocab.type_count = json_object_size(v->root);
    if (v->vocab.token_count > RG_VOCAB_TOKEN_LIMIT) {
        return rg_fail(err, RGPT_LIMIT, "vocab.json: %zu tokens, at most %d", v->vocab.token_count,
                       RG_VOCAB_TOKEN_LIMIT);
    }
    v->tokens = calloc(v->vocab.token_count + 1, sizeof *v->tokens); /* + 1: never an empty block */
    v->types = calloc(v->vocab.token_count + 1, sizeof *v->types);
    if (!v->tokens || !v->types) return rg_fail_memory(err, "vocab.json", v->vocab.token_count * sizeof *v->tokens);

    const char *key;
    json_t *value;
    json_object_foreach(v->root, key, value) {
        if (status == RGPT_OK) status = place_token(v, key, strlen(key), value, err);
    }
    return status; /* as many tokens as ids, none twice: so none is missing */
}

/* ------------------------------------------------------------------ merges.txt */

/* The next line less its line break; false at the end of the file. */
static bool next_line(rg_text *rest, rg_text *line) {
    if (rest->size == 0) return false;
    const char *end = memchr(rest->data, '\n', rest->size);
    size_t size = end ? (size_t)(end - rest->data) : rest->size, used = end ? size + 1 : size;
    *line = (rg_text){rest->data, size > 0 && rest->data[size - 1] == '\r' ? size - 1 : size};
    *rest = (rg_text){rest->data + used, rest->size - used};
    return true;
}

/* The merges are counted into an array that may be NULL at first. "#version" can only be the first line: further
 * down, "#" is a token. */
static size_t take_merges(rg_text file, rg_text *merges) {
    size_t count = 0;
    rg_text line;
    for (bool is_first = true; next_line(&file, &line); is_first = false) {
        bool is_version = is_first && line.size >= 8 && memcmp(line.data, "#version", 8) == 0;
        if (is_version || line.size == 0) continue;
        if (merges) merges[count] = line;
        count++;
    }
    return count;
}

static rgpt_status read_merges(rg_vocab_json *v, rg_text file, rgpt_error *err) {
    v->vocab.merge_count = take_merges(file, NULL);
    v->merges = calloc(v->vocab.merge_count + 1, sizeof *v->merges);
    if (!v->merges) return rg_fail_memory(err, "merges.txt", v->vocab.merge_count * sizeof *v->merges);
    take_merges(file, v->merges);
    return RGPT_OK;
}

/* ------------------------------------------------------------------ both */

rgpt_status rg_vocab_json_init(rg_vocab_json *out, rg_text vocab_json, rg_text merges_txt, rgpt_error *err) {
    *out = (rg_vocab_json){.vocab = {.kind = RG_VOCAB_BYTE_BPE,
                                     .pre = "gpt-2",
                                     .bos = RG_TOKEN_NONE,
                                     .eos = RG_TOKEN_NONE,
                                     .unknown = RG_TOKEN_NONE,
                                     .pad = RG_TOKEN_NONE}};
    rgpt_status status = read_tokens(out, vocab_json, err);
    if (status == RGPT_OK) status = read_merges(out, merges_txt, err);
    if (status != RGPT_OK) {
        rg_vocab_json_reset(out);
        return status;
    }
    out->vocab.tokens = out->tokens;
    out->vocab.types = out->types;
    out->vocab.merges = out->merges;
    return RGPT_OK;
}

void rg_vocab_json_reset(rg_vocab_json *v) {
    json_decref(v->root);
    free(v->tokens);
    free(v->types);
    free(v->merges);
    *v = (rg_vocab_json){0};
}
