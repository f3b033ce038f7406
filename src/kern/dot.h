/* dot.h - weights meet activations: decoding rows of weights, and dot products with them, per instruction set.
 *
 * Two ways to a dot product. *Exact*: weights are decoded and everything is float32. *Low-bit*: the
 * activations are rounded to int8 in blocks of 32, and integer products are summed within a block. What
 * makes that one scheme for every block format: each is affine, w = d * q + m with q an unsigned byte
 * (Q8_0 has m = -128 d, Q4_0 has m = -8 d), so for a block with activations x = dx * a
 *
 *     sum w x  =  (d dx) * sum q a  +  m * sx,        sx = dx * sum a,
 *
 * one integer dot product and two multiplications per 32 elements.
 *
 * Plain C, AVX2 and AVX-512 tables; the last two are tested against the first from the same call site.
 */
#ifndef RG_KERN_DOT_H
#define RG_KERN_DOT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kern/cpu.h"
#include "tensor/dtype.h"

enum {
    RG_BLOCK = 32,     /* elements that share a scale */
    RG_GROUP = 128,    /* elements, four blocks: what the widest kernel takes at a time */
    RG_DOT_ROWS = 4,   /* most rows of activations in one pass over the weights */
    RG_PANEL_ROWS = 32 /* rows of weights in one packed panel */
};

/* Activations as int8: one row after another, each `groups` groups long, the last filled up with zeros.
 * Within a group q holds the first 16 elements of each of its four blocks, then the last 16 of each: the
 * order in which 4-bit weights come out of their bytes. scale[] holds dx, sx of each of the four. Both
 * arrays are aligned to 64 bytes. */
typedef struct rg_q8_rows {
    int8_t *q;
    float *scale;
    int64_t groups;
} rg_q8_rows;

enum { RG_GROUP_SCALES = 2 * RG_GROUP / RG_BLOCK };

/* A block whose largest activation is below this becomes zeros. */
#define RG_Q8_LEAST 1e-36F

static inline int64_t rg_q8_groups(int64_t K) {
    return (K + RG_GROUP - 1) / RG_GROUP;
}

/* Where in its group element i of block b stands. */
static inline int rg_q8_place(int b, int i) {
    return i / 16 * 64 + b * 16 + i % 16;
}

/* Row `row`'s bytes; the last group, where the row does not fill it, is zeroed. */
static inline int8_t *rg_q8_begin_row(const rg_q8_rows *to, int64_t row, int64_t K) {
    const int64_t group = (row + 1) * to->groups - 1;
    if (K % RG_GROUP != 0) {
        memset(to->q + group * RG_GROUP, 0, RG_GROUP);
        memset(to->scale + group * RG_GROUP_SCALES, 0, RG_GROUP_SCALES * sizeof *to->scale);
    }
    return to->q + row * to->groups * RG_GROUP;
}

/* The same from row `row` on. */
static inline rg_q8_rows rg_q8_rows_from(const rg_q8_rows *rows, int64_t row) {
    return (rg_q8_rows){.q = rows->q + row * rows->groups * RG_GROUP,
                        .scale = rows->scale + row * rows->groups * RG_GROUP_SCALES,
                        .groups = rows->groups};
}

/* Some rows of a weight matrix: `row_size` bytes each, one after another. */
typedef struct rg_weight_rows {
    const uint8_t *data;
    size_t row_size;
    int64_t count;
    int64_t K; /* elements a row */
} rg_weight_rows;

/* y[m * ldy + n] = w row n . x row m, for M <= RG_DOT_ROWS rows of activations. */
typedef void rg_dot_f32_fn(const rg_weight_rows *w, const float *x, int64_t ldx, int M, float *y, int64_t ldy);
typedef void rg_dot_q8_fn(const rg_weight_rows *w, const rg_q8_rows *x, int M, float *y, int64_t ldy);

/* One low-bit product of many rows: up to RG_PANEL_ROWS weight rows are unpacked once, side by side, and
 * then meet M rows of activations. */
typedef struct rg_panel_kernels {
    /* Bytes of a packed panel for rows of K elements. */
    size_t (*size)(int64_t K);
    /* `panel` is aligned to 64 bytes; w->count <= RG_PANEL_ROWS. NULL: not for this type. */
    void (*pack[RG_DTYPE_COUNT])(void *panel, const rg_weight_rows *w);
    /* y[m * ldy + n] (+ bias[n] unless NULL) for n < rows. */
    void (*multiply)(const void *panel, int64_t rows, const rg_q8_rows *x, int64_t M, const float *bias, float *y,
                     int64_t ldy);
} rg_panel_kernels;

typedef struct rg_dot_kernels {
    /* As rg_dtype_traits.to_f32, bit for bit; NULL: there is no faster one. */
    void (*decode[RG_DTYPE_COUNT])(float *to, const void *from, int64_t count);
    /* Exact dot products; NULL: decode, then use RG_F32's. */
    rg_dot_f32_fn *f32[RG_DTYPE_COUNT];
    /* Rounds to bfloat16, to nearest even. */
    void (*to_bf16)(uint16_t *to, const float *from, int64_t count);
    /* Rounds one row of K activations, K a multiple of RG_BLOCK, into row `row` of `to`. A block with NaN
     * or infinity in it gets the scale NaN. */
    void (*quantize)(const rg_q8_rows *to, int64_t row, const float *x, int64_t K);
    /* Low-bit dot products; NULL: the type has none. */
    rg_dot_q8_fn *q8[RG_DTYPE_COUNT];
    /* NULL: this level has none, and would gain nothing over exact ones. */
    const rg_panel_kernels *panel;
} rg_dot_kernels;

/* The table for a level, or for the next lower one that this build holds. Never NULL. */
const rg_dot_kernels *rg_dot_kernels_get(rg_isa isa);

#endif
