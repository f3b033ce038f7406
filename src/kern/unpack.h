/* unpack.h - what the unpacking of low-bit weights shares between instruction sets. */
#ifndef RG_KERN_UNPACK_COMMON_H
#define RG_KERN_UNPACK_COMMON_H

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kern/inline.h"

RG_INLINE int load_int(const uint8_t *from) {
    int value;
    memcpy(&value, from, sizeof value);
    return value;
}

/* Two bytes, and the same again above. */
RG_INLINE int load_twice(const uint8_t *from) {
    uint16_t half;
    memcpy(&half, from, sizeof half);
    return (int)(half * 0x10001u); /* the same bits twice; as int it would overflow */
}

/* The 6-bit scales and minima of four of a superblock's eight blocks (Q4_K and Q5_K; how they are packed into
 * twelve bytes is told in tensor/convert_k.c): bytes s0 m0 s1 m1 s2 m2 s3 m3. */
RG_INLINE __m128i k_scales_and_minima(const uint8_t *packed, int half) {
    const int a = load_int(packed), b = load_int(packed + 4), c = load_int(packed + 8);
    const int scales = half ? (c & 0x0F0F0F0F) | (a >> 2 & 0x30303030) : a & 0x3F3F3F3F;
    const int minima = half ? (c >> 4 & 0x0F0F0F0F) | (b >> 2 & 0x30303030) : b & 0x3F3F3F3F;
    return _mm_unpacklo_epi8(_mm_cvtsi32_si128(scales), _mm_cvtsi32_si128(minima));
}

#endif
