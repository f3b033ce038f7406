/* dot_vector.h - the vector dot products, written once for every width: an instruction set's file defines
 * RG_DOT_TABLE as the name of its table and RG_DOT_PANEL as its panel kernels or NULL, includes its
 * vector_*.h and unpack_*.h, then this.
 */
#include <math.h>
#include <string.h>

#include "kern/dot_tables.h"

/* ------------------------------------------------------------------ float weights */

/* RG_LANES weights of a row from element k on, or the first `count` < RG_LANES of them and zeros. Halves
 * go by way of a copy then, because AVX2 has no masked load of them. */
typedef rg_vector load_weights(const uint8_t *row, int64_t k);
typedef rg_vector load_last_weights(const uint8_t *row, int64_t k, int64_t count);

RG_INLINE rg_halves load_last_halves(const uint8_t *from, int64_t count) {
    uint16_t copy[RG_LANES] = {0};
    memcpy(copy, from, (size_t)count * sizeof *copy);
    return v_load_halves(copy);
}

RG_INLINE rg_vector load_f32(const uint8_t *row, int64_t k) {
    return v_load((const float *)(const void *)row + k);
}
RG_INLINE rg_vector load_last_f32(const uint8_t *row, int64_t k, int64_t count) {
    return v_load_part((const float *)(const void *)row + k, count);
}
RG_INLINE rg_vector load_f16(const uint8_t *row, int64_t k) {
    return v_from_f16(v_load_halves(row + 2 * k));
}
RG_INLINE rg_vector load_last_f16(const uint8_t *row, int64_t k, int64_t count) {
    return v_from_f16(load_last_halves(row + 2 * k, count));
}
RG_INLINE rg_vector load_bf16(const uint8_t *row, int64_t k) {
    return v_from_bf16(v_load_halves(row + 2 * k));
}
RG_INLINE rg_vector load_last_bf16(const uint8_t *row, int64_t k, int64_t count) {
    return v_from_bf16(load_last_halves(row + 2 * k, count));
}

/* Weight rows side by side: as many sums as registers hold beside what is being multiplied. */
enum { TILE_ROWS = RG_LANES == 16 ? 4 : 2 };

/* R rows of weights by M rows of activations: each number that is loaded is used R or M times. */
RG_INLINE void dot_float_tile(load_weights *load, load_last_weights *load_last, const uint8_t *w, size_t row_size,
                              const int R, int64_t K, const float *x, int64_t ldx, const int M, float *y, int64_t ldy) {
    rg_vector sum[TILE_ROWS][RG_DOT_ROWS], weights[TILE_ROWS];
    for (int r = 0; r < R; r++) {
        for (int m = 0; m < M; m++) sum[r][m] = v_set(0);
    }
    int64_t k = 0;
    for (; k + RG_LANES <= K; k += RG_LANES) {
        for (int r = 0; r < R; r++) weights[r] = load(w + (size_t)r * row_size, k);
        for (int m = 0; m < M; m++) {
            const rg_vector values = v_load(x + m * ldx + k);
            for (int r = 0; r < R; r++) sum[r][m] = v_fma(weights[r], values, sum[r][m]);
        }
    }
    if (k < K) {
        for (int r = 0; r < R; r++) weights[r] = load_last(w + (size_t)r * row_size, k, K - k);
        for (int m = 0; m < M; m++) {
            const rg_vector values = v_load_part(x + m * ldx + k, K - k);
            for (int r = 0; r < R; r++) sum[r][m] = v_fma(weights[r], values, sum[r][m]);
        }
    }
    for (int m = 0; m < M; m++) {
        for (int r = 0; r < R; r++) y[m * ldy + r] = v_sum(sum[r][m]);
    }
}

/* One row of activations: nothing loaded is used twice, so weights are best read as one stream, in the order
 * of memory; several sums run side by side, or additions would wait for each other. */
RG_INLINE float dot_float_one(load_weights *load, load_last_weights *load_last, const uint8_t *w, int64_t K,
                              const float *x) {
    enum { CHAINS = 4 };
    rg_vector sum[CHAINS] = {v_set(0), v_set(0), v_set(0), v_set(0)};
    int64_t k = 0;
    for (; k + CHAINS * RG_LANES <= K; k += CHAINS * RG_LANES) {
        for (int c = 0; c < CHAINS; c++) {
            sum[c] = v_fma(load(w, k + c * RG_LANES), v_load(x + k + c * RG_LANES), sum[c]);
        }
    }
    for (; k + RG_LANES <= K; k += RG_LANES) sum[0] = v_fma(load(w, k), v_load(x + k), sum[0]);
    if (k < K) sum[1] = v_fma(load_last(w, k, K - k), v_load_part(x + k, K - k), sum[1]);
    return v_sum(v_add(v_add(sum[0], sum[1]), v_add(sum[2], sum[3])));
}

RG_INLINE void dot_float_rows(load_weights *load, load_last_weights *last, const rg_weight_rows *w, const float *x,
                              int64_t ldx, const int M, float *y, int64_t ldy) {
    int64_t n = 0;
    for (; n + TILE_ROWS <= w->count; n += TILE_ROWS) {
        const uint8_t *rows = w->data + (size_t)n * w->row_size;
        dot_float_tile(load, last, rows, w->row_size, TILE_ROWS, w->K, x, ldx, M, y + n, ldy);
    }
    for (; n < w->count; n++) {
        dot_float_tile(load, last, w->data + (size_t)n * w->row_size, 0, 1, w->K, x, ldx, M, y + n, ldy);
    }
}

RG_INLINE void dot_float(load_weights *load, load_last_weights *last, const rg_weight_rows *w, const float *x,
                         int64_t ldx, int M, float *y, int64_t ldy) {
    switch (M) {
    case 1:
        for (int64_t n = 0; n < w->count; n++) {
            y[n] = dot_float_one(load, last, w->data + (size_t)n * w->row_size, w->K, x);
        }
        break;
    case 2:
        dot_float_rows(load, last, w, x, ldx, 2, y, ldy);
        break;
    case 3:
        dot_float_rows(load, last, w, x, ldx, 3, y, ldy);
        break;
    default:
        dot_float_rows(load, last, w, x, ldx, 4, y, ldy);
        break;
    }
}

static void dot_f32(const rg_weight_rows *w, const float *x, int64_t ldx, int M, float *y, int64_t ldy) {
    dot_float(load_f32, load_last_f32, w, x, ldx, M, y, ldy);
}

static void dot_f16(const rg_weight_rows *w, const float *x, int64_t ldx, int M, float *y, int64_t ldy) {
    dot_float(load_f16, load_last_f16, w, x, ldx, M, y, ldy);
}

static void dot_bf16(const rg_weight_rows *w, const float *x, int64_t ldx, int M, float *y, int64_t ldy) {
    dot_float(load_bf16, load_last_bf16, w, x, ldx, M, y, ldy);
}

RG_INLINE void decode_halves(load_weights *load, load_last_weights *load_last, float *to, const void *from,
                             int64_t count) {
    int64_t k = 0;
    for (; k + RG_LANES <= count; k += RG_LANES) v_store(to + k, load(from, k));
    if (k < count) v_store_part(to + k, load_last(from, k, count - k), count - k);
}

static void decode_f16(float *to, const void *from, int64_t count) {
    decode_halves(load_f16, load_last_f16, to, from, count);
}

static void decode_bf16(float *to, const void *from, int64_t count) {
    decode_halves(load_bf16, load_last_bf16, to, from, count);
}

static void to_bf16(uint16_t *to, const float *from, int64_t count) {
    int64_t i = 0;
    for (; i + RG_LANES <= count; i += RG_LANES) v_store_halves(to + i, v_to_bf16(v_load(from + i)));
    if (i == count) return;
    uint16_t last[RG_LANES];
    v_store_halves(last, v_to_bf16(v_load_part(from + i, count - i)));
    memcpy(to + i, last, (size_t)(count - i) * sizeof *to);
}

/* ------------------------------------------------------------------ activations to int8 */

static void quantize_block(int8_t *group, float scale[2], int b, const float *x) {
    enum { VECTORS = RG_BLOCK / RG_LANES };
    rg_vector largest = v_set(0), nothing = v_set(0), sum = v_set(0);
    for (int i = 0; i < VECTORS; i++) {
        const rg_vector v = v_load(x + i * RG_LANES);
        largest = v_max(v_abs(v), largest);
        nothing = v_fma(v, v_set(0), nothing); /* stays 0 unless there is NaN or infinity */
    }
    const float size = v_largest(largest);
    const bool is_finite = v_sum(nothing) == 0;
    const rg_vector inverse = v_set(is_finite && size >= RG_Q8_LEAST ? 127 / size : 0);
    for (int i = 0; i < VECTORS; i++) {
        const rg_vector v = is_finite ? v_load(x + i * RG_LANES) : v_set(0);
        const rg_vector q = v_round(v_mul(v, inverse));
        v_store_i8(group + rg_q8_place(b, i * RG_LANES), q);
        sum = v_add(sum, q);
    }
    scale[0] = !is_finite ? NAN : size >= RG_Q8_LEAST ? size / 127 : 0;
    scale[1] = scale[0] * v_sum(sum);
}

static void quantize(const rg_q8_rows *to, int64_t row, const float *x, int64_t K) {
    int8_t *q = rg_q8_begin_row(to, row, K);
    float *scale = to->scale + row * to->groups * RG_GROUP_SCALES;
    for (int64_t b = 0; b < K / RG_BLOCK; b++) {
        quantize_block(q + b / 4 * RG_GROUP, scale + 2 * b, (int)(b % 4), x + b * RG_BLOCK);
    }
}

/* ------------------------------------------------------------------ low-bit weights */

/* One part of a row with M rows of activations. */
RG_INLINE void add_part(rg_part_sum sum[RG_DOT_ROWS], rg_part p, const rg_q8_rows *x, int64_t part, const int M) {
    const int64_t group = part * PART_BLOCKS / 4, block = part * PART_BLOCKS % 4;
    for (int m = 0; m < M; m++) {
        const int64_t at = m * x->groups + group;
        part_sum_add(&sum[m], &p, x->q + at * RG_GROUP + block * 16, x->scale + at * RG_GROUP_SCALES + block * 2);
    }
}

RG_INLINE void dot_low_bit_rows(rg_unpack *unpack, const rg_weight_rows *w, const rg_q8_rows *x, const int M, float *y,
                                int64_t ldy) {
    const int64_t blocks = w->K / RG_BLOCK, whole = blocks / PART_BLOCKS;
    const int rest = (int)(blocks % PART_BLOCKS);
    for (int64_t n = 0; n < w->count; n++) {
        const uint8_t *row = w->data + (size_t)n * w->row_size;
        rg_part_sum sum[RG_DOT_ROWS];
        for (int m = 0; m < M; m++) sum[m] = part_sum_zero();
        for (int64_t part = 0; part < whole; part++) add_part(sum, unpack(row, part, PART_BLOCKS), x, part, M);
        if (rest > 0) add_part(sum, unpack(row, whole, rest), x, whole, M);
        for (int m = 0; m < M; m++) y[m * ldy + n] = part_sum_total(&sum[m]);
    }
}

RG_INLINE void dot_low_bit(rg_unpack *unpack, const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y,
                           int64_t ldy) {
    switch (M) {
    case 1:
        dot_low_bit_rows(unpack, w, x, 1, y, ldy);
        break;
    case 2:
        dot_low_bit_rows(unpack, w, x, 2, y, ldy);
        break;
    case 3:
        dot_low_bit_rows(unpack, w, x, 3, y, ldy);
        break;
    default:
        dot_low_bit_rows(unpack, w, x, 4, y, ldy);
        break;
    }
}

static void dot_q8_0(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(unpack_q8_0, w, x, M, y, ldy);
}

static void dot_q4_0(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(unpack_q4_0, w, x, M, y, ldy);
}

static void dot_q4_1(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(unpack_q4_1, w, x, M, y, ldy);
}

static void dot_q5_0(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(unpack_q5_0, w, x, M, y, ldy);
}

static void dot_q5_1(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(unpack_q5_1, w, x, M, y, ldy);
}

static void dot_q4_k(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(unpack_q4_k, w, x, M, y, ldy);
}

static void dot_q5_k(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(unpack_q5_k, w, x, M, y, ldy);
}

static void dot_q6_k(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy) {
    dot_low_bit(unpack_q6_k, w, x, M, y, ldy);
}

/* ------------------------------------------------------------------ decoding low-bit weights */

/* RG_LANES bytes to d * (byte - centre) (+ m): each step rounds as the plain conversion does. */
RG_INLINE void decode_bytes(float *to, const uint8_t *bytes, const rg_part *p, float d, float m) {
    const rg_vector whole = v_sub(v_load_u8(bytes), v_set((float)p->centre));
    const rg_vector value = v_mul(whole, v_set(d));
    v_store(to, p->is_affine ? v_add(value, v_set(m)) : value);
}

RG_INLINE void decode_part(float *to, const rg_part *p, int count) {
    uint8_t first[PART_BLOCKS * 16], last[PART_BLOCKS * 16];
    float scale[PART_BLOCKS * 2];
    part_store(p, first, last, scale);
    for (int b = 0; b < count; b++) {
        for (int i = 0; i < 16; i += RG_LANES) {
            const float d = scale[2 * b], second = scale[2 * b + 1];
            decode_bytes(to + b * RG_BLOCK + i, first + b * 16 + i, p, d, second);
            decode_bytes(to + b * RG_BLOCK + 16 + i, last + b * 16 + i, p, p->is_halved ? second : d, second);
        }
    }
}

RG_INLINE void decode_low_bit(rg_unpack *unpack, float *to, const void *from, int64_t count) {
    const int64_t blocks = count / RG_BLOCK, whole = blocks / PART_BLOCKS;
    const int rest = (int)(blocks % PART_BLOCKS);
    for (int64_t part = 0; part < whole; part++, to += PART_BLOCKS * RG_BLOCK) {
        const rg_part p = unpack(from, part, PART_BLOCKS);
        decode_part(to, &p, PART_BLOCKS);
    }
    if (rest == 0) return;
    const rg_part p = unpack(from, whole, rest);
    decode_part(to, &p, rest);
}

static void decode_q8_0(float *to, const void *from, int64_t count) {
    decode_low_bit(unpack_q8_0, to, from, count);
}
static void decode_q4_0(float *to, const void *from, int64_t count) {
    decode_low_bit(unpack_q4_0, to, from, count);
}
static void decode_q4_1(float *to, const void *from, int64_t count) {
    decode_low_bit(unpack_q4_1, to, from, count);
}

static void decode_q5_0(float *to, const void *from, int64_t count) {
    decode_low_bit(unpack_q5_0, to, from, count);
}
static void decode_q5_1(float *to, const void *from, int64_t count) {
    decode_low_bit(unpack_q5_1, to, from, count);
}
static void decode_q4_k(float *to, const void *from, int64_t count) {
    decode_low_bit(unpack_q4_k, to, from, count);
}
static void decode_q5_k(float *to, const void *from, int64_t count) {
    decode_low_bit(unpack_q5_k, to, from, count);
}
static void decode_q6_k(float *to, const void *from, int64_t count) {
    decode_low_bit(unpack_q6_k, to, from, count);
}

const rg_dot_kernels RG_DOT_TABLE = {
    .decode = {[RG_F16] = decode_f16,
               [RG_BF16] = decode_bf16,
               [RG_Q8_0] = decode_q8_0,
               [RG_Q4_0] = decode_q4_0,
               [RG_Q4_1] = decode_q4_1,
               [RG_Q5_0] = decode_q5_0,
               [RG_Q5_1] = decode_q5_1,
               [RG_Q4_K] = decode_q4_k,
               [RG_Q5_K] = decode_q5_k,
               [RG_Q6_K] = decode_q6_k},
    .f32 = {[RG_F32] = dot_f32, [RG_F16] = dot_f16, [RG_BF16] = dot_bf16},
    .to_bf16 = to_bf16,
    .quantize = quantize,
    .q8 = {[RG_Q8_0] = dot_q8_0,
           [RG_Q4_0] = dot_q4_0,
           [RG_Q4_1] = dot_q4_1,
           [RG_Q5_0] = dot_q5_0,
           [RG_Q5_1] = dot_q5_1,
           [RG_Q4_K] = dot_q4_k,
           [RG_Q5_K] = dot_q5_k,
           [RG_Q6_K] = dot_q6_k},
    .panel = RG_DOT_PANEL,
};
