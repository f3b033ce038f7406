/* unpack_avx512.h - low-bit weights in vector registers, four blocks at a time, and their dot product with
 * int8 activations: AVX-512 with VNNI. For dot_vector.h and panel_avx512.c.
 *
 * A *part* of a row is PART_BLOCKS blocks. Unpacking takes the row, the part's index and how many of its
 * blocks exist (a constant PART_BLOCKS but for a row's end); what lies past those is not touched and
 * counts as zero.
 */
#ifndef RG_KERN_UNPACK_H
#define RG_KERN_UNPACK_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "kern/dot.h"
#include "kern/vector_avx512.h"

enum { PART_BLOCKS = 4 };

typedef struct rg_part {
    __m512i first;  /* bytes: elements 0-15 of blocks 0, 1, 2, 3 */
    __m512i last;   /* elements 16-31 of each */
    __m256 scale;   /* d0 m0 d1 m1 d2 m2 d3 m3 */
    int centre;     /* an element is d * (byte - centre), */
    bool is_affine; /* or d * byte + m, when m does not follow from d */
} rg_part;

typedef rg_part rg_unpack(const uint8_t *row, int64_t part, int count);

/* The lowest `count` bits, count <= 64. */
RG_INLINE uint64_t rg_low_bits(int count) {
    return count >= 64 ? ~0ull : (1ull << (count < 0 ? 0 : count)) - 1;
}

RG_INLINE void split_nibbles(rg_part *p, __m512i bytes) {
    const __m512i low = _mm512_set1_epi8(0xF);
    p->first = _mm512_and_si512(bytes, low);
    p->last = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), low);
}

/* From d0 d0 d1 d1 ... to d0 m0 d1 m1 ..., where m = -centre * d. */
RG_INLINE __m256 centred_scales(__m128i d, float centre) {
    return _mm256_mul_ps(_mm256_cvtph_ps(d), _mm256_setr_ps(1, -centre, 1, -centre, 1, -centre, 1, -centre));
}

/* 20 bytes a block, five dwords {d m} n n n n. The four blocks are read as two overlapping vectors, dwords
 * 0-15 and 4-19, so that nothing past them is touched. */
RG_INLINE rg_part unpack_q4_1(const uint8_t *row, int64_t part, int count) {
    const __m512i nibbles = _mm512_setr_epi32(1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 28, 29, 30, 31);
    const __m512i scales = _mm512_setr_epi32(0, 5, 10, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    const uint8_t *blocks = row + part * PART_BLOCKS * 20;
    const __m512i head = _mm512_maskz_loadu_epi32((__mmask16)rg_low_bits(5 * count), blocks);
    const __m512i tail = _mm512_maskz_loadu_epi32((__mmask16)rg_low_bits(5 * count - 4), blocks + 16);
    rg_part p = {.centre = 0, .is_affine = true};
    split_nibbles(&p, _mm512_permutex2var_epi32(head, nibbles, tail));
    p.scale = _mm256_cvtph_ps(_mm512_castsi512_si128(_mm512_permutexvar_epi32(scales, head)));
    return p;
}

/* 18 bytes a block, nine words d n n n n n n n n: as above with words 0-31 and 4-35. */
RG_INLINE rg_part unpack_q4_0(const uint8_t *row, int64_t part, int count) {
    const __m512i nibbles = _mm512_set_epi16(63, 62, 61, 60, 31, 30, 29, 28, 26, 25, 24, 23, 22, 21, 20, 19, 17, 16, 15,
                                             14, 13, 12, 11, 10, 8, 7, 6, 5, 4, 3, 2, 1);
    const __m512i scales = _mm512_set_epi16(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 27,
                                            27, 18, 18, 9, 9, 0, 0);
    const uint8_t *blocks = row + part * PART_BLOCKS * 18;
    const __m512i head = _mm512_maskz_loadu_epi16((__mmask32)rg_low_bits(9 * count), blocks);
    const __m512i tail = _mm512_maskz_loadu_epi16((__mmask32)rg_low_bits(9 * count - 4), blocks + 8);
    rg_part p = {.centre = 8};
    split_nibbles(&p, _mm512_permutex2var_epi16(head, nibbles, tail));
    p.scale = centred_scales(_mm512_castsi512_si128(_mm512_permutexvar_epi16(scales, head)), 8);
    return p;
}

/* Sixteen bytes of each of the four blocks of Q8_0, from the same offset. */
RG_INLINE __m512i gather_q8_0(const uint8_t *at, int count) {
    const __mmask16 all = 0xFFFF;
    __m512i v = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)at));
    v = _mm512_inserti32x4(v, _mm_maskz_loadu_epi8(count > 1 ? all : 0, at + 34), 1);
    v = _mm512_inserti32x4(v, _mm_maskz_loadu_epi8(count > 2 ? all : 0, at + 68), 2);
    return _mm512_inserti32x4(v, _mm_maskz_loadu_epi8(count > 3 ? all : 0, at + 102), 3);
}

RG_INLINE int load_twice(const uint8_t *from) {
    uint16_t half;
    memcpy(&half, from, sizeof half);
    return (int)(half * 0x10001u); /* the same bits twice; as int it would overflow */
}

/* 34 bytes a block: d, then 32 signed bytes, made unsigned by adding 128. */
RG_INLINE rg_part unpack_q8_0(const uint8_t *row, int64_t part, int count) {
    const __m512i sign = _mm512_set1_epi8((char)0x80);
    const uint8_t *blocks = row + part * PART_BLOCKS * 34;
    rg_part p = {.centre = 128};
    p.first = _mm512_xor_si512(gather_q8_0(blocks + 2, count), sign);
    p.last = _mm512_xor_si512(gather_q8_0(blocks + 18, count), sign);
    const __m128i d = _mm_setr_epi32(load_twice(blocks), count > 1 ? load_twice(blocks + 34) : 0,
                                     count > 2 ? load_twice(blocks + 68) : 0, count > 3 ? load_twice(blocks + 102) : 0);
    p.scale = centred_scales(d, 128);
    return p;
}

/* ------------------------------------------------------------------ dot product */

/* Of one weight row: scaled products in the lanes of `sum`; in `corner`, whose odd lanes hold m * sx, the
 * minima's share. */
typedef struct rg_part_sum {
    __m512 sum;
    __m256 corner;
} rg_part_sum;

RG_INLINE rg_part_sum part_sum_zero(void) {
    return (rg_part_sum){_mm512_setzero_ps(), _mm256_setzero_ps()};
}

/* q: the activations' bytes for elements `first`, 64 bytes on for `last`; scale: their dx, sx. */
RG_INLINE void part_sum_add(rg_part_sum *s, const rg_part *p, const int8_t *q, const float *scale) {
    const __m512i spread = _mm512_setr_epi32(0, 0, 0, 0, 2, 2, 2, 2, 4, 4, 4, 4, 6, 6, 6, 6);
    __m512i products = _mm512_dpbusd_epi32(_mm512_setzero_si512(), p->first, _mm512_load_si512(q));
    products = _mm512_dpbusd_epi32(products, p->last, _mm512_load_si512(q + 64));
    const __m256 scales = _mm256_mul_ps(p->scale, _mm256_load_ps(scale)); /* d dx, m sx, ... */
    const __m512 wide = _mm512_permutexvar_ps(spread, _mm512_castps256_ps512(scales));
    s->sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products), wide, s->sum);
    s->corner = _mm256_add_ps(s->corner, scales);
}

RG_INLINE float part_sum_total(const rg_part_sum *s) {
    const __m512 odd = _mm512_maskz_mov_ps(0xAA, _mm512_castps256_ps512(s->corner));
    return v_sum(_mm512_add_ps(s->sum, odd));
}

/* For decoding: both byte vectors, and the scales, as memory. */
RG_INLINE void part_store(const rg_part *p, uint8_t *first, uint8_t *last, float *scale) {
    _mm512_storeu_si512(first, p->first);
    _mm512_storeu_si512(last, p->last);
    _mm256_storeu_ps(scale, p->scale);
}

#endif
