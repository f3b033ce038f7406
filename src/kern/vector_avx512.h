/* vector_avx512.h - the vector that row_vector.h is written in: sixteen floats, AVX-512. */
#ifndef RG_KERN_VECTOR_H
#define RG_KERN_VECTOR_H

#include <immintrin.h>
#include <stdint.h>

#include "kern/inline.h"

typedef __m512 rg_vector;
typedef __m256i rg_halves; /* as many numbers of 16 bits */
enum { RG_LANES = 16 };

RG_INLINE __mmask16 rg_vector_first(int64_t count) {
    return (__mmask16)((1u << count) - 1);
}

RG_INLINE rg_vector v_load(const float *p) {
    return _mm512_loadu_ps(p);
}
RG_INLINE void v_store(float *p, rg_vector v) {
    _mm512_storeu_ps(p, v);
}
/* The first `count` < RG_LANES; the others are zero, their memory is not touched. */
RG_INLINE rg_vector v_load_part(const float *p, int64_t count) {
    return _mm512_maskz_loadu_ps(rg_vector_first(count), p);
}
RG_INLINE void v_store_part(float *p, rg_vector v, int64_t count) {
    _mm512_mask_storeu_ps(p, rg_vector_first(count), v);
}
/* `v` in the first lanes, `rest` in the others. */
RG_INLINE rg_vector v_part(rg_vector v, rg_vector rest, int64_t count) {
    return _mm512_mask_mov_ps(rest, rg_vector_first(count), v);
}

/* From float16, from bfloat16, and rounded to it (nearest even; in integers, as not every CPU of this level
 * has the instruction). */
RG_INLINE rg_vector v_from_f16(rg_halves halves) {
    return _mm512_cvtph_ps(halves);
}
RG_INLINE rg_vector v_from_bf16(rg_halves halves) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}
RG_INLINE rg_halves v_to_bf16(rg_vector v) {
    const __m512i bits = _mm512_castps_si512(v);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7FFF)), odd);
    const __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
    const __mmask16 is_nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    return _mm512_cvtepi32_epi16(_mm512_srli_epi32(_mm512_mask_mov_epi32(rounded, is_nan, quiet), 16));
}
RG_INLINE rg_halves v_load_halves(const void *p) {
    return _mm256_loadu_si256(p);
}
RG_INLINE void v_store_halves(void *p, rg_halves halves) {
    _mm256_storeu_si256(p, halves);
}

/* From unsigned bytes; and whole numbers in -128 .. 127 to signed ones. */
RG_INLINE rg_vector v_load_u8(const uint8_t *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)));
}
RG_INLINE void v_store_i8(int8_t *p, rg_vector v) {
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)));
}

RG_INLINE rg_vector v_set(float x) {
    return _mm512_set1_ps(x);
}
RG_INLINE rg_vector v_add(rg_vector a, rg_vector b) {
    return _mm512_add_ps(a, b);
}
RG_INLINE rg_vector v_sub(rg_vector a, rg_vector b) {
    return _mm512_sub_ps(a, b);
}
RG_INLINE rg_vector v_mul(rg_vector a, rg_vector b) {
    return _mm512_mul_ps(a, b);
}
RG_INLINE rg_vector v_div(rg_vector a, rg_vector b) {
    return _mm512_div_ps(a, b);
}
RG_INLINE rg_vector v_fma(rg_vector a, rg_vector b, rg_vector c) {
    return _mm512_fmadd_ps(a, b, c);
} /* ab + c */
RG_INLINE rg_vector v_fms(rg_vector a, rg_vector b, rg_vector c) {
    return _mm512_fmsub_ps(a, b, c);
} /* ab - c */
RG_INLINE rg_vector v_fnma(rg_vector a, rg_vector b, rg_vector c) {
    return _mm512_fnmadd_ps(a, b, c);
} /* c - ab */
RG_INLINE rg_vector v_abs(rg_vector a) {
    return _mm512_abs_ps(a);
}
/* If either is NaN, the second: so keep the constant first. */
RG_INLINE rg_vector v_min(rg_vector a, rg_vector b) {
    return _mm512_min_ps(a, b);
}
RG_INLINE rg_vector v_max(rg_vector a, rg_vector b) {
    return _mm512_max_ps(a, b);
}
RG_INLINE rg_vector v_round(rg_vector a) {
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/* a * 2^n for whole n in -200 .. 200, with one rounding. */
RG_INLINE rg_vector v_scale2(rg_vector a, rg_vector n) {
    return _mm512_scalef_ps(a, n);
}
/* x < 0 ? a : b */
RG_INLINE rg_vector v_if_negative(rg_vector x, rg_vector a, rg_vector b) {
    return _mm512_mask_mov_ps(b, _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ), a);
}

RG_INLINE float v_sum(rg_vector v) {
    return _mm512_reduce_add_ps(v);
}
/* The sums of four vectors, to p[0] .. p[3]. */
RG_INLINE __m128 rg_vector_quarter_sum(rg_vector v) {
    const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}
RG_INLINE void v_store_sums(float *p, rg_vector a, rg_vector b, rg_vector c, rg_vector d) {
    const __m128 ab = _mm_hadd_ps(rg_vector_quarter_sum(a), rg_vector_quarter_sum(b));
    const __m128 cd = _mm_hadd_ps(rg_vector_quarter_sum(c), rg_vector_quarter_sum(d));
    _mm_storeu_ps(p, _mm_hadd_ps(ab, cd));
}
RG_INLINE float v_largest(rg_vector v) {
    return _mm512_reduce_max_ps(v);
}

/* Half as many numbers, each twice: a a b b c c ... */
RG_INLINE rg_vector v_load_twice(const float *p) {
    const __m512i twice = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    return _mm512_permutexvar_ps(twice, _mm512_castps256_ps512(_mm256_loadu_ps(p)));
}
/* Neighbours exchanged: b a d c ... */
RG_INLINE rg_vector v_swap(rg_vector v) {
    return _mm512_permute_ps(v, 0xB1);
}
/* ab - c in even lanes, ab + c in odd ones */
RG_INLINE rg_vector v_fma_subadd(rg_vector a, rg_vector b, rg_vector c) {
    return _mm512_fmaddsub_ps(a, b, c);
}

#endif
