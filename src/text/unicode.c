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
