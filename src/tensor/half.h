/* half.h - one float16 or bfloat16 number, as the bits of a uint16_t. */
#ifndef RG_TENSOR_HALF_H
#define RG_TENSOR_HALF_H

#include <stdint.h>
#include <string.h>

static inline float rg_float_from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t rg_float_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float rg_f16_decode(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    const uint32_t exponent = (half >> 10) & 0x1Fu;
    const uint32_t fraction = half & 0x3FFu;
    if (exponent == 0x1F) return rg_float_from_bits(sign | 0x7F800000u | fraction << 13); /* inf, NaN */
    if (exponent > 0) return rg_float_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
    const float small = (float)fraction * 0x1p-24f; /* zero and subnormals, exact */
    return sign ? -small : small;
}

/* Rounds to nearest, ties to even; too large becomes infinity, NaN stays NaN. */
static inline uint16_t rg_f16_encode(float value) {
    const uint32_t bits = rg_float_bits(value);
    const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    const uint32_t size = bits & 0x7FFFFFFFu;
    if (size > 0x7F800000u) return (uint16_t)(sign | 0x7E00u | (size >> 13 & 0x3FFu));
    if (size >= 0x477FF000u) return (uint16_t)(sign | 0x7C00u); /* 65520 and more */
    if (size < 0x38800000u) {
        /* Below 2^-14: adding 1/2 leaves the fraction in units of 2^-24, rounded by the FPU. */
        const float shifted = rg_float_from_bits(size) + 0.5F;
        return (uint16_t)(sign | (rg_float_bits(shifted) - 0x3F000000u));
    }
    const uint32_t odd = size >> 13 & 1;
    return (uint16_t)(sign | ((size + 0xFFFu + odd - (112u << 23)) >> 13));
}

/* bfloat16 is the upper half of a float32. */
static inline float rg_bf16_decode(uint16_t half) {
    return rg_float_from_bits((uint32_t)half << 16);
}

static inline uint16_t rg_bf16_encode(float value) {
    const uint32_t bits = rg_float_bits(value);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return (uint16_t)(bits >> 16 | 0x40u); /* a quiet NaN */
    return (uint16_t)((bits + 0x7FFFu + (bits >> 16 & 1)) >> 16);
}

/* A half at any address: blocks in a file are not aligned. */
static inline uint16_t rg_half_load(const void *from) {
    uint16_t half;
    memcpy(&half, from, sizeof half);
    return half;
}

static inline void rg_half_store(void *to, uint16_t half) {
    memcpy(to, &half, sizeof half);
}

#endif
