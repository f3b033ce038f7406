/* unpack_avx2.h - low-bit weights in vector registers, two blocks at a time, and their dot product with
 * int8 activations: AVX2. The terms are explained in unpack_avx512.h. */
#ifndef RG_KERN_UNPACK_H
#define RG_KERN_UNPACK_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "kern/dot.h"
#include "kern/vector_avx2.h"

enum { PART_BLOCKS = 2 };

typedef struct rg_part {
    __m256i first; /* bytes: elements 0-15 of blocks 0, 1 */
    __m256i last;  /* elements 16-31 of each */
    __m128 scale;  /* d0 m0 d1 m1 */
    int centre;
    bool is_affine;
    bool is_signed; /* bytes lie `centre` lower, so m is 0; else they are 63 at most */
} rg_part;

typedef rg_part rg_unpack(const uint8_t *row, int64_t part, int count);

RG_INLINE __m256i load_two(const uint8_t *a, const uint8_t *b, int count) {
    const __m128i low = _mm_loadu_si128((const __m128i *)a);
    const __m128i high = count > 1 ? _mm_loadu_si128((const __m128i *)b) : _mm_setzero_si128();
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

RG_INLINE void split_nibbles(rg_part *p, __m256i bytes) {
    const __m256i low = _mm256_set1_epi8(0xF);
    p->first = _mm256_and_si256(bytes, low);
    p->last = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low);
}

RG_INLINE int load_twice(const uint8_t *from) {
    uint16_t half;
    memcpy(&half, from, sizeof half);
    return (int)(half * 0x10001u); /* the same bits twice; as int it would overflow */
}

/* d0 m0 d1 m1, where m = -centre * d. */
RG_INLINE __m128 centred_scales(const uint8_t *a, const uint8_t *b, int count, float centre) {
    const __m128i d = _mm_setr_epi32(load_twice(a), count > 1 ? load_twice(b) : 0, 0, 0);
    return _mm_mul_ps(_mm_cvtph_ps(d), _mm_setr_ps(1, -centre, 1, -centre));
}

RG_INLINE rg_part unpack_q4_1(const uint8_t *row, int64_t part, int count) {
    const uint8_t *blocks = row + part * PART_BLOCKS * 20;
    rg_part p = {.centre = 0, .is_affine = true};
    split_nibbles(&p, load_two(blocks + 4, blocks + 24, count));
    int scales[2] = {0, 0};
    memcpy(&scales[0], blocks, sizeof scales[0]);
    if (count > 1) memcpy(&scales[1], blocks + 20, sizeof scales[1]);
    p.scale = _mm_cvtph_ps(_mm_setr_epi32(scales[0], scales[1], 0, 0));
    return p;
}

RG_INLINE rg_part unpack_q4_0(const uint8_t *row, int64_t part, int count) {
    const uint8_t *blocks = row + part * PART_BLOCKS * 18;
    rg_part p = {.centre = 8};
    split_nibbles(&p, load_two(blocks + 2, blocks + 20, count));
    p.scale = centred_scales(blocks, blocks + 18, count, 8);
    return p;
}

/* The bytes stay signed: of bytes that reach 255, vpmaddubsw's 16 bits would not hold two products. */
RG_INLINE rg_part unpack_q8_0(const uint8_t *row, int64_t part, int count) {
    const uint8_t *blocks = row + part * PART_BLOCKS * 34;
    rg_part p = {.centre = 128, .is_signed = true};
    p.first = load_two(blocks + 2, blocks + 36, count);
    p.last = load_two(blocks + 18, blocks + 52, count);
    p.scale = centred_scales(blocks, blocks + 34, count, 0);
    return p;
}

/* ------------------------------------------------------------------ dot product */

typedef struct rg_part_sum {
    __m256 sum;
    __m128 corner;
} rg_part_sum;

RG_INLINE rg_part_sum part_sum_zero(void) {
    return (rg_part_sum){_mm256_setzero_ps(), _mm_setzero_ps()};
}

/* Products of both blocks in 32 bits: the lower four lanes are the first block's. */
RG_INLINE __m256i part_products(const rg_part *p, __m256i first, __m256i last) {
    const __m256i one = _mm256_set1_epi16(1);
    if (!p->is_signed) { /* four products of at most 63 * 127 fit 16 bits */
        const __m256i a = _mm256_maddubs_epi16(p->first, first), b = _mm256_maddubs_epi16(p->last, last);
        return _mm256_madd_epi16(_mm256_add_epi16(a, b), one);
    }
    /* The instruction wants one factor unsigned: |w|, and the other with w's sign. Two products of at most
     * 128 * 127 fit. */
    const __m256i a = _mm256_maddubs_epi16(_mm256_abs_epi8(p->first), _mm256_sign_epi8(first, p->first));
    const __m256i b = _mm256_maddubs_epi16(_mm256_abs_epi8(p->last), _mm256_sign_epi8(last, p->last));
    return _mm256_add_epi32(_mm256_madd_epi16(a, one), _mm256_madd_epi16(b, one));
}

RG_INLINE void part_sum_add(rg_part_sum *s, const rg_part *p, const int8_t *q, const float *scale) {
    const __m256i spread = _mm256_setr_epi32(0, 0, 0, 0, 2, 2, 2, 2);
    const __m256i products = part_products(p, _mm256_load_si256((const __m256i *)(const void *)q),
                                           _mm256_load_si256((const __m256i *)(const void *)(q + 64)));
    const __m128 scales = _mm_mul_ps(p->scale, _mm_load_ps(scale));
    const __m256 wide = _mm256_permutevar8x32_ps(_mm256_castps128_ps256(scales), spread);
    s->sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(products), wide, s->sum);
    s->corner = _mm_add_ps(s->corner, scales);
}

RG_INLINE float part_sum_total(const rg_part_sum *s) {
    const __m128 odd = _mm_blend_ps(_mm_setzero_ps(), s->corner, 0xA);
    return v_sum(_mm256_add_ps(s->sum, _mm256_insertf128_ps(_mm256_setzero_ps(), odd, 0)));
}

RG_INLINE void part_store(const rg_part *p, uint8_t *first, uint8_t *last, float *scale) {
    const __m256i flip = _mm256_set1_epi8(p->is_signed ? (char)0x80 : 0);
    _mm256_storeu_si256((__m256i *)(void *)first, _mm256_xor_si256(p->first, flip));
    _mm256_storeu_si256((__m256i *)(void *)last, _mm256_xor_si256(p->last, flip));
    _mm_storeu_ps(scale, p->scale);
}

#endif
