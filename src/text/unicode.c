#include "text/unicode.h"

rg_unicode_class rg_unicode_classify(uint32_t code_point) {
    size_t low = 0, high = rg_unicode_range_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const rg_unicode_range *range = &rg_unicode_ranges[middle];
        if (code_point < range->first) {
            high = middle;
        } else if (code_point > range->last) {
            low = middle + 1;
        } else {
            return range->kind;
        }
    }
    return RG_UNICODE_OTHER;
}

static uint32_t lower_of(uint32_t code_point) {
    size_t low = 0, high = rg_unicode_case_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const rg_unicode_case *range = &rg_unicode_cases[middle];
        if (code_point < range->first) {
            high = middle;
        } else if (code_point > range->last) {
            low = middle + 1;
        } else {
            bool has_lower = (code_point - range->first) % range->step == 0;
            return has_lower ? code_point + (uint32_t)range->delta : code_point;
        }
    }
    return code_point;
}

size_t rg_unicode_lower(uint32_t code_point, uint32_t out[RG_UNICODE_LOWER_MAX]) {
    if (code_point == 0x130) { /* the only one that takes two, whatever the language: i and a dot above */
        out[0] = 'i';
        out[1] = 0x307;
        return 2;
    }
    out[0] = lower_of(code_point);
    return 1;
}
