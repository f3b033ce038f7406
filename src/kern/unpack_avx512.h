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

#include "kern/unpack.h"
#include "kern/vector_avx512.h"
#include "tensor/half.h"

enum { PART_BLOCKS = 4 };

typedef struct rg_part {
    __m512i first;  /* bytes: elements 0-15 of blocks 0, 1, 2, 3 */
    __m512i last;   /* elements 16-31 of each */
    __m256 scale;   /* d0 m0 d1 m1 d2 m2 d3 m3 */
    int centre;     /* an element is d * (byte - centre), */
    bool is_affine; /* or d * byte + m, when m does not follow from d; */
    bool is_halved; /* or `scale` is d for `first`, d for `last`, and there is no m */
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

/* Sixteen bytes of each of the four blocks, from the same offset. */
RG_INLINE __m512i gather_blocks(const uint8_t *at, size_t block_size, int count) {
    const __mmask16 all = 0xFFFF;
    __m512i v = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(const void *)at));
    v = _mm512_inserti32x4(v, _mm_maskz_loadu_epi8(count > 1 ? all : 0, at + block_size), 1);
    v = _mm512_inserti32x4(v, _mm_maskz_loadu_epi8(count > 2 ? all : 0, at + 2 * block_size), 2);
    return _mm512_inserti32x4(v, _mm_maskz_loadu_epi8(count > 3 ? all : 0, at + 3 * block_size), 3);
}

/* The first two, and the first four, bytes of each block: d d, or d m. */
RG_INLINE __m128i gather_twice(const uint8_t *blocks, size_t size, int count) {
    return _mm_setr_epi32(load_twice(blocks), count > 1 ? load_twice(blocks + size) : 0,
                          count > 2 ? load_twice(blocks + 2 * size) : 0, count > 3 ? load_twice(blocks + 3 * size) : 0);
}

RG_INLINE __m128i gather_ints(const uint8_t *blocks, size_t size, int count) {
    return _mm_setr_epi32(load_int(blocks), count > 1 ? load_int(blocks + size) : 0,
                          count > 2 ? load_int(blocks + 2 * size) : 0, count > 3 ? load_int(blocks + 3 * size) : 0);
}

/* 34 bytes a block: d, then 32 signed bytes, made unsigned by adding 128. */
RG_INLINE rg_part unpack_q8_0(const uint8_t *row, int64_t part, int count) {
    const __m512i sign = _mm512_set1_epi8((char)0x80);
    const uint8_t *blocks = row + part * PART_BLOCKS * 34;
    rg_part p = {.centre = 128};
    p.first = _mm512_xor_si512(gather_blocks(blocks + 2, 34, count), sign);
    p.last = _mm512_xor_si512(gather_blocks(blocks + 18, 34, count), sign);
    p.scale = centred_scales(gather_twice(blocks, 34, count), 128);
    return p;
}

RG_INLINE __m512i add_where(__m512i v, __mmask64 mask, __m512i what) {
    return _mm512_mask_add_epi8(v, mask, v, what);
}

/* Adds 16 where a bit is set: of each block's 32 bits the lower half belongs to `first`. */
RG_INLINE void add_fifth_bits(rg_part *p, __m128i bits) {
    const __m512i sixteen = _mm512_set1_epi8(16);
    const __m128i low = _mm_and_si128(bits, _mm_set1_epi32(0xFFFF)), high = _mm_srli_epi32(bits, 16);
    const __m128i both = _mm_packus_epi32(low, high);
    const __mmask64 first = _cvtu64_mask64((uint64_t)_mm_cvtsi128_si64(both));
    const __mmask64 last = _cvtu64_mask64((uint64_t)_mm_extract_epi64(both, 1));
    p->first = add_where(p->first, first, sixteen);
    p->last = add_where(p->last, last, sixteen);
}

/* 22 bytes a block: d, 32 fifth bits, nibbles. */
RG_INLINE rg_part unpack_q5_0(const uint8_t *row, int64_t part, int count) {
    const uint8_t *blocks = row + part * PART_BLOCKS * 22;
    rg_part p = {.centre = 16};
    split_nibbles(&p, gather_blocks(blocks + 6, 22, count));
    add_fifth_bits(&p, gather_ints(blocks + 2, 22, count));
    p.scale = centred_scales(gather_twice(blocks, 22, count), 16);
    return p;
}

/* 24 bytes a block: d, m, 32 fifth bits, nibbles. */
RG_INLINE rg_part unpack_q5_1(const uint8_t *row, int64_t part, int count) {
    const uint8_t *blocks = row + part * PART_BLOCKS * 24;
    rg_part p = {.centre = 0, .is_affine = true};
    split_nibbles(&p, gather_blocks(blocks + 8, 24, count));
    add_fifth_bits(&p, gather_ints(blocks + 4, 24, count));
    p.scale = _mm256_cvtph_ps(gather_ints(blocks, 24, count));
    return p;
}

/* ------------------------------------------------------------------ superblocks (tensor/convert_k.c)
 *
 * A part is half a superblock, and all of it is there. */

/* From 16 bytes of d, dmin and twelve of 6-bit numbers. */
RG_INLINE __m256 k_scales(const uint8_t *superblock, int half) {
    const __m128i whole = k_scales_and_minima(superblock + 4, half);
    const __m256 d =
        _mm256_castpd_ps(_mm256_broadcastsd_pd(_mm_castps_pd(_mm_cvtph_ps(_mm_cvtsi32_si128(load_int(superblock))))));
    const __m256 minus = _mm256_setr_ps(1, -1, 1, -1, 1, -1, 1, -1); /* the minimum is subtracted */
    return _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(whole)), _mm256_mul_ps(d, minus));
}

/* 64 bytes: two rows of 32 whose low nibbles are one block and whose high nibbles are the next. */
RG_INLINE void split_k_nibbles(rg_part *p, const uint8_t *q) {
    const __m512i low = _mm512_set1_epi8(0xF), bytes = _mm512_loadu_si512(q);
    const __m512i even = _mm512_and_si512(bytes, low), odd = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), low);
    p->first = _mm512_permutex2var_epi64(even, _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), odd);
    p->last = _mm512_permutex2var_epi64(even, _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15), odd);
}

/* Sixteen bytes to each of the four blocks. */
RG_INLINE __m512i repeat_16(const uint8_t *from) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)from));
}

/* A number to each block. */
RG_INLINE __m512i each_block(int64_t b0, int64_t b1, int64_t b2, int64_t b3) {
    return _mm512_setr_epi64(b0, b0, b1, b1, b2, b2, b3, b3);
}

RG_INLINE rg_part unpack_q4_k(const uint8_t *row, int64_t part, int count) {
    (void)count;
    const uint8_t *superblock = row + part / 2 * 144;
    rg_part p = {.centre = 0, .is_affine = true, .scale = k_scales(superblock, (int)(part % 2))};
    split_k_nibbles(&p, superblock + 16 + part % 2 * 64);
    return p;
}

/* Bit b of a byte of `high` is the fifth bit of block b, of the eight in a superblock. */
RG_INLINE rg_part unpack_q5_k(const uint8_t *row, int64_t part, int count) {
    (void)count;
    const uint8_t *superblock = row + part / 2 * 176, *high = superblock + 16;
    rg_part p = {.centre = 0, .is_affine = true, .scale = k_scales(superblock, (int)(part % 2))};
    split_k_nibbles(&p, superblock + 48 + part % 2 * 64);
    const int64_t ones = 0x0101010101010101;
    const __m512i bit = _mm512_slli_epi64(each_block(ones, ones << 1, ones << 2, ones << 3), (unsigned)(part % 2 * 4));
    const __m512i sixteen = _mm512_set1_epi8(16);
    p.first = add_where(p.first, _mm512_test_epi8_mask(repeat_16(high), bit), sixteen);
    p.last = add_where(p.last, _mm512_test_epi8_mask(repeat_16(high + 16), bit), sixteen);
    return p;
}

/* Two rows of 32 bytes hold blocks 0 and 1 in their low nibbles, 2 and 3 in the high ones; a third row holds
 * two more bits of each block. A scale is for sixteen elements. */
RG_INLINE rg_part unpack_q6_k(const uint8_t *row, int64_t part, int count) {
    (void)count;
    const uint8_t *superblock = row + part / 2 * 210, *high = superblock + 128 + part % 2 * 32;
    const __m512i bytes = _mm512_loadu_si512(superblock + part % 2 * 64), low = _mm512_set1_epi8(0xF);
    const __m512i even = _mm512_and_si512(bytes, low), odd = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), low);
    const __m512i shift = each_block(0, 2, 4, 6), two_bits = _mm512_set1_epi8(3);
    const __m512i top_first = _mm512_and_si512(_mm512_srlv_epi64(repeat_16(high), shift), two_bits);
    const __m512i top_last = _mm512_and_si512(_mm512_srlv_epi64(repeat_16(high + 16), shift), two_bits);
    rg_part p = {.centre = 32, .is_halved = true};
    p.first = _mm512_or_si512(_mm512_shuffle_i32x4(even, odd, 0x88), _mm512_slli_epi16(top_first, 4));
    p.last = _mm512_or_si512(_mm512_shuffle_i32x4(even, odd, 0xDD), _mm512_slli_epi16(top_last, 4));
    const __m128i scales = _mm_loadl_epi64((const __m128i *)(const void *)(superblock + 192 + part % 2 * 8));
    const __m256 d = _mm256_set1_ps(rg_f16_decode(rg_half_load(superblock + 208)));
    p.scale = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(scales)), d);
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

/* Sum of byte * q within every four, and of (byte - centre) * q. */
RG_INLINE __m512i products_of(__m512i sum, __m512i bytes, const int8_t *q) {
    return _mm512_dpbusd_epi32(sum, bytes, _mm512_load_si512(q));
}
RG_INLINE __m512 centred_products(__m512i bytes, int centre, const int8_t *q) {
    const __m512i zero = _mm512_setzero_si512(), offset = _mm512_set1_epi8((char)centre);
    return _mm512_cvtepi32_ps(_mm512_sub_epi32(products_of(zero, bytes, q), products_of(zero, offset, q)));
}

/* q: the activations' bytes for elements `first`, 64 bytes on for `last`; scale: their dx, sx. */
RG_INLINE void part_sum_add(rg_part_sum *s, const rg_part *p, const int8_t *q, const float *scale) {
    const __m512i spread = _mm512_setr_epi32(0, 0, 0, 0, 2, 2, 2, 2, 4, 4, 4, 4, 6, 6, 6, 6);
    if (p->is_halved) {
        const __m512 scales =
            _mm512_castps256_ps512(_mm256_mul_ps(p->scale, _mm256_moveldup_ps(_mm256_load_ps(scale))));
        const __m512i odd = _mm512_add_epi32(spread, _mm512_set1_epi32(1));
        s->sum =
            _mm512_fmadd_ps(centred_products(p->first, p->centre, q), _mm512_permutexvar_ps(spread, scales), s->sum);
        s->sum =
            _mm512_fmadd_ps(centred_products(p->last, p->centre, q + 64), _mm512_permutexvar_ps(odd, scales), s->sum);
        return;
    }
    const __m512i products = products_of(products_of(_mm512_setzero_si512(), p->first, q), p->last, q + 64);
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
