#include "text/special.h"

#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"

/* Bytes as unsigned numbers, a string before those it begins. */
static int compare_text(rg_text a, rg_text b) {
    size_t shared = a.size < b.size ? a.size : b.size;
    int order = memcmp(a.data, b.data, shared);
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_ids(const void *a, const void *b, void *table) {
    return compare_text(rg_token_table_at(table, *(const int32_t *)a), rg_token_table_at(table, *(const int32_t *)b));
}

static bool is_special(const rg_token_table *table, size_t id) {
    bool by_type = table->types[id] == RG_TOKEN_CONTROL || table->types[id] == RG_TOKEN_USER_DEFINED;
    return by_type && rg_token_table_at(table, (int32_t)id).size > 0;
}

/* No two may spell the same. Each must be UTF-8, so that cutting a valid text at one leaves valid text. */
static rgpt_status check_spellings(const rg_special_set *set, const rg_token_table *table, rgpt_error *err) {
    for (size_t i = 0; i < set->count; i++) {
        rg_text text = rg_token_table_at(table, set->ids[i]);
        if (rg_utf8_valid_size(text.data, text.size) != text.size) {
            return rg_fail(err, RGPT_FORMAT, "vocabulary: special token %d is not UTF-8", (int)set->ids[i]);
        }
        if (i == 0 || compare_text(rg_token_table_at(table, set->ids[i - 1]), text) != 0) continue;
        return rg_fail(err, RGPT_FORMAT, "vocabulary: special tokens %d and %d are both '%.*s'", (int)set->ids[i - 1],
                       (int)set->ids[i], (int)text.size, text.data);
    }
    return RGPT_OK;
}

rgpt_status rg_special_set_init(rg_special_set *set, const rg_token_table *table, rgpt_error *err) {
    *set = (rg_special_set){0};
    size_t count = 0;
    for (size_t id = 0; id < table->count; id++) count += is_special(table, id);
    if (count == 0) return RGPT_OK;
    set->ids = malloc(count * sizeof *set->ids);
    if (!set->ids) return rg_fail_memory(err, "vocabulary", count * sizeof *set->ids);

    for (size_t id = 0; id < table->count; id++) {
        if (!is_special(table, id)) continue;
        set->ids[set->count++] = (int32_t)id;
        set->first[(uint8_t)rg_token_table_at(table, (int32_t)id).data[0] + 1]++;
    }
    for (size_t byte = 0; byte < 256; byte++) set->first[byte + 1] += set->first[byte];
    qsort_r(set->ids, set->count, sizeof *set->ids, compare_ids, (void *)table);
    return check_spellings(set, table, err);
}

void rg_special_set_reset(rg_special_set *set) {
    free(set->ids);
    *set = (rg_special_set){0};
}

/* Among ids[low..high), which share their first `depth` bytes, the first whose next byte is >= `byte`; one
 * that ends there counts as smaller than any. */
static size_t lower_bound(const rg_special_set *set, const rg_token_table *table, size_t low, size_t high, size_t depth,
                          int byte) {
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        rg_text text = rg_token_table_at(table, set->ids[middle]);
        int found = text.size > depth ? (uint8_t)text.data[depth] : -1;
        if (found < byte) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int32_t rg_special_set_match(const rg_special_set *set, const rg_token_table *table, const char *text, size_t size) {
    int32_t best = RG_TOKEN_NONE;
    size_t low = 0, high = set->count;
    if (size > 0) {
        low = set->first[(uint8_t)text[0]];
        high = set->first[(uint8_t)text[0] + 1];
    }
    for (size_t depth = 1; low < high && size > 0; depth++) {
        if (rg_token_table_at(table, set->ids[low]).size == depth) best = set->ids[low];
        if (depth == size) break;
        int byte = (uint8_t)text[depth];
        low = lower_bound(set, table, low, high, depth, byte);
        high = lower_bound(set, table, low, high, depth, byte + 1);
    }
    return best;
}
