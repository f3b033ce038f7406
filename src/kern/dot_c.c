/* The plain C dot products: the reference of the others, and what runs where there are none. */
#include "kern/dot_tables.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "tensor/half.h"

/* ------------------------------------------------------------------ exact */

static float dot_f32_row(const uint8_t *w, const float *x, int64_t K) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t k = 0; k < K; k++) {
        float value;
        memcpy(&value, w + 4 * k, sizeof value); /* a mapped file may have it at any address */
        sum += value * x[k];
    }
    return sum;
}

static float dot_f16_row(const uint8_t *w, const float *x, int64_t K) {
    float sum = 0;
    for (int64_t k = 0; k < K; k++) sum += rg_f16_decode(rg_half_load(w + 2 * k)) * x[k];
    return sum;
}

static float dot_bf16_row(const uint8_t *w, const float *x, int64_t K) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t k = 0; k < K; k++) sum += rg_bf16_decode(rg_half_load(w + 2 * k)) * x[k];
    return sum;
}

typedef float dot_row(const uint8_t *w, const float *x, int64_t K);

static inline void dot_float_rows(dot_row *dot, const rg_weight_rows *w, const float *x, int64_t ldx, int M, float *y,
                                  int64_t ldy) {
    for (int64_t n = 0; n < w->count; n++) {
        for (int m = 0; m < M; m++) y[m * ldy + n] = dot(w->data + (size_t)n * w->row_size, x + m * ldx, w->K);
    }
}

static void dot_f32(const rg_weight_rows *w, const float *x, int64_t ldx, int M, float *y, int64_t ldy) {
    dot_float_rows(dot_f32_row, w, x, ldx, M, y, ldy);
}

static void dot_f16(const rg_weight_rows *w, const float *x, int64_t ldx, int M, float *y, int64_t ldy) {
    dot_float_rows(dot_f16_row, w, x, ldx, M, y, ldy);
}

static void dot_bf16(const rg_weight_rows *w, const float *x, int64_t ldx, int M, float *y, int64_t ldy) {
    dot_float_rows(dot_bf16_row, w, x, ldx, M, y, ldy);
}

/* ------------------------------------------------------------------ rounding activations */

static void to_bf16(uint16_t *to, const float *from, int64_t count) {
    for (int64_t i = 0; i < count; i++) to[i] = rg_bf16_encode(from[i]);
}

static void quantize_block(int8_t *group, float scale[2], int b, const float *x) {
    float largest = 0;
    bool is_finite = true;
    for (int i = 0; i < RG_BLOCK; i++) {
        const float size = fabsf(x[i]);
        is_finite &= size <= FLT_MAX; /* false for NaN */
        largest = size > largest ? size : largest;
    }
    const bool is_zero = !is_finite || largest < RG_Q8_LEAST;
    const float inverse = is_zero ? 0 : 127 / largest;
    int sum = 0;
    for (int i = 0; i < RG_BLOCK; i++) {
        /* Adding 1.5 * 2^23 rounds to nearest even and leaves the integer in the low bits. */
        const float shifted = (is_zero ? 0 : x[i]) * inverse + 0x1.8p23F;
        const int q = (int)(rg_float_bits(shifted) - rg_float_bits(0x1.8p23F));
        group[rg_q8_place(b, i)] = (int8_t)q;
        sum += q;
    }
    scale[0] = is_finite ? (is_zero ? 0 : largest / 127) : NAN;
    scale[1] = scale[0] * (float)sum;
}

static void quantize(const rg_q8_rows *to, int64_t row, const float *x, int64_t K) {
    int8_t *q = rg_q8_begin_row(to, row, K);
    float *scale = to->scale + row * to->groups * RG_GROUP_SCALES;
    for (int64_t b = 0; b < K / RG_BLOCK; b++) {
        quantize_block(q + b / 4 * RG_GROUP, scale + 2 * b, (int)(b % 4), x + b * RG_BLOCK);
    }
}

/* ------------------------------------------------------------------ low-bit */

/* One block: 32 unsigned bytes, a scale and a minimum. As 16 bits, because every vector unit multiplies and
 * adds those, so that the compiler can. */
typedef struct block {
    int16_t q[RG_BLOCK];
    float d, m;
} block;

static inline void unpack_nibbles(block *out, const uint8_t *nibbles) {
    for (int i = 0; i < 16; i++) {
        out->q[i] = nibbles[i] & 0xF;
        out->q[i + 16] = nibbles[i] >> 4;
    }
}

static inline void unpack_q8_0(block *out, const uint8_t *from) {
    out->d = rg_f16_decode(rg_half_load(from));
    out->m = -128 * out->d;
    for (int i = 0; i < RG_BLOCK; i++) out->q[i] = from[2 + i] ^ 0x80;
}

static inline void unpack_q4_0(block *out, const uint8_t *from) {
    out->d = rg_f16_decode(rg_half_load(from));
    out->m = -8 * out->d;
    unpack_nibbles(out, from + 2);
}

static inline void unpack_q4_1(block *out, const uint8_t *from) {
    out->d = rg_f16_decode(rg_half_load(from));
    out->m = rg_f16_decode(rg_half_load(from + 2));
    unpack_nibbles(out, from + 4);
}

static inline int dot_block(const int16_t *q, const int8_t *group, int b) {
    int16_t a[RG_BLOCK];
    for (int i = 0; i < 16; i++) {
        a[i] = group[rg_q8_place(b, 0) + i];
        a[i + 16] = group[rg_q8_place(b, 16) + i];
    }
    int sum = 0;
    for (int i = 0; i < RG_BLOCK; i++) sum += q[i] * a[i];
    return sum;
}

typedef void unpack_block(block *out, const uint8_t *from);

static inline void dot_low_bit(unpack_block *unpack, size_t block_size, const rg_weight_rows *w, const rg_q8_rows *x,
                               int M, float *y, int64_t ldy) {
    for (int64_t n = 0; n < w->count; n++) {
        float sum[RG_DOT_ROWS] = {0};
        for (int64_t b = 0; b < w->K / RG_BLOCK; b++) {
            block weights;
            unpack(&weights, w->data + (size_t)n * w->row_size + (size_t)b * block_size);
            for (int m = 0; m < M; m++) {
                const int64_t group = m * x->groups + b / 4;
                const float *scale = x->scale + group * RG_GROUP_SCALES + b % 4 * 2;
                const int product = dot_block(weights.q, x->q + group * RG_GROUP, (int)(b % 4));
                sum[m] += weights.d * scale[0] * (float)product + weights.m * scale[1];
            }
        }
        for (int m = 0; m < M; m++) y[m * ldy + n] = sum[m];
    }
}

static void dot_q8_0(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(unpack_q8_0, 34, w, x, M, y, ldy);
}

static void dot_q4_0(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(unpack_q4_0, 18, w, x, M, y, ldy);
}

static void dot_q4_1(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(unpack_q4_1, 20, w, x, M, y, ldy);
}

const rg_dot_kernels rg_dot_kernels_c = {
    .f32 = {[RG_F32] = dot_f32, [RG_F16] = dot_f16, [RG_BF16] = dot_bf16},
    .to_bf16 = to_bf16,
    .quantize = quantize,
    .q8 = {[RG_Q8_0] = dot_q8_0, [RG_Q4_0] = dot_q4_0, [RG_Q4_1] = dot_q4_1},
};
