/* bpe_byte.c - byte-level BPE: Radford et al. 2019 (GPT-2), section 2.2. Text is cut into words (pretoken.h);
 * each word's bytes are merged by rank. */
#include <stdlib.h>
#include <string.h>

#include "text/hash.h"
#include "text/tokenizer_parts.h"
#include "text/unicode.h"

/* The row that holds the pair, or the empty one where it would go. */
static rg_merge_row *merge_row(const rg_tokenizer *t, int32_t left, int32_t right) {
    size_t slot = (size_t)rg_hash_pair(t->table.key, left, right) & t->merge_mask;
    for (;; slot = (slot + 1) & t->merge_mask) {
        rg_merge_row *row = &t->merges[slot];
        if (row->left == RG_TOKEN_NONE || (row->left == left && row->right == right)) return row;
    }
}

/* Resolves "left right" into ids. A merge makes a token that spells its two parts one after the other, so
 * it is longer than both and no merges can go in a circle. */
static rgpt_status add_merge(rg_tokenizer *t, uint32_t rank, rg_text text, rgpt_error *err) {
    char bytes[2 * RG_VOCAB_TOKEN_SIZE_LIMIT];
    const char *space = text.size > 0 ? memchr(text.data, ' ', text.size) : NULL;
    size_t left_text = space ? (size_t)(space - text.data) : 0;
    if (!space || text.size - 1 > sizeof bytes) {
        return rg_fail(err, RGPT_FORMAT, "vocabulary: merge %u: 'left right' wanted", rank);
    }
    size_t left_size = rg_byte_alphabet_read(text.data, left_text, bytes);
    size_t right_size = rg_byte_alphabet_read(space + 1, text.size - left_text - 1, bytes + left_size);
    int32_t left = rg_token_table_find(&t->table, bytes, left_size);
    int32_t right = rg_token_table_find(&t->table, bytes + left_size, right_size);
    int32_t merged = rg_token_table_find(&t->table, bytes, left_size + right_size);
    if (left == RG_TOKEN_NONE || right == RG_TOKEN_NONE || merged == RG_TOKEN_NONE) {
        return rg_fail(err, RGPT_FORMAT, "vocabulary: merge %u: '%.*s': its parts and its whole must be tokens", rank,
                       (int)text.size, text.data);
    }
    rg_merge_row *row = merge_row(t, left, right);
    if (row->left == RG_TOKEN_NONE) *row = (rg_merge_row){left, right, merged, rank}; /* said twice: first wins */
    return RGPT_OK;
}

static void find_bytes(rg_tokenizer *t) {
    char final[8];
    size_t suffix = strlen(t->pre->suffix);
    memcpy(final + 1, t->pre->suffix, suffix);
    for (int byte = 0; byte < 256; byte++) {
        final[0] = (char)byte;
        t->byte_ids[byte] = rg_token_table_find(&t->table, final, 1);
        t->final_byte_ids[byte] = rg_token_table_find(&t->table, final, 1 + suffix);
    }
}

rgpt_status rg_bpe_byte_init(rg_tokenizer *t, const rg_vocab *vocab, rgpt_error *err) {
    const char *pre = vocab->pre ? vocab->pre : "gpt-2";
    t->pre = rg_pretokenizer_find(pre);
    if (!t->pre) return rg_fail(err, RGPT_UNSUPPORTED, "vocabulary: pre-tokenizer '%s' is not known", pre);
    if (vocab->merge_count > RG_VOCAB_TOKEN_LIMIT) {
        return rg_fail(err, RGPT_LIMIT, "vocabulary: %zu merges, at most %d", vocab->merge_count, RG_VOCAB_TOKEN_LIMIT);
    }
    find_bytes(t);

    size_t row_count = 4;
    while (row_count < vocab->merge_count + vocab->merge_count / 2) row_count *= 2;
    t->merge_mask = row_count - 1;
    t->merges = malloc(row_count * sizeof *t->merges);
    if (!t->merges) return rg_fail_memory(err, "vocabulary", row_count * sizeof *t->merges);
    for (size_t i = 0; i < row_count; i++) t->merges[i].left = RG_TOKEN_NONE;

    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < vocab->merge_count && status == RGPT_OK; i++) {
        status = add_merge(t, (uint32_t)i, vocab->merges[i], err);
    }
    return status;
}

static bool find_merge(const void *context, const rg_merge_symbol *left, const rg_merge_symbol *right,
                       rg_merge_rule *out) {
    if (left->id == RG_TOKEN_NONE || right->id == RG_TOKEN_NONE) return false;
    const rg_merge_row *row = merge_row(context, left->id, right->id);
    if (row->left == RG_TOKEN_NONE) return false;
    *out = (rg_merge_rule){row->rank, row->merged};
    return true;
}

static rgpt_status encode_word(const rg_tokenizer *t, rg_merger *m, const char *word, size_t size, rg_ids *ids,
                               rgpt_error *err) {
    if (t->pre->whole_words) {
        int32_t id = rg_token_table_find(&t->table, word, size);
        if (id != RG_TOKEN_NONE) return rg_ids_append(ids, id, err);
    }
    rgpt_status status = rg_merger_start(m, size, err);
    if (status != RGPT_OK) return status;
    for (size_t i = 0; i < size; i++) {
        const int32_t *byte_ids = i + 1 < size ? t->byte_ids : t->final_byte_ids;
        rg_merger_add(m, byte_ids[(uint8_t)word[i]], (uint32_t)i, 1);
    }
    rg_merger_run(m, find_merge, t);
    for (uint32_t i = 0; i != RG_MERGE_END && status == RGPT_OK; i = m->symbols[i].next) {
        if (m->symbols[i].id != RG_TOKEN_NONE) {
            status = rg_ids_append(ids, m->symbols[i].id, err);
        } else {
            status = rg_tokenizer_append_unknown(t, ids, err);
        }
    }
    return status;
}

static bool is_space(const char *word, size_t size) {
    uint32_t code_point = 0;
    rg_utf8_decode(word, size, &code_point);
    return rg_unicode_classify(code_point) == RG_UNICODE_SPACE;
}

static rgpt_status encode_words(const rg_tokenizer *t, rg_merger *m, const char *text, size_t size, rg_ids *ids,
                                rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    for (size_t at = 0, end; at < size && status == RGPT_OK; at = end) {
        end = t->pre->word_end(text, size, at);
        if (t->pre->lower_case && is_space(text + at, end - at)) continue;
        status = encode_word(t, m, text + at, end - at, ids, err);
    }
    return status;
}

/* Writes the text in lower case and returns its size: at most twice that of the text, since ASCII stays ASCII and
 * other characters take two to four bytes, in either case. */
static size_t write_lower_case(const char *text, size_t size, char *out) {
    size_t written = 0;
    for (size_t at = 0; at < size;) {
        uint32_t code_point = 0, lower[RG_UNICODE_LOWER_MAX];
        at += rg_utf8_decode(text + at, size - at, &code_point);
        size_t count = rg_unicode_lower(code_point, lower);
        for (size_t i = 0; i < count; i++) written += rg_utf8_encode(lower[i], out + written);
    }
    return written;
}

rgpt_status rg_bpe_byte_encode(const rg_tokenizer *t, rg_merger *m, const char *text, size_t size, rg_ids *ids,
                               rgpt_error *err) {
    if (!t->pre->lower_case) return encode_words(t, m, text, size, ids, err);
    char *lower = malloc(2 * size);
    if (!lower) return rg_fail_memory(err, "tokenizer", 2 * size);
    rgpt_status status = encode_words(t, m, lower, write_lower_case(text, size, lower), ids, err);
    free(lower);
    return status;
}
