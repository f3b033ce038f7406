/* checked.h - size arithmetic that cannot wrap. False means "does not fit"; *out is then unchanged. */
#ifndef RG_BASE_CHECKED_H
#define RG_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool rg_mul_size(size_t a, size_t b, size_t *out) {
    size_t product;
    if (__builtin_mul_overflow(a, b, &product)) return false;
    *out = product;
    return true;
}

static inline bool rg_add_size(size_t a, size_t b, size_t *out) {
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return false;
    *out = sum;
    return true;
}

/* Rounds up to a multiple of `unit`, a power of two. */
static inline bool rg_align_size(size_t value, size_t unit, size_t *out) {
    size_t sum;
    if (!rg_add_size(value, unit - 1, &sum)) return false;
    *out = sum & ~(unit - 1);
    return true;
}

#endif
