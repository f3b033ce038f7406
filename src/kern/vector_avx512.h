/* vector_avx512.h - the vector that row_vector.h is written in: sixteen floats, AVX-512. */
#ifndef RG_KERN_VECTOR_H
#define RG_KERN_VECTOR_H

#include <immintrin.h>
#include <stdint.h>

#define RG_INLINE static inline __attribute__((always_inline))

typedef __m512 rg_vector;
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
