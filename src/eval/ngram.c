#include "eval/ngram.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "text/hash.h"

enum { FIRST_SLOTS = 256, ITEM_LIMIT = 1 << 30 };

static rg_ngram make_ngram(const int32_t *words, int32_t length) {
    rg_ngram n = {.words = {-1, -1, -1, -1}, .length = length};
    memcpy(n.words, words, (size_t)length * sizeof *words);
    return n;
}

static size_t hash(const rg_ngram *n) {
    uint64_t first = rg_hash_pair(0x2545F4914F6CDD1Du, n->words[0], n->words[1]);
    return rg_hash_pair(first, n->words[2], n->words[3]);
}

/* The slot of an n-gram, or the empty one where it belongs. */
static size_t find_slot(const rg_ngram_bag *bag, const rg_ngram *n) {
    size_t mask = bag->slot_count - 1, slot = hash(n) & mask;
    while (bag->slots[slot] != 0) {
        if (memcmp(bag->items[bag->slots[slot] - 1].words, n->words, sizeof n->words) == 0) break;
        slot = (slot + 1) & mask;
    }
    return slot;
}

static rgpt_status grow_slots(rg_ngram_bag *bag, rgpt_error *err) {
    if (2 * (bag->count + 1) < bag->slot_count) return RGPT_OK;
    size_t count = bag->slot_count ? bag->slot_count * 2 : FIRST_SLOTS;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots) return rg_fail_memory(err, "n-grams", count * sizeof *slots);
    free(bag->slots);
    bag->slots = slots;
    bag->slot_count = count;
    for (size_t i = 0; i < bag->count; i++) bag->slots[find_slot(bag, &bag->items[i])] = (uint32_t)i + 1;
    return RGPT_OK;
}

rgpt_status rg_ngram_bag_get(rg_ngram_bag *bag, const int32_t *words, int32_t length, rg_ngram **out, rgpt_error *err) {
    rgpt_status status = grow_slots(bag, err);
    if (status != RGPT_OK) return status;
    rg_ngram wanted = make_ngram(words, length);
    size_t slot = find_slot(bag, &wanted);
    if (bag->slots[slot] == 0) {
        if (bag->count == ITEM_LIMIT) return rg_fail(err, RGPT_LIMIT, "n-grams: over %d different ones", ITEM_LIMIT);
        rg_ngram *grown = rg_array_grow(bag->items, &bag->allocated, bag->count + 1, sizeof *grown);
        if (!grown) return rg_fail_memory(err, "n-grams", (bag->count + 1) * sizeof *grown);
        bag->items = grown;
        bag->items[bag->count++] = wanted;
        bag->slots[slot] = (uint32_t)bag->count;
    }
    *out = &bag->items[bag->slots[slot] - 1];
    return RGPT_OK;
}

const rg_ngram *rg_ngram_bag_find(const rg_ngram_bag *bag, const rg_ngram *ngram) {
    if (bag->count == 0) return NULL;
    uint32_t number = bag->slots[find_slot(bag, ngram)];
    return number > 0 ? &bag->items[number - 1] : NULL;
}

rgpt_status rg_ngram_bag_add(rg_ngram_bag *bag, rg_caption caption, rgpt_error *err) {
    for (int32_t length = 1; length <= RG_NGRAM_MOST; length++) {
        for (size_t i = 0; i + (size_t)length <= caption.count; i++) {
            rg_ngram *item;
            rgpt_status status = rg_ngram_bag_get(bag, caption.words + i, length, &item, err);
            if (status != RGPT_OK) return status;
            item->count++;
        }
    }
    return RGPT_OK;
}

void rg_ngram_bag_clear(rg_ngram_bag *bag) {
    bag->count = 0;
    if (bag->slot_count > 0) memset(bag->slots, 0, bag->slot_count * sizeof *bag->slots);
}

void rg_ngram_bag_reset(rg_ngram_bag *bag) {
    free(bag->items);
    free(bag->slots);
    *bag = (rg_ngram_bag){0};
}
