#include "text/token_table.h"

#include <stdlib.h>
#include <string.h>

#include "text/hash.h"
#include "text/utf8.h"

/* The byte that a character of GPT-2's alphabet stands for; -1: none. */
static int byte_of(uint32_t code_point) {
    if (code_point < 0x100) {
        bool printable = (code_point > 0x20 && code_point < 0x7F) || (code_point > 0xA0 && code_point != 0xAD);
        return printable ? (int)code_point : -1;
    }
    uint32_t nth = code_point - 0x100; /* of the bytes 00..20, 7F..A0, AD */
    if (nth <= 0x20) return (int)nth;
    if (nth <= 0x42) return (int)(nth - 0x21 + 0x7F);
    return nth == 0x43 ? 0xAD : -1;
}

size_t rg_byte_alphabet_read(const char *text, size_t size, char *out) {
    size_t written = 0;
    for (size_t at = 0; at < size;) {
        uint32_t code_point;
        size_t length = rg_utf8_decode(text + at, size - at, &code_point);
        int byte = length ? byte_of(code_point) : -1;
        if (byte < 0) return 0;
        out[written++] = (char)byte;
        at += length;
    }
    return written;
}

size_t rg_spm_alphabet_read(const char *text, size_t size, char *out) {
    static const char mark[] = "\xE2\x96\x81";
    size_t written = 0;
    for (size_t at = 0; at < size;) {
        bool is_mark = size - at >= 3 && memcmp(text + at, mark, 3) == 0;
        out[written++] = is_mark ? ' ' : text[at];
        at += is_mark ? 3 : 1;
    }
    return written;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "<0x0A>"; -1 for anything else. */
static int read_byte_token(rg_text text) {
    if (text.size != 6 || memcmp(text.data, "<0x", 3) != 0 || text.data[5] != '>') return -1;
    int high = hex_digit(text.data[3]), low = hex_digit(text.data[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* A token of sentencepiece: a byte by its number, or text. */
static rgpt_status spell_spm(rg_text text, size_t id, uint8_t type, char *out, size_t *written, rgpt_error *err) {
    if (type != RG_TOKEN_BYTE) {
        *written = rg_spm_alphabet_read(text.data, text.size, out);
        return RGPT_OK;
    }
    int byte = read_byte_token(text);
    if (byte < 0) {
        return rg_fail(err, RGPT_FORMAT, "vocabulary: token %zu: byte token '%.*s', '<0xHH>' wanted", id,
                       (int)text.size, text.data);
    }
    out[0] = (char)byte;
    *written = 1;
    return RGPT_OK;
}

/* Writes the bytes that a token stands for, never more than its text has; their number goes to *written. An
 * ordinary token of a byte-level vocabulary that is not in the byte alphabet stands for itself, and is
 * marked unused: no merge of bytes can make it. */
static rgpt_status spell(const rg_vocab *vocab, size_t id, uint8_t *type, char *out, size_t *written, rgpt_error *err) {
    rg_text text = vocab->tokens[id];
    bool is_name = *type == RG_TOKEN_CONTROL || *type == RG_TOKEN_UNKNOWN;
    if (vocab->kind == RG_VOCAB_SPM_BPE && !is_name) return spell_spm(text, id, *type, out, written, err);
    if (*type == RG_TOKEN_NORMAL && text.size > 0) {
        *written = rg_byte_alphabet_read(text.data, text.size, out);
        if (*written > 0) return RGPT_OK;
        *type = RG_TOKEN_UNUSED;
    }
    if (text.size > 0) memcpy(out, text.data, text.size);
    *written = text.size;
    return RGPT_OK;
}

static rgpt_status check_sizes(const rg_vocab *vocab, size_t *bytes, rgpt_error *err) {
    if (vocab->token_count == 0) return rg_fail(err, RGPT_FORMAT, "vocabulary: no tokens");
    if (vocab->token_count > RG_VOCAB_TOKEN_LIMIT) {
        return rg_fail(err, RGPT_LIMIT, "vocabulary: %zu tokens, at most %d", vocab->token_count, RG_VOCAB_TOKEN_LIMIT);
    }
    if (vocab->type_count != 0 && vocab->type_count != vocab->token_count) {
        return rg_fail(err, RGPT_FORMAT, "vocabulary: %zu types for %zu tokens", vocab->type_count, vocab->token_count);
    }
    size_t total = 0;
    for (size_t id = 0; id < vocab->token_count; id++) {
        size_t size = vocab->tokens[id].size;
        if (size > RG_VOCAB_TOKEN_SIZE_LIMIT) {
            return rg_fail(err, RGPT_LIMIT, "vocabulary: token %zu: %zu bytes, at most %d", id, size,
                           RG_VOCAB_TOKEN_SIZE_LIMIT);
        }
        total += size; /* cannot wrap: both limits together are 2^34 */
    }
    if (total > UINT32_MAX) return rg_fail(err, RGPT_LIMIT, "vocabulary: %zu bytes of tokens, at most 2^32-1", total);
    *bytes = total;
    return RGPT_OK;
}

static rgpt_status spell_all(rg_token_table *table, const rg_vocab *vocab, rgpt_error *err) {
    size_t at = 0;
    for (size_t id = 0; id < table->count; id++) {
        int32_t type = vocab->type_count ? vocab->types[id] : RG_TOKEN_NORMAL;
        if (type < RG_TOKEN_NORMAL || type > RG_TOKEN_BYTE) {
            return rg_fail(err, RGPT_FORMAT, "vocabulary: token %zu: type %d, 1 to 6 wanted", id, (int)type);
        }
        table->types[id] = (uint8_t)type;
        table->offsets[id] = (uint32_t)at;
        size_t written = 0;
        rgpt_status status = spell(vocab, id, &table->types[id], table->bytes + at, &written, err);
        if (status != RGPT_OK) return status;
        at += written;
        if (table->types[id] == RG_TOKEN_NORMAL && written > table->longest) table->longest = written;
    }
    table->offsets[table->count] = (uint32_t)at;
    return RGPT_OK;
}

/* The slot that holds the spelling, or the empty one where it would go. */
static size_t slot_of(const rg_token_table *table, const char *bytes, size_t size) {
    size_t slot = (size_t)rg_hash_bytes(table->key, bytes, size) & table->slot_mask;
    for (;; slot = (slot + 1) & table->slot_mask) {
        int32_t id = table->slots[slot];
        if (id == RG_TOKEN_NONE) return slot;
        rg_text text = rg_token_table_at(table, id);
        if (text.size == size && memcmp(text.data, bytes, size) == 0) return slot;
    }
}

static rgpt_status index_all(rg_token_table *table, rgpt_error *err) {
    for (size_t id = 0; id < table->count; id++) {
        rg_text text = rg_token_table_at(table, (int32_t)id);
        if (table->types[id] != RG_TOKEN_NORMAL || text.size == 0) continue;
        int32_t *slot = &table->slots[slot_of(table, text.data, text.size)];
        if (*slot != RG_TOKEN_NONE) {
            return rg_fail(err, RGPT_FORMAT, "vocabulary: tokens %d and %zu are both '%.*s'", (int)*slot, id,
                           (int)text.size, text.data);
        }
        *slot = (int32_t)id;
    }
    return RGPT_OK;
}

rgpt_status rg_token_table_init(rg_token_table *table, const rg_vocab *vocab, rgpt_error *err) {
    *table = (rg_token_table){0};
    size_t bytes = 0;
    rgpt_status status = check_sizes(vocab, &bytes, err);
    if (status != RGPT_OK) return status;

    table->count = vocab->token_count;
    size_t slot_count = 4;
    while (slot_count < table->count + table->count / 2) slot_count *= 2;
    table->slot_mask = slot_count - 1;
    table->offsets = malloc((table->count + 1) * sizeof *table->offsets);
    table->types = malloc(table->count);
    table->bytes = malloc(bytes + 1); /* + 1: never an empty block */
    table->slots = malloc(slot_count * sizeof *table->slots);
    if (!table->offsets || !table->types || !table->bytes || !table->slots) {
        return rg_fail_memory(err, "vocabulary", bytes + slot_count * sizeof *table->slots);
    }
    memset(table->slots, 0xFF, slot_count * sizeof *table->slots); /* RG_TOKEN_NONE everywhere */
    /* Where the allocator put it is unknown to whoever wrote the file: see hash.h. */
    table->key = rg_hash_mix((uintptr_t)table->slots, 0x9E3779B97F4A7C15u);

    status = spell_all(table, vocab, err);
    return status == RGPT_OK ? index_all(table, err) : status;
}

void rg_token_table_reset(rg_token_table *table) {
    free(table->offsets);
    free(table->types);
    free(table->bytes);
    free(table->slots);
    *table = (rg_token_table){0};
}

rg_text rg_token_table_at(const rg_token_table *table, int32_t id) {
    uint32_t start = table->offsets[id];
    return (rg_text){table->bytes + start, table->offsets[id + 1] - start};
}

int32_t rg_token_table_find(const rg_token_table *table, const char *bytes, size_t size) {
    if (size == 0 || size > table->longest) return RG_TOKEN_NONE;
    return table->slots[slot_of(table, bytes, size)];
}
