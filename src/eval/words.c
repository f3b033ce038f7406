#include "eval/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "text/hash.h"
#include "text/utf8.h"

enum { WORD_LIMIT = 1 << 28, FIRST_SLOTS = 1024 };

typedef struct word {
    size_t start; /* in rg_words.text, zero-terminated there */
    size_t size;
    uint64_t hash;
} word;

struct rg_words {
    rg_buffer text;
    word *list;
    size_t count, allocated;
    int32_t *slots;    /* open addressing: number + 1, or 0 */
    size_t slot_count; /* a power of two, more than twice `count` */
};

rgpt_status rg_words_new(rg_words **out, rgpt_error *err) {
    *out = NULL;
    rg_words *words = calloc(1, sizeof *words);
    int32_t *slots = calloc(FIRST_SLOTS, sizeof *slots);
    if (!words || !slots) {
        free(words);
        free(slots);
        return rg_fail_memory(err, "words", FIRST_SLOTS * sizeof *slots);
    }
    *words = (rg_words){.text = {.cap = SIZE_MAX / 2}, .slots = slots, .slot_count = FIRST_SLOTS};
    *out = words;
    return RGPT_OK;
}

void rg_words_free(rg_words *words) {
    if (!words) return;
    rg_buffer_reset(&words->text);
    free(words->list);
    free(words->slots);
    free(words);
}

/* The slot that holds the word, or the empty one where it belongs. */
static size_t find_slot(const rg_words *words, const char *text, size_t size, uint64_t hash) {
    size_t mask = words->slot_count - 1, slot = hash & mask;
    for (; words->slots[slot] != 0; slot = (slot + 1) & mask) {
        const word *w = &words->list[words->slots[slot] - 1];
        if (w->hash == hash && w->size == size && memcmp(words->text.data + w->start, text, size) == 0) break;
    }
    return slot;
}

static rgpt_status double_slots(rg_words *words, rgpt_error *err) {
    size_t count = words->slot_count * 2;
    int32_t *slots = calloc(count, sizeof *slots);
    if (!slots) return rg_fail_memory(err, "words", count * sizeof *slots);
    for (size_t i = 0; i < words->count; i++) {
        size_t slot = words->list[i].hash & (count - 1);
        while (slots[slot] != 0) slot = (slot + 1) & (count - 1);
        slots[slot] = (int32_t)i + 1;
    }
    free(words->slots);
    words->slots = slots;
    words->slot_count = count;
    return RGPT_OK;
}

static rgpt_status add_word(rg_words *words, const char *text, size_t size, uint64_t hash, rgpt_error *err) {
    if (words->count == WORD_LIMIT) return rg_fail(err, RGPT_LIMIT, "words: over %d different ones", WORD_LIMIT);
    word *grown = rg_array_grow(words->list, &words->allocated, words->count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "words", (words->count + 1) * sizeof *grown);
    words->list = grown;
    size_t start = words->text.size;
    rgpt_status status = rg_buffer_append(&words->text, text, size, err);
    if (status == RGPT_OK) status = rg_buffer_append(&words->text, "", 1, err); /* its terminator */
    if (status != RGPT_OK) {
        words->text.size = start;
        return status;
    }
    words->list[words->count++] = (word){start, size, hash};
    return RGPT_OK;
}

static uint64_t hash_text(const char *text, size_t size) {
    return rg_hash_bytes(0x9E3779B97F4A7C15u, text, size);
}

bool rg_words_lookup(const rg_words *words, const char *text, size_t size, int32_t *id) {
    int32_t number = words->slots[find_slot(words, text, size, hash_text(text, size))];
    if (number > 0) *id = number - 1;
    return number > 0;
}

rgpt_status rg_words_find(rg_words *words, const char *text, size_t size, int32_t *id, rgpt_error *err) {
    if (2 * (words->count + 1) >= words->slot_count) {
        rgpt_status status = double_slots(words, err);
        if (status != RGPT_OK) return status;
    }
    uint64_t hash = hash_text(text, size);
    size_t slot = find_slot(words, text, size, hash);
    if (words->slots[slot] == 0) {
        rgpt_status status = add_word(words, text, size, hash, err);
        if (status != RGPT_OK) return status;
        words->slots[slot] = (int32_t)words->count;
    }
    *id = words->slots[slot] - 1;
    return RGPT_OK;
}

size_t rg_words_count(const rg_words *words) {
    return words->count;
}

const char *rg_words_text(const rg_words *words, int32_t id, size_t *size) {
    *size = words->list[id].size;
    return words->text.data + words->list[id].start;
}

/* What Python's str.split takes for white space. */
static bool is_white(uint32_t c) {
    return (c >= 9 && c <= 13) || (c >= 0x1C && c <= ' ') || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

static rgpt_status append_word(rg_words *words, const char *text, size_t size, rg_ids *ids, rgpt_error *err) {
    int32_t id = 0;
    rgpt_status status = rg_words_find(words, text, size, &id, err);
    return status == RGPT_OK ? rg_ids_append(ids, id, err) : status;
}

rgpt_status rg_words_split(rg_words *words, rg_split how, const char *text, size_t size, rg_ids *ids, rgpt_error *err) {
    bool keeps_empty = how == RG_SPLIT_SPACE;
    size_t start = 0;
    rgpt_status status = rg_utf8_check("caption", text, size, err);
    for (size_t at = 0, step; at < size && status == RGPT_OK; at += step) {
        uint32_t code = 0;
        step = rg_utf8_decode(text + at, size - at, &code);
        if (!(keeps_empty ? code == ' ' : is_white(code))) continue;
        if (at > start || keeps_empty) status = append_word(words, text + start, at - start, ids, err);
        start = at + step;
    }
    if (status == RGPT_OK && (size > start || keeps_empty)) {
        status = append_word(words, text + start, size - start, ids, err);
    }
    return status;
}
