/* The dot products in AVX-512 with VNNI. */
#include "kern/dot_tables.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "kern/unpack_avx512.h"

enum { LANES = 16 };

/* ------------------------------------------------------------------ decoding */

/* Each step rounds as the plain conversion does: first the product, then the sum. */
RG_INLINE void decode_block(float *to, __m128i first, __m128i last, int centre, __m512 d, __m512 m, bool is_affine) {
    const __m512i middle = _mm512_set1_epi32(centre);
    const __m512i q[2] = {_mm512_cvtepu8_epi32(first), _mm512_cvtepu8_epi32(last)};
    for (int i = 0; i < 2; i++) {
        const __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(q[i], middle)), d);
        _mm512_storeu_ps(to + i * LANES, is_affine ? _mm512_add_ps(value, m) : value);
    }
}

RG_INLINE void decode(rg_unpack512 *unpack, size_t block_size, int centre, bool is_affine, float *to, const void *from,
                      int64_t count) {
    const uint8_t *blocks = from;
    for (; count > 0; count -= RG_GROUP, to += RG_GROUP, blocks += 4 * block_size) {
        const int present = count >= RG_GROUP ? 4 : (int)(count / RG_BLOCK);
        const rg_group512 g = present == 4 ? unpack(blocks, 4) : unpack(blocks, present);
        float scale[8];
        __m128i first[4], last[4];
        _mm256_storeu_ps(scale, g.scale);
        _mm512_storeu_si512(first, g.first);
        _mm512_storeu_si512(last, g.last);
        for (int b = 0; b < present; b++) {
            decode_block(to + b * RG_BLOCK, first[b], last[b], centre, _mm512_set1_ps(scale[2 * b]),
                         _mm512_set1_ps(scale[2 * b + 1]), is_affine);
        }
    }
}

static void decode_q8_0(float *to, const void *from, int64_t count) {
    decode(rg_unpack_q8_0, 34, 128, false, to, from, count);
}

static void decode_q4_0(float *to, const void *from, int64_t count) {
    decode(rg_unpack_q4_0, 18, 8, false, to, from, count);
}

static void decode_q4_1(float *to, const void *from, int64_t count) {
    decode(rg_unpack_q4_1, 20, 0, true, to, from, count);
}

/* ------------------------------------------------------------------ float weights */

/* Sixteen weights, those outside the mask zero. */
typedef __m512 load_weights(const uint8_t *w, int64_t k, __mmask16 mask);

RG_INLINE __m512 load_f32(const uint8_t *w, int64_t k, __mmask16 mask) {
    return _mm512_maskz_loadu_ps(mask, w + 4 * k);
}

RG_INLINE __m512 load_f16(const uint8_t *w, int64_t k, __mmask16 mask) {
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask, w + 2 * k));
}

RG_INLINE __m512 load_bf16(const uint8_t *w, int64_t k, __mmask16 mask) {
    const __m512i wide = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, w + 2 * k));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

RG_INLINE void decode_halves(load_weights *load, float *to, const void *from, int64_t count) {
    int64_t k = 0;
    for (; k + LANES <= count; k += LANES) _mm512_storeu_ps(to + k, load(from, k, 0xFFFF));
    const __mmask16 rest = (__mmask16)rg_low_bits((int)(count - k));
    _mm512_mask_storeu_ps(to + k, rest, load(from, k, rest));
}

static void decode_f16(float *to, const void *from, int64_t count) {
    decode_halves(load_f16, to, from, count);
}
static void decode_bf16(float *to, const void *from, int64_t count) {
    decode_halves(load_bf16, to, from, count);
}

/* With few rows of activations the additions would wait for each other: then several sums run side by side. */
RG_INLINE void dot_float_row(load_weights *load, const uint8_t *w, int64_t K, const float *x, int64_t ldx, const int M,
                             const int chains, float *y, int64_t ldy) {
    __m512 sum[4] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
    int64_t k = 0;
    for (; k + chains * LANES <= K; k += chains * LANES) {
        for (int c = 0; c < chains; c++) {
            const __m512 weights = load(w, k + c * LANES, 0xFFFF);
            for (int m = 0; m < M; m++) {
                const __m512 values = _mm512_loadu_ps(x + m * ldx + k + c * LANES);
                sum[m * chains + c] = _mm512_fmadd_ps(weights, values, sum[m * chains + c]);
            }
        }
    }
    for (; k < K; k += LANES) {
        const __mmask16 mask = (__mmask16)(K - k >= LANES ? 0xFFFF : rg_low_bits((int)(K - k)));
        const __m512 weights = load(w, k, mask);
        for (int m = 0; m < M; m++) {
            const __m512 values = _mm512_maskz_loadu_ps(mask, x + m * ldx + k);
            sum[m * chains] = _mm512_fmadd_ps(weights, values, sum[m * chains]);
        }
    }
    for (int m = 0; m < M; m++) {
        for (int c = 1; c < chains; c++) sum[m * chains] = _mm512_add_ps(sum[m * chains], sum[m * chains + c]);
        y[m * ldy] = _mm512_reduce_add_ps(sum[m * chains]);
    }
}

RG_INLINE void dot_float(load_weights *load, const rg_weight_rows *w, const float *x, int64_t ldx, int M, float *y,
                         int64_t ldy) {
    for (int64_t n = 0; n < w->count; n++) {
        const uint8_t *row = w->data + (size_t)n * w->row_size;
        switch (M) {
        case 1:
            dot_float_row(load, row, w->K, x, ldx, 1, 4, y + n, ldy);
            break;
        case 2:
            dot_float_row(load, row, w->K, x, ldx, 2, 2, y + n, ldy);
            break;
        case 3:
            dot_float_row(load, row, w->K, x, ldx, 3, 1, y + n, ldy);
            break;
        default:
            dot_float_row(load, row, w->K, x, ldx, 4, 1, y + n, ldy);
            break;
        }
    }
}

static void dot_f32(const rg_weight_rows *w, const float *x, int64_t ldx, int M, float *y, int64_t ldy) {
    dot_float(load_f32, w, x, ldx, M, y, ldy);
}

static void dot_f16(const rg_weight_rows *w, const float *x, int64_t ldx, int M, float *y, int64_t ldy) {
    dot_float(load_f16, w, x, ldx, M, y, ldy);
}

static void dot_bf16(const rg_weight_rows *w, const float *x, int64_t ldx, int M, float *y, int64_t ldy) {
    dot_float(load_bf16, w, x, ldx, M, y, ldy);
}

/* ------------------------------------------------------------------ rounding activations */

/* In integers, because not every CPU of this level has the instruction. */
RG_INLINE __m256i bf16_bits(__m512 value) {
    const __m512i bits = _mm512_castps_si512(value), one = _mm512_set1_epi32(1);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), one);
    const __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7FFF)), odd);
    const __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
    const __mmask16 is_nan = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
    return _mm512_cvtepi32_epi16(_mm512_srli_epi32(_mm512_mask_mov_epi32(rounded, is_nan, quiet), 16));
}

static void to_bf16(uint16_t *to, const float *from, int64_t count) {
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        _mm256_storeu_si256((__m256i *)(to + i), bf16_bits(_mm512_loadu_ps(from + i)));
    }
    const __mmask16 rest = (__mmask16)rg_low_bits((int)(count - i));
    _mm256_mask_storeu_epi16(to + i, rest, bf16_bits(_mm512_maskz_loadu_ps(rest, from + i)));
}

static void quantize_block(int8_t *group, float scale[2], int b, const float *x) {
    const __m512 first = _mm512_loadu_ps(x), last = _mm512_loadu_ps(x + LANES);
    const __m512 size_first = _mm512_abs_ps(first), size_last = _mm512_abs_ps(last);
    const __m512 top = _mm512_set1_ps(FLT_MAX);
    const __mmask16 finite = _mm512_cmp_ps_mask(size_first, top, _CMP_LE_OQ) &
                             _mm512_cmp_ps_mask(size_last, top, _CMP_LE_OQ); /* false for NaN */
    const float largest = _mm512_reduce_max_ps(_mm512_max_ps(size_first, size_last));
    const bool is_finite = finite == 0xFFFF;
    if (!is_finite || largest < 1e-36F) {
        _mm_storeu_si128((__m128i *)(group + b * 16), _mm_setzero_si128());
        _mm_storeu_si128((__m128i *)(group + 64 + b * 16), _mm_setzero_si128());
        scale[0] = scale[1] = is_finite ? 0 : NAN;
        return;
    }
    const __m512 inverse = _mm512_set1_ps(127 / largest);
    const __m512i q_first = _mm512_cvtps_epi32(_mm512_mul_ps(first, inverse));
    const __m512i q_last = _mm512_cvtps_epi32(_mm512_mul_ps(last, inverse));
    _mm_storeu_si128((__m128i *)(group + b * 16), _mm512_cvtepi32_epi8(q_first));
    _mm_storeu_si128((__m128i *)(group + 64 + b * 16), _mm512_cvtepi32_epi8(q_last));
    scale[0] = largest / 127;
    scale[1] = scale[0] * (float)_mm512_reduce_add_epi32(_mm512_add_epi32(q_first, q_last));
}

static void quantize(const rg_q8_rows *to, int64_t row, const float *x, int64_t K) {
    int8_t *q = to->q + row * to->groups * RG_GROUP;
    float *scale = to->scale + row * to->groups * RG_GROUP_SCALES;
    const int64_t blocks = K / RG_BLOCK;
    if (blocks % 4 != 0) {
        memset(q + (to->groups - 1) * RG_GROUP, 0, RG_GROUP);
        memset(scale + (to->groups - 1) * RG_GROUP_SCALES, 0, RG_GROUP_SCALES * sizeof *scale);
    }
    for (int64_t b = 0; b < blocks; b++) {
        quantize_block(q + b / 4 * RG_GROUP, scale + 2 * b, (int)(b % 4), x + b * RG_BLOCK);
    }
}

/* ------------------------------------------------------------------ low-bit weights */

/* Running sums of one weight row with M rows of activations: scaled products in the lanes of `sum`; in
 * `corner`, whose odd lanes hold m * sx, the minima's part. */
typedef struct low_bit_sums {
    __m512 sum[RG_DOT_ROWS];
    __m256 corner[RG_DOT_ROWS];
} low_bit_sums;

RG_INLINE void add_group(low_bit_sums *s, rg_group512 g, const rg_q8_rows *x, int64_t group, const int M) {
    const __m512i spread = _mm512_setr_epi32(0, 0, 0, 0, 2, 2, 2, 2, 4, 4, 4, 4, 6, 6, 6, 6);
    for (int m = 0; m < M; m++) {
        const int8_t *q = x->q + (m * x->groups + group) * RG_GROUP;
        const float *scale = x->scale + (m * x->groups + group) * RG_GROUP_SCALES;
        __m512i products = _mm512_dpbusd_epi32(_mm512_setzero_si512(), g.first, _mm512_load_si512(q));
        products = _mm512_dpbusd_epi32(products, g.last, _mm512_load_si512(q + 64));
        const __m256 scales = _mm256_mul_ps(g.scale, _mm256_load_ps(scale)); /* d dx, m sx, ... */
        const __m512 wide = _mm512_permutexvar_ps(spread, _mm512_castps256_ps512(scales));
        s->sum[m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products), wide, s->sum[m]);
        s->corner[m] = _mm256_add_ps(s->corner[m], scales);
    }
}

RG_INLINE float low_bit_total(__m512 sum, __m256 corner) {
    const __m512 odd = _mm512_maskz_mov_ps(0xAA, _mm512_castps256_ps512(corner));
    return _mm512_reduce_add_ps(_mm512_add_ps(sum, odd));
}

RG_INLINE void dot_low_bit_rows(rg_unpack512 *unpack, size_t block_size, const rg_weight_rows *w, const rg_q8_rows *x,
                                const int M, float *y, int64_t ldy) {
    const int64_t whole = w->K / RG_GROUP;
    const int rest = (int)(w->K % RG_GROUP / RG_BLOCK);
    for (int64_t n = 0; n < w->count; n++) {
        const uint8_t *blocks = w->data + (size_t)n * w->row_size;
        low_bit_sums s;
        for (int m = 0; m < M; m++) {
            s.sum[m] = _mm512_setzero_ps();
            s.corner[m] = _mm256_setzero_ps();
        }
        for (int64_t g = 0; g < whole; g++, blocks += 4 * block_size) add_group(&s, unpack(blocks, 4), x, g, M);
        if (rest > 0) add_group(&s, unpack(blocks, rest), x, whole, M);
        for (int m = 0; m < M; m++) y[m * ldy + n] = low_bit_total(s.sum[m], s.corner[m]);
    }
}

RG_INLINE void dot_low_bit(rg_unpack512 *unpack, size_t block_size, const rg_weight_rows *w, const rg_q8_rows *x, int M,
                           float *y, int64_t ldy) {
    switch (M) {
    case 1:
        dot_low_bit_rows(unpack, block_size, w, x, 1, y, ldy);
        break;
    case 2:
        dot_low_bit_rows(unpack, block_size, w, x, 2, y, ldy);
        break;
    case 3:
        dot_low_bit_rows(unpack, block_size, w, x, 3, y, ldy);
        break;
    default:
        dot_low_bit_rows(unpack, block_size, w, x, 4, y, ldy);
        break;
    }
}

static void dot_q8_0(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(rg_unpack_q8_0, 34, w, x, M, y, ldy);
}

static void dot_q4_0(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(rg_unpack_q4_0, 18, w, x, M, y, ldy);
}

static void dot_q4_1(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(rg_unpack_q4_1, 20, w, x, M, y, ldy);
}

const rg_dot_kernels rg_dot_kernels_avx512 = {
    .decode = {[RG_F16] = decode_f16,
               [RG_BF16] = decode_bf16,
               [RG_Q8_0] = decode_q8_0,
               [RG_Q4_0] = decode_q4_0,
               [RG_Q4_1] = decode_q4_1},
    .f32 = {[RG_F32] = dot_f32, [RG_F16] = dot_f16, [RG_BF16] = dot_bf16},
    .to_bf16 = to_bf16,
    .quantize = quantize,
    .q8 = {[RG_Q8_0] = dot_q8_0, [RG_Q4_0] = dot_q4_0, [RG_Q4_1] = dot_q4_1},
    .panel = &rg_panel_kernels_avx512,
};
