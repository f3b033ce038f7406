/* linear.h - the three ways to compute a linear layer, y[M,N] = x[M,K] . w[N,K]^T + bias, for matmul.c to
 * choose among:
 *
 *     dots    few rows of activations: each weight row is read once, where it lies, at memory's speed
 *     panels  many rows, low-bit weights: int8 products of unpacked panels
 *     dense   many rows: weights decoded by panels to f32 or bf16, multiplied by oneDNN
 *
 * The dimensions are checked before. Each way has a scratch size (false: it does not fit a size_t), and a
 * function that takes that much, aligned to RG_SCRATCH_ALIGN.
 */
#ifndef RG_KERN_LINEAR_H
#define RG_KERN_LINEAR_H

#include "kern/dense.h"
#include "kern/dot.h"

typedef struct rg_linear {
    const float *x;
    int64_t ldx, M, K, N;
    const uint8_t *w;
    rg_dtype type;
    size_t row_size; /* bytes of a row of w */
    const float *bias;
    float *y;
    int64_t ldy;
    const rg_dot_kernels *kernels;
    int threads;
    bool is_reduced; /* int8 (dots, panels) or bf16 (dense) arithmetic, else float32 */
} rg_linear;

/* Is there a low-bit product for the weight's type? */
static inline bool rg_linear_is_low_bit(const rg_linear *l) {
    return l->kernels->q8[l->type] != NULL;
}

/* ... also by panels? */
static inline bool rg_linear_has_panels(const rg_linear *l) {
    return l->kernels->panel && l->kernels->panel->pack[l->type];
}

/* Reduced only where rg_linear_is_low_bit. */
bool rg_linear_dots_scratch(const rg_linear *l, size_t *size);
void rg_linear_dots(const rg_linear *l, void *scratch);

/* Reduced, and only where rg_linear_has_panels. */
bool rg_linear_panels_scratch(const rg_linear *l, size_t *size);
void rg_linear_panels(const rg_linear *l, void *scratch);

/* M >= 4. */
bool rg_linear_dense_scratch(const rg_linear *l, size_t *size);
rgpt_status rg_linear_dense(const rg_linear *l, rg_dense *dense, void *scratch, rgpt_error *err);

/* y[M,K] = x[M,N] . w[N,K] (+ y): the other direction; `bias` is not used. Not reduced; scratch as for dense. */
rgpt_status rg_linear_dense_back(const rg_linear *l, bool accumulate, rg_dense *dense, void *scratch, rgpt_error *err);

/* Bytes of `rows` rows of int8 activations; and such rows laid into memory of that size. */
bool rg_q8_rows_size(int64_t rows, int64_t K, size_t *size);
rg_q8_rows rg_q8_rows_place(void *memory, int64_t rows, int64_t K);

/* `count` elements of the weight's type, whole blocks, to float32. */
void rg_linear_decode(const rg_linear *l, float *to, const uint8_t *from, int64_t count);

/* Threads worth waking for `work` bytes read: a parallel region costs some microseconds. */
int rg_linear_threads(const rg_linear *l, size_t work);

#endif
