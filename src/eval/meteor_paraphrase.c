#include "eval/meteor_paraphrase.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "eval/gzip_lines.h"
#include "text/hash.h"

enum {
    PHRASE_LIMIT = 1 << 30,      /* different phrases */
    PHRASE_WORD_LIMIT = 1 << 16, /* words in one */
    FIRST_SLOTS = 1024,
};

typedef struct stored_phrase {
    size_t start, count; /* in rg_paraphrases.words */
    uint64_t hash;
    size_t first_target, target_count; /* in rg_paraphrases.targets */
} stored_phrase;

typedef struct entry {
    uint32_t from, to; /* phrases */
} entry;

struct rg_paraphrases {
    rg_ids words;
    stored_phrase *phrases;
    size_t phrase_count, phrase_allocated;
    uint32_t *slots; /* hash table of phrases: number + 1, or 0 */
    size_t slot_count;
    entry *entries; /* until the targets are sorted */
    size_t entry_count, entry_allocated;
    uint32_t *targets; /* of each phrase in turn */
    size_t longest;
};

typedef struct table_reader {
    const char *path;
    rg_gzip_lines *lines;
    const rg_words *known; /* the words that occur */
    rg_ids from, to;       /* the phrases of the entry at hand */
} table_reader;

/* ---------------------------------------------------------------- phrases */

static uint64_t hash_words(const int32_t *words, size_t count) {
    return rg_hash_bytes(0xA0761D6478BD642Fu, (const char *)words, count * sizeof *words);
}

static size_t find_slot(const rg_paraphrases *t, const int32_t *words, size_t count, uint64_t hash) {
    size_t mask = t->slot_count - 1, slot = hash & mask;
    for (; t->slots[slot] != 0; slot = (slot + 1) & mask) {
        const stored_phrase *p = &t->phrases[t->slots[slot] - 1];
        if (p->hash != hash || p->count != count) continue;
        if (memcmp(t->words.data + p->start, words, count * sizeof *words) == 0) break;
    }
    return slot;
}

static rgpt_status grow_slots(rg_paraphrases *t, rgpt_error *err) {
    if (2 * (t->phrase_count + 1) < t->slot_count) return RGPT_OK;
    size_t count = t->slot_count ? 2 * t->slot_count : FIRST_SLOTS;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots) return rg_fail_memory(err, "paraphrases", count * sizeof *slots);
    for (size_t i = 0; i < t->phrase_count; i++) {
        size_t slot = t->phrases[i].hash & (count - 1);
        while (slots[slot] != 0) slot = (slot + 1) & (count - 1);
        slots[slot] = (uint32_t)i + 1;
    }
    free(t->slots);
    t->slots = slots;
    t->slot_count = count;
    return RGPT_OK;
}

/* The number of a phrase, added if it is new. */
static rgpt_status number_phrase(rg_paraphrases *t, const int32_t *words, size_t count, uint32_t *number,
                                 rgpt_error *err) {
    rgpt_status status = grow_slots(t, err);
    if (status != RGPT_OK) return status;
    uint64_t hash = hash_words(words, count);
    size_t slot = find_slot(t, words, count, hash), start = t->words.count;
    if (t->slots[slot] == 0) {
        if (t->phrase_count == PHRASE_LIMIT) return rg_fail(err, RGPT_LIMIT, "paraphrases: over %d", PHRASE_LIMIT);
        stored_phrase *grown = rg_array_grow(t->phrases, &t->phrase_allocated, t->phrase_count + 1, sizeof *grown);
        if (!grown) return rg_fail_memory(err, "paraphrases", (t->phrase_count + 1) * sizeof *grown);
        t->phrases = grown;
        for (size_t i = 0; i < count && status == RGPT_OK; i++) status = rg_ids_append(&t->words, words[i], err);
        if (status != RGPT_OK) return status;
        t->phrases[t->phrase_count++] = (stored_phrase){.start = start, .count = count, .hash = hash};
        t->slots[slot] = (uint32_t)t->phrase_count;
        if (count > t->longest) t->longest = count;
    }
    *number = t->slots[slot] - 1;
    return RGPT_OK;
}

/* ---------------------------------------------------------------- reading */

/* Reads a phrase. *occur is false if one of its words does not; the words then are not all there. */
static rgpt_status read_phrase(table_reader *r, rg_ids *words, bool *occur, rgpt_error *err) {
    const char *line;
    size_t size, count = 0;
    rgpt_status status = rg_gzip_lines_next(r->lines, &line, &size, err);
    if (status != RGPT_OK) return status;
    if (!line) return rg_fail(err, RGPT_FORMAT, "%s: ends inside an entry, wanted three lines each", r->path);
    words->count = 0;
    *occur = true;
    for (size_t at = 0, word_size; at < size && *occur && status == RGPT_OK; at += word_size + 1) {
        const char *end = memchr(line + at, ' ', size - at);
        word_size = end ? (size_t)(end - line) - at : size - at;
        if (word_size == 0) continue;
        int32_t word = 0;
        count++;
        *occur = rg_words_lookup(r->known, line + at, word_size, &word);
        if (*occur) status = rg_ids_append(words, word, err);
    }
    if (status == RGPT_OK && count == 0) {
        return rg_fail(err, RGPT_FORMAT, "%s: line %zu: wanted a phrase", r->path, rg_gzip_lines_number(r->lines));
    }
    return status;
}

static rgpt_status add_entry(rg_paraphrases *t, const table_reader *r, rgpt_error *err) {
    entry e = {0};
    rgpt_status status = number_phrase(t, r->from.data, r->from.count, &e.from, err);
    if (status == RGPT_OK) status = number_phrase(t, r->to.data, r->to.count, &e.to, err);
    if (status != RGPT_OK) return status;
    entry *grown = rg_array_grow(t->entries, &t->entry_allocated, t->entry_count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "paraphrases", (t->entry_count + 1) * sizeof *grown);
    t->entries = grown;
    t->entries[t->entry_count++] = e;
    return RGPT_OK;
}

static rgpt_status read_entry(rg_paraphrases *t, table_reader *r, bool *is_end, rgpt_error *err) {
    const char *line;
    size_t size;
    rgpt_status status = rg_gzip_lines_next(r->lines, &line, &size, err);
    *is_end = !line;
    if (status != RGPT_OK || *is_end) return status;
    if (size == 0 || !(line[0] == '.' || (line[0] >= '0' && line[0] <= '9'))) {
        return rg_fail(err, RGPT_FORMAT, "%s: line %zu: wanted a probability", r->path, rg_gzip_lines_number(r->lines));
    }
    bool from_occurs = false, to_occurs = false;
    status = read_phrase(r, &r->from, &from_occurs, err);
    if (status == RGPT_OK) status = read_phrase(r, &r->to, &to_occurs, err);
    return status == RGPT_OK && from_occurs && to_occurs ? add_entry(t, r, err) : status;
}

/* Puts each phrase's targets side by side, in the order in which they were read. */
static rgpt_status sort_targets(rg_paraphrases *t, rgpt_error *err) {
    t->targets = calloc(t->entry_count + 1, sizeof *t->targets);
    if (!t->targets) return rg_fail_memory(err, "paraphrases", (t->entry_count + 1) * sizeof *t->targets);
    for (size_t i = 0; i < t->entry_count; i++) t->phrases[t->entries[i].from].target_count++;
    size_t first = 0;
    for (size_t i = 0; i < t->phrase_count; i++) {
        t->phrases[i].first_target = first;
        first += t->phrases[i].target_count;
        t->phrases[i].target_count = 0;
    }
    for (size_t i = 0; i < t->entry_count; i++) {
        stored_phrase *from = &t->phrases[t->entries[i].from];
        t->targets[from->first_target + from->target_count++] = t->entries[i].to;
    }
    free(t->entries);
    t->entries = NULL;
    return RGPT_OK;
}

static rgpt_status read_table(rg_paraphrases *t, const char *path, const rg_words *words, rgpt_error *err) {
    table_reader r = {.path = path, .known = words, .from.cap = PHRASE_WORD_LIMIT, .to.cap = PHRASE_WORD_LIMIT};
    rgpt_status status = rg_gzip_lines_open(path, &r.lines, err);
    for (bool is_end = false; !is_end && status == RGPT_OK;) status = read_entry(t, &r, &is_end, err);
    rg_gzip_lines_close(r.lines);
    rg_ids_reset(&r.from);
    rg_ids_reset(&r.to);
    return status;
}

rgpt_status rg_paraphrases_open(const char *path, const rg_words *words, rg_paraphrases **out, rgpt_error *err) {
    *out = NULL;
    rg_paraphrases *t = calloc(1, sizeof *t);
    if (!t) return rg_fail_memory(err, "paraphrases", sizeof *t);
    t->words.cap = SIZE_MAX / 64;
    rgpt_status status = grow_slots(t, err);
    if (status == RGPT_OK) status = read_table(t, path, words, err);
    if (status == RGPT_OK) status = sort_targets(t, err);
    if (status != RGPT_OK) {
        rg_paraphrases_close(t);
        return status;
    }
    *out = t;
    return RGPT_OK;
}

void rg_paraphrases_close(rg_paraphrases *t) {
    if (!t) return;
    rg_ids_reset(&t->words);
    free(t->phrases);
    free(t->slots);
    free(t->entries);
    free(t->targets);
    free(t);
}

/* ---------------------------------------------------------------- finding */

size_t rg_paraphrases_longest(const rg_paraphrases *t) {
    return t->longest;
}

size_t rg_paraphrases_find(const rg_paraphrases *t, rg_caption phrase, const uint32_t **numbers) {
    uint64_t hash = hash_words(phrase.words, phrase.count);
    uint32_t number = t->slots[find_slot(t, phrase.words, phrase.count, hash)];
    if (number == 0) return 0;
    *numbers = t->targets + t->phrases[number - 1].first_target;
    return t->phrases[number - 1].target_count;
}

rg_caption rg_paraphrases_get(const rg_paraphrases *t, uint32_t number) {
    return (rg_caption){t->words.data + t->phrases[number].start, t->phrases[number].count};
}
