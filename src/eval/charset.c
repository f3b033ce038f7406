#include "eval/charset.h"

#include <stdlib.h>

#include "base/array.h"

rgpt_status rg_charset_add(rg_charset *set, uint32_t first, uint32_t last, rgpt_error *err) {
    rg_code_range *grown = rg_array_grow(set->ranges, &set->allocated, set->count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "character set", (set->count + 1) * sizeof *grown);
    set->ranges = grown;
    set->ranges[set->count++] = (rg_code_range){first, last};
    return RGPT_OK;
}

static int by_first(const void *a, const void *b) {
    uint32_t x = ((const rg_code_range *)a)->first, y = ((const rg_code_range *)b)->first;
    return (x > y) - (x < y);
}

void rg_charset_sort(rg_charset *set) {
    if (set->count < 2) return;
    qsort(set->ranges, set->count, sizeof *set->ranges, by_first);
    size_t kept = 0;
    for (size_t i = 1; i < set->count; i++) {
        rg_code_range next = set->ranges[i], *last = &set->ranges[kept];
        if (next.first > last->last + 1) {
            set->ranges[++kept] = next;
        } else if (next.last > last->last) {
            last->last = next.last;
        }
    }
    set->count = kept + 1;
}

rgpt_status rg_charset_complement(rg_charset *set, rgpt_error *err) {
    rg_charset outside = {0};
    rgpt_status status = RGPT_OK;
    uint32_t from = 0;
    for (size_t i = 0; i < set->count && status == RGPT_OK; i++) {
        rg_code_range r = set->ranges[i];
        if (r.first > from) status = rg_charset_add(&outside, from, r.first - 1, err);
        from = r.last + 1;
    }
    if (status == RGPT_OK && from <= RG_LAST_CODE_POINT) {
        status = rg_charset_add(&outside, from, RG_LAST_CODE_POINT, err);
    }
    if (status != RGPT_OK) {
        rg_charset_reset(&outside);
        return status;
    }
    rg_charset_reset(set);
    *set = outside;
    return RGPT_OK;
}

rgpt_status rg_charset_ignore_ascii_case(rg_charset *set, rgpt_error *err) {
    for (uint32_t upper = 'A'; upper <= 'Z'; upper++) {
        uint32_t lower = upper - 'A' + 'a';
        bool has_upper = rg_charset_has(set, upper), has_lower = rg_charset_has(set, lower);
        if (has_upper == has_lower) continue;
        uint32_t missing = has_upper ? lower : upper;
        rgpt_status status = rg_charset_add(set, missing, missing, err);
        if (status != RGPT_OK) return status;
        rg_charset_sort(set);
    }
    return RGPT_OK;
}

bool rg_charset_has(const rg_charset *set, uint32_t code) {
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->ranges[middle].last < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < set->count && set->ranges[low].first <= code;
}

void rg_charset_reset(rg_charset *set) {
    free(set->ranges);
    *set = (rg_charset){0};
}
