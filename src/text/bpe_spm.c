/* bpe_spm.c - sentencepiece's BPE with byte fallback (Kudo & Richardson 2018; LLaMA-2's tokenizer.model). The
 * whole text is one word: neighbours that together spell a token merge, best score first. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/tokenizer_parts.h"

/* Best first; NaN was refused. */
static int compare_scores(const void *a, const void *b, void *scores) {
    const float *score = scores;
    float x = score[*(const uint32_t *)a], y = score[*(const uint32_t *)b];
    return (x < y) - (x > y);
}

static rgpt_status rank_scores(rg_tokenizer *t, const float *scores, rgpt_error *err) {
    size_t count = t->table.count;
    for (size_t id = 0; id < count; id++) {
        if (isnan(scores[id])) return rg_fail(err, RGPT_FORMAT, "vocabulary: token %zu: its score is no number", id);
    }
    uint32_t *order = malloc(count * sizeof *order);
    t->ranks = malloc(count * sizeof *t->ranks);
    if (!order || !t->ranks) {
        free(order);
        return rg_fail_memory(err, "vocabulary", 2 * count * sizeof *order);
    }
    for (size_t i = 0; i < count; i++) order[i] = (uint32_t)i;
    qsort_r(order, count, sizeof *order, compare_scores, (void *)scores);
    uint32_t rank = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && scores[order[i]] != scores[order[i - 1]]) rank++;
        t->ranks[order[i]] = rank;
    }
    free(order);
    return RGPT_OK;
}

rgpt_status rg_bpe_spm_init(rg_tokenizer *t, const rg_vocab *vocab, rgpt_error *err) {
    if (vocab->score_count != vocab->token_count) {
        return rg_fail(err, RGPT_FORMAT, "vocabulary: %zu scores for %zu tokens", vocab->score_count,
                       vocab->token_count);
    }
    t->add_space_prefix = vocab->add_space_prefix;
    for (size_t id = 0; id < t->table.count; id++) {
        if (t->table.types[id] != RG_TOKEN_BYTE) continue;
        uint8_t byte = (uint8_t)rg_token_table_at(&t->table, (int32_t)id).data[0];
        if (t->byte_ids[byte] != RG_TOKEN_NONE) {
            return rg_fail(err, RGPT_FORMAT, "vocabulary: tokens %d and %zu are both byte 0x%02X",
                           (int)t->byte_ids[byte], id, byte);
        }
        t->byte_ids[byte] = (int32_t)id;
    }
    return rank_scores(t, vocab->scores, err);
}

/* What rg_merger_run sees: symbols are spans of `text`. */
typedef struct spm_text {
    const rg_tokenizer *tokenizer;
    const char *text;
} spm_text;

static bool find_merge(const void *context, const rg_merge_symbol *left, const rg_merge_symbol *right,
                       rg_merge_rule *out) {
    const spm_text *s = context;
    int32_t id = rg_token_table_find(&s->tokenizer->table, s->text + left->start, left->size + right->size);
    if (id == RG_TOKEN_NONE) return false;
    *out = (rg_merge_rule){s->tokenizer->ranks[id], id};
    return true;
}

/* A character without a token becomes the tokens of its bytes; where those lack as well, the unknown
 * token, one for a run of such characters. */
static rgpt_status append_fallback(const rg_tokenizer *t, rg_text character, bool after_unknown, bool *is_unknown,
                                   rg_ids *ids, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < character.size; i++) {
        *is_unknown |= t->byte_ids[(uint8_t)character.data[i]] == RG_TOKEN_NONE;
    }
    if (*is_unknown) return after_unknown ? RGPT_OK : rg_tokenizer_append_unknown(t, ids, err);
    for (size_t i = 0; i < character.size && status == RGPT_OK; i++) {
        status = rg_ids_append(ids, t->byte_ids[(uint8_t)character.data[i]], err);
    }
    return status;
}

static rgpt_status encode_normal(const rg_tokenizer *t, rg_merger *m, const char *text, size_t size, rg_ids *ids,
                                 rgpt_error *err) {
    rgpt_status status = rg_merger_start(m, size, err);
    if (status != RGPT_OK) return status;
    for (size_t at = 0, length; at < size; at += length) {
        uint32_t code_point;
        length = rg_utf8_decode(text + at, size - at, &code_point);
        rg_merger_add(m, rg_token_table_find(&t->table, text + at, length), (uint32_t)at, (uint32_t)length);
    }
    rg_merger_run(m, find_merge, &(spm_text){t, text});

    bool after_unknown = false;
    for (uint32_t i = 0; i != RG_MERGE_END && status == RGPT_OK; i = m->symbols[i].next) {
        const rg_merge_symbol *symbol = &m->symbols[i];
        bool is_unknown = false;
        if (symbol->id != RG_TOKEN_NONE) {
            status = rg_ids_append(ids, symbol->id, err);
        } else {
            rg_text character = {text + symbol->start, symbol->size};
            status = append_fallback(t, character, after_unknown, &is_unknown, ids, err);
        }
        after_unknown = is_unknown;
    }
    return status;
}

/* Brings the text into the form the table spells tokens in: the unwritten space before, and U+2581, which
 * sentencepiece cannot tell from a space, as one. */
rgpt_status rg_bpe_spm_encode(const rg_tokenizer *t, rg_merger *m, const char *text, size_t size, bool continued,
                              rg_ids *ids, rgpt_error *err) {
    char *normal = malloc(size + 1);
    if (!normal) return rg_fail_memory(err, "tokenizer", size + 1);
    size_t prefix = t->add_space_prefix && !continued;
    if (prefix) normal[0] = ' ';
    size_t normal_size = prefix + rg_spm_alphabet_read(text, size, normal + prefix);
    rgpt_status status = encode_normal(t, m, normal, normal_size, ids, err);
    free(normal);
    return status;
}
