/* vector_avx2.h - the vector that row_vector.h is written in: eight floats, AVX2 with FMA. What each
 * function does is said in vector_avx512.h. */
#ifndef RG_KERN_VECTOR_H
#define RG_KERN_VECTOR_H

#include <immintrin.h>
#include <stdint.h>

#include "kern/inline.h"

typedef __m256 rg_vector;
typedef __m128i rg_halves;
enum { RG_LANES = 8 };

RG_INLINE __m256i rg_vector_first(int64_t count) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lane);
}

RG_INLINE rg_vector v_load(const float *p) {
    return _mm256_loadu_ps(p);
}
RG_INLINE void v_store(float *p, rg_vector v) {
    _mm256_storeu_ps(p, v);
}
RG_INLINE rg_vector v_load_part(const float *p, int64_t count) {
    return _mm256_maskload_ps(p, rg_vector_first(count));
}
RG_INLINE void v_store_part(float *p, rg_vector v, int64_t count) {
    _mm256_maskstore_ps(p, rg_vector_first(count), v);
}
RG_INLINE rg_vector v_part(rg_vector v, rg_vector rest, int64_t count) {
    return _mm256_blendv_ps(rest, v, _mm256_castsi256_ps(rg_vector_first(count)));
}

RG_INLINE rg_vector v_from_f16(rg_halves halves) {
    return _mm256_cvtph_ps(halves);
}
RG_INLINE rg_vector v_from_bf16(rg_halves halves) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}
RG_INLINE rg_halves v_to_bf16(rg_vector v) {
    const __m256i bits = _mm256_castps_si256(v);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i rounded = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7FFF)), odd);
    const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
    const __m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    const __m256i upper = _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, is_nan), 16);
    return _mm_packus_epi32(_mm256_castsi256_si128(upper), _mm256_extracti128_si256(upper, 1));
}
RG_INLINE rg_halves v_load_halves(const void *p) {
    return _mm_loadu_si128(p);
}
RG_INLINE void v_store_halves(void *p, rg_halves halves) {
    _mm_storeu_si128(p, halves);
}

RG_INLINE rg_vector v_load_u8(const uint8_t *p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p)));
}
RG_INLINE void v_store_i8(int8_t *p, rg_vector v) {
    const __m256i whole = _mm256_cvtps_epi32(v);
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    _mm_storel_epi64((__m128i *)(void *)p, _mm_packs_epi16(words, words));
}

RG_INLINE rg_vector v_set(float x) {
    return _mm256_set1_ps(x);
}
RG_INLINE rg_vector v_add(rg_vector a, rg_vector b) {
    return _mm256_add_ps(a, b);
}
RG_INLINE rg_vector v_sub(rg_vector a, rg_vector b) {
    return _mm256_sub_ps(a, b);
}
RG_INLINE rg_vector v_mul(rg_vector a, rg_vector b) {
    return _mm256_mul_ps(a, b);
}
RG_INLINE rg_vector v_div(rg_vector a, rg_vector b) {
    return _mm256_div_ps(a, b);
}
RG_INLINE rg_vector v_fma(rg_vector a, rg_vector b, rg_vector c) {
    return _mm256_fmadd_ps(a, b, c);
}
RG_INLINE rg_vector v_fms(rg_vector a, rg_vector b, rg_vector c) {
    return _mm256_fmsub_ps(a, b, c);
}
RG_INLINE rg_vector v_fnma(rg_vector a, rg_vector b, rg_vector c) {
    return _mm256_fnmadd_ps(a, b, c);
}
RG_INLINE rg_vector v_abs(rg_vector a) {
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), a);
}
RG_INLINE rg_vector v_min(rg_vector a, rg_vector b) {
    return _mm256_min_ps(a, b);
}
RG_INLINE rg_vector v_max(rg_vector a, rg_vector b) {
    return _mm256_max_ps(a, b);
}
RG_INLINE rg_vector v_round(rg_vector a) {
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

RG_INLINE rg_vector rg_vector_power2(__m256i n) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
}
/* In two steps, because 2^n alone may not be a float where a * 2^n is. */
RG_INLINE rg_vector v_scale2(rg_vector a, rg_vector n) {
    const __m256i whole = _mm256_cvtps_epi32(n), half = _mm256_srai_epi32(whole, 1);
    const rg_vector once = _mm256_mul_ps(a, rg_vector_power2(half));
    return _mm256_mul_ps(once, rg_vector_power2(_mm256_sub_epi32(whole, half)));
}
RG_INLINE rg_vector v_if_negative(rg_vector x, rg_vector a, rg_vector b) {
    return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LT_OQ));
}

RG_INLINE float v_sum(rg_vector v) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}
RG_INLINE __m128 rg_vector_half_sum(rg_vector v) {
    return _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
}
RG_INLINE void v_store_sums(float *p, rg_vector a, rg_vector b, rg_vector c, rg_vector d) {
    const __m128 ab = _mm_hadd_ps(rg_vector_half_sum(a), rg_vector_half_sum(b));
    const __m128 cd = _mm_hadd_ps(rg_vector_half_sum(c), rg_vector_half_sum(d));
    _mm_storeu_ps(p, _mm_hadd_ps(ab, cd));
}
RG_INLINE float v_largest(rg_vector v) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

RG_INLINE rg_vector v_load_twice(const float *p) {
    const __m256i twice = _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3);
    return _mm256_permutevar8x32_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), twice);
}
RG_INLINE rg_vector v_swap(rg_vector v) {
    return _mm256_permute_ps(v, 0xB1);
}
RG_INLINE rg_vector v_fma_subadd(rg_vector a, rg_vector b, rg_vector c) {
    return _mm256_fmaddsub_ps(a, b, c);
}

#endif
