/* unpack_avx512.h - four blocks of low-bit weights into vector registers, in the order of rg_q8_rows.
 *
 * For the AVX-512 files only. Each function takes the address of four blocks and how many of them exist
 * (1 to 4, a constant 4 but for a row's end); what lies past those is not touched and counts as zero.
 */
#ifndef RG_KERN_UNPACK_AVX512_H
#define RG_KERN_UNPACK_AVX512_H

#include <immintrin.h>
#include <stdint.h>

#define RG_INLINE static inline __attribute__((always_inline))

typedef struct rg_group512 {
    __m512i first; /* unsigned bytes: elements 0-15 of blocks 0, 1, 2, 3 */
    __m512i last;  /* elements 16-31 of each */
    __m256 scale;  /* d0 m0 d1 m1 d2 m2 d3 m3 */
} rg_group512;

typedef rg_group512 rg_unpack512(const uint8_t *blocks, int count);

/* The lowest `count` bits, count <= 64. */
RG_INLINE uint64_t rg_low_bits(int count) {
    return count >= 64 ? ~0ull : (1ull << (count < 0 ? 0 : count)) - 1;
}

RG_INLINE void rg_split_nibbles(rg_group512 *g, __m512i bytes) {
    const __m512i low = _mm512_set1_epi8(0xF);
    g->first = _mm512_and_si512(bytes, low);
    g->last = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), low);
}

/* 20 bytes a block, five dwords {d m} n n n n. The four blocks are read as two overlapping vectors, dwords
 * 0-15 and 4-19, so that nothing past them is touched. */
RG_INLINE rg_group512 rg_unpack_q4_1(const uint8_t *blocks, int count) {
    const __m512i nibbles = _mm512_setr_epi32(1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 28, 29, 30, 31);
    const __m512i scales = _mm512_setr_epi32(0, 5, 10, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m512i head = _mm512_maskz_loadu_epi32((__mmask16)rg_low_bits(5 * count), blocks);
    const __m512i tail = _mm512_maskz_loadu_epi32((__mmask16)rg_low_bits(5 * count - 4), blocks + 16);
    rg_group512 g;
    rg_split_nibbles(&g, _mm512_permutex2var_epi32(head, nibbles, tail));
    g.scale = _mm256_cvtph_ps(_mm512_castsi512_si128(_mm512_permutexvar_epi32(scales, head)));
    return g;
}

/* 18 bytes a block, nine words: as above with words 0-31 and 4-35. */
RG_INLINE rg_group512 rg_unpack_q4_0(const uint8_t *blocks, int count) {
    const __m512i nibbles = _mm512_set_epi16(63, 62, 61, 60, 31, 30, 29, 28, 26, 25, 24, 23, 22, 21, 20, 19, 17, 16, 15,
                                             14, 13, 12, 11, 10, 8, 7, 6, 5, 4, 3, 2, 1);
    const __m512i scales = _mm512_set_epi16(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 27,
                                            27, 18, 18, 9, 9, 0, 0);
    const __m512i head = _mm512_maskz_loadu_epi16((__mmask32)rg_low_bits(9 * count), blocks);
    const __m512i tail = _mm512_maskz_loadu_epi16((__mmask32)rg_low_bits(9 * count - 4), blocks + 8);
    rg_group512 g;
    rg_split_nibbles(&g, _mm512_permutex2var_epi16(head, nibbles, tail));
    const __m256 d = _mm256_cvtph_ps(_mm512_castsi512_si128(_mm512_permutexvar_epi16(scales, head)));
    g.scale = _mm256_mul_ps(d, _mm256_setr_ps(1, -8, 1, -8, 1, -8, 1, -8));
    return g;
}

/* Sixteen bytes of each of the four blocks, from the same offset. */
RG_INLINE __m512i rg_gather_q8_0(const uint8_t *at, int count) {
    __m512i v = _mm512_castsi128_si512(_mm_maskz_loadu_epi8((__mmask16)(count > 0 ? 0xFFFF : 0), at));
    v = _mm512_inserti32x4(v, _mm_maskz_loadu_epi8((__mmask16)(count > 1 ? 0xFFFF : 0), at + 34), 1);
    v = _mm512_inserti32x4(v, _mm_maskz_loadu_epi8((__mmask16)(count > 2 ? 0xFFFF : 0), at + 68), 2);
    return _mm512_inserti32x4(v, _mm_maskz_loadu_epi8((__mmask16)(count > 3 ? 0xFFFF : 0), at + 102), 3);
}

RG_INLINE int16_t rg_load_i16(const uint8_t *from) {
    int16_t value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}

/* 34 bytes a block: d, then 32 signed bytes, made unsigned by adding 128. */
RG_INLINE rg_group512 rg_unpack_q8_0(const uint8_t *blocks, int count) {
    const __m512i sign = _mm512_set1_epi8((char)0x80);
    rg_group512 g;
    g.first = _mm512_xor_si512(rg_gather_q8_0(blocks + 2, count), sign);
    g.last = _mm512_xor_si512(rg_gather_q8_0(blocks + 18, count), sign);
    const int16_t d0 = rg_load_i16(blocks), d1 = count > 1 ? rg_load_i16(blocks + 34) : 0;
    const int16_t d2 = count > 2 ? rg_load_i16(blocks + 68) : 0, d3 = count > 3 ? rg_load_i16(blocks + 102) : 0;
    const __m256 d = _mm256_cvtph_ps(_mm_setr_epi16(d0, d0, d1, d1, d2, d2, d3, d3));
    g.scale = _mm256_mul_ps(d, _mm256_setr_ps(1, -128, 1, -128, 1, -128, 1, -128));
    return g;
}

#endif
