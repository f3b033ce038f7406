/* unpack_avx2.h - low-bit weights in vector registers, two blocks at a time, and their dot product with
 * int8 activations: AVX2. The terms are explained in unpack_avx512.h. */
#ifndef RG_KERN_UNPACK_H
#define RG_KERN_UNPACK_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "kern/unpack.h"
#include "kern/vector_avx2.h"
#include "tensor/half.h"

enum { PART_BLOCKS = 2 };

typedef struct rg_part {
    __m256i first; /* bytes: elements 0-15 of blocks 0, 1 */
    __m256i last;  /* elements 16-31 of each */
    __m128 scale;  /* d0 m0 d1 m1 */
    int centre;
    bool is_affine;
    bool is_halved;
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

/* d0 m0 d1 m1, where m = -centre * d. */
RG_INLINE __m128 centred_scales(const uint8_t *a, const uint8_t *b, int count, float centre) {
    const __m128i d = _mm_setr_epi32(load_twice(a), count > 1 ? load_twice(b) : 0, 0, 0);
    return _mm_mul_ps(_mm_cvtph_ps(d), _mm_setr_ps(1, -centre, 1, -centre));
}

RG_INLINE rg_part unpack_q4_1(const uint8_t *row, int64_t part, int count) {
    const uint8_t *blocks = row + part * PART_BLOCKS * 20;
    rg_part p = {.centre = 0, .is_affine = true};
    split_nibbles(&p, load_two(blocks + 4, blocks + 24, count));
    p.scale = _mm_cvtph_ps(_mm_setr_epi32(load_int(blocks), count > 1 ? load_int(blocks + 20) : 0, 0, 0));
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

/* Adds 16 where a bit is set: of each block's 32 bits the lower half belongs to `first`. */
RG_INLINE void add_fifth_bits(rg_part *p, const uint8_t *a, const uint8_t *b, int count) {
    const __m256i bits = _mm256_set_m128i(_mm_set1_epi32(count > 1 ? load_int(b) : 0), _mm_set1_epi32(load_int(a)));
    const __m256i byte = _mm256_broadcastsi128_si256(_mm_setr_epi32(0, 0, 0x01010101, 0x01010101));
    const __m256i bit = _mm256_set1_epi64x((int64_t)0x8040201008040201), sixteen = _mm256_set1_epi8(16);
    const __m256i first = _mm256_and_si256(_mm256_shuffle_epi8(bits, byte), bit);
    const __m256i last = _mm256_and_si256(_mm256_shuffle_epi8(_mm256_srli_epi32(bits, 16), byte), bit);
    p->first = _mm256_or_si256(p->first, _mm256_and_si256(_mm256_cmpeq_epi8(first, bit), sixteen));
    p->last = _mm256_or_si256(p->last, _mm256_and_si256(_mm256_cmpeq_epi8(last, bit), sixteen));
}

RG_INLINE rg_part unpack_q5_0(const uint8_t *row, int64_t part, int count) {
    const uint8_t *blocks = row + part * PART_BLOCKS * 22;
    rg_part p = {.centre = 16};
    split_nibbles(&p, load_two(blocks + 6, blocks + 28, count));
    add_fifth_bits(&p, blocks + 2, blocks + 24, count);
    p.scale = centred_scales(blocks, blocks + 22, count, 16);
    return p;
}

RG_INLINE rg_part unpack_q5_1(const uint8_t *row, int64_t part, int count) {
    const uint8_t *blocks = row + part * PART_BLOCKS * 24;
    rg_part p = {.centre = 0, .is_affine = true};
    split_nibbles(&p, load_two(blocks + 8, blocks + 32, count));
    add_fifth_bits(&p, blocks + 4, blocks + 28, count);
    p.scale = _mm_cvtph_ps(_mm_setr_epi32(load_int(blocks), count > 1 ? load_int(blocks + 24) : 0, 0, 0));
    return p;
}

/* ------------------------------------------------------------------ superblocks (tensor/convert_k.c)
 *
 * A part is a quarter of a superblock, and all of it is there. */

RG_INLINE __m128 k_scales(const uint8_t *superblock, int quarter) {
    const __m128i half = k_scales_and_minima(superblock + 4, quarter / 2);
    const __m128i bytes = quarter % 2 ? _mm_srli_si128(half, 4) : half;
    const __m128 d = _mm_cvtph_ps(_mm_set1_epi32(load_int(superblock)));
    return _mm_mul_ps(_mm_cvtepi32_ps(_mm_cvtepu8_epi32(bytes)), _mm_mul_ps(d, _mm_setr_ps(1, -1, 1, -1)));
}

/* 32 bytes: their low nibbles are one block, their high nibbles the next. */
RG_INLINE void split_k_nibbles(rg_part *p, const uint8_t *q) {
    const __m256i low = _mm256_set1_epi8(0xF), bytes = _mm256_loadu_si256((const __m256i *)(const void *)q);
    const __m256i even = _mm256_and_si256(bytes, low), odd = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low);
    p->first = _mm256_permute2x128_si256(even, odd, 0x20);
    p->last = _mm256_permute2x128_si256(even, odd, 0x31);
}

RG_INLINE __m256i repeat_16(const uint8_t *from) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)from));
}

/* A number to each block. */
RG_INLINE __m256i each_block(int64_t b0, int64_t b1) {
    return _mm256_setr_epi64x(b0, b0, b1, b1);
}

RG_INLINE rg_part unpack_q4_k(const uint8_t *row, int64_t part, int count) {
    (void)count;
    const uint8_t *superblock = row + part / 4 * 144;
    rg_part p = {.centre = 0, .is_affine = true, .scale = k_scales(superblock, (int)(part % 4))};
    split_k_nibbles(&p, superblock + 16 + part % 4 * 32);
    return p;
}

RG_INLINE rg_part unpack_q5_k(const uint8_t *row, int64_t part, int count) {
    (void)count;
    const uint8_t *superblock = row + part / 4 * 176, *high = superblock + 16;
    rg_part p = {.centre = 0, .is_affine = true, .scale = k_scales(superblock, (int)(part % 4))};
    split_k_nibbles(&p, superblock + 48 + part % 4 * 32);
    /* Each block's bit moved to where it counts 16: block b's is bit b, of the eight in a superblock. */
    const __m256i shift = each_block(part % 4 * 2, part % 4 * 2 + 1), one = _mm256_set1_epi8(1);
    const __m256i first = _mm256_and_si256(_mm256_srlv_epi64(repeat_16(high), shift), one);
    const __m256i last = _mm256_and_si256(_mm256_srlv_epi64(repeat_16(high + 16), shift), one);
    p.first = _mm256_or_si256(p.first, _mm256_slli_epi16(first, 4));
    p.last = _mm256_or_si256(p.last, _mm256_slli_epi16(last, 4));
    return p;
}

RG_INLINE rg_part unpack_q6_k(const uint8_t *row, int64_t part, int count) {
    (void)count;
    const int64_t half = part % 4 / 2, pair = part % 2; /* blocks 2 pair and 2 pair + 1 of the half */
    const uint8_t *superblock = row + part / 4 * 210, *q = superblock + half * 64, *high = superblock + 128 + half * 32;
    const __m256i nibble = _mm256_set1_epi8(0xF), two_bits = _mm256_set1_epi8(3);
    const __m256i shift = each_block(4 * pair, 4 * pair + 2), down = _mm256_set1_epi64x(4 * pair);
    const __m256i first = _mm256_and_si256(_mm256_srlv_epi64(load_two(q, q + 32, 2), down), nibble);
    const __m256i last = _mm256_and_si256(_mm256_srlv_epi64(load_two(q + 16, q + 48, 2), down), nibble);
    const __m256i top_first = _mm256_and_si256(_mm256_srlv_epi64(repeat_16(high), shift), two_bits);
    const __m256i top_last = _mm256_and_si256(_mm256_srlv_epi64(repeat_16(high + 16), shift), two_bits);
    rg_part p = {.centre = 32, .is_halved = true};
    p.first = _mm256_or_si256(first, _mm256_slli_epi16(top_first, 4));
    p.last = _mm256_or_si256(last, _mm256_slli_epi16(top_last, 4));
    const __m128i scales = _mm_cvtsi32_si128(load_int(superblock + 192 + half * 8 + pair * 4));
    const __m128 d = _mm_set1_ps(rg_f16_decode(rg_half_load(superblock + 208)));
    p.scale = _mm_mul_ps(_mm_cvtepi32_ps(_mm_cvtepi8_epi32(scales)), d);
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

/* Of (byte - centre) * q: two products of at most 63 * 127, less two of centre * 127, fit 16 bits. */
RG_INLINE __m256 centred_products(__m256i bytes, int centre, const int8_t *q) {
    const __m256i signed_bytes = _mm256_load_si256((const __m256i *)(const void *)q);
    const __m256i offset = _mm256_maddubs_epi16(_mm256_set1_epi8((char)centre), signed_bytes);
    const __m256i pairs = _mm256_sub_epi16(_mm256_maddubs_epi16(bytes, signed_bytes), offset);
    return _mm256_cvtepi32_ps(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

RG_INLINE void part_sum_add(rg_part_sum *s, const rg_part *p, const int8_t *q, const float *scale) {
    const __m256i spread = _mm256_setr_epi32(0, 0, 0, 0, 2, 2, 2, 2);
    if (p->is_halved) {
        const __m256 scales = _mm256_castps128_ps256(_mm_mul_ps(p->scale, _mm_moveldup_ps(_mm_load_ps(scale))));
        const __m256i odd = _mm256_add_epi32(spread, _mm256_set1_epi32(1));
        const __m256 first = centred_products(p->first, p->centre, q),
                     last = centred_products(p->last, p->centre, q + 64);
        s->sum = _mm256_fmadd_ps(first, _mm256_permutevar8x32_ps(scales, spread), s->sum);
        s->sum = _mm256_fmadd_ps(last, _mm256_permutevar8x32_ps(scales, odd), s->sum);
        return;
    }
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
