/* matmul.h - every matrix product of the system: activations by weights of any dtype, and activations by
 * activations. The one place that knows oneDNN.
 *
 * A rg_matmul holds what products need besides their operands: the instruction set, a thread count,
 * oneDNN's engine and stream, its primitives cached by shape, and scratch memory. It belongs to one
 * thread at a time; make one per session. Products run on `threads` OpenMP threads.
 *
 * All matrices are row-major with a leading dimension (`ld`, elements from one row to the next, >= the
 * row's length). Letters: M rows of activations (tokens), K their length, N outputs. A product with any
 * of M, N, batch equal to 0 does nothing; K must be >= 1. Outputs must not overlap inputs.
 *
 * Memory: scratch grows to the largest product seen and is then reused; a step that repeats known
 * shapes allocates nothing. rg_matmul_reserve grows it beforehand.
 *
 * Errors: RGPT_INVALID (dimensions that make no sense, K no multiple of the weight's block),
 * RGPT_NO_MEMORY, RGPT_UNSUPPORTED (a dtype that is no weight; a refusal by oneDNN).
 */
#ifndef RG_KERN_MATMUL_H
#define RG_KERN_MATMUL_H

#include "base/error.h"
#include "kern/cpu.h"
#include "tensor/dtype.h"
#include "tensor/real.h"

typedef enum rg_compute {
    RG_COMPUTE_EXACT, /* f32 arithmetic: a quantised weight counts as exactly the numbers it decodes to */
    /* As fast as the CPU goes. Q8_0, Q4_0, Q4_1 weights: activations rounded to int8 in blocks of 32
     * (relative error of a product's rms about 0.5 %); F32, F16, BF16 weights: bf16 arithmetic where the
     * CPU has it and M is large (about 0.3 %), else as EXACT. Other dtypes: as EXACT. */
    RG_COMPUTE_FAST,
} rg_compute;

typedef struct rg_matmul rg_matmul;

/* threads >= 1. */
rgpt_status rg_matmul_new(rg_isa isa, int threads, rg_matmul **out, rgpt_error *err);
void rg_matmul_free(rg_matmul *ctx); /* NULL is fine */

rg_isa rg_matmul_isa(const rg_matmul *ctx);
int rg_matmul_threads(const rg_matmul *ctx);

/* y[M,N] = x[M,K] . w[N,K]^T (+ bias[N] unless NULL): a linear layer. `w` is contiguous: N rows of
 * K / block_count blocks of `wtype`, any alignment. */
rgpt_status rg_matmul_wt(rg_matmul *ctx, rg_compute mode, const rg_real *x, int64_t ldx, int64_t M, int64_t K,
                         const void *w, rg_dtype wtype, int64_t N, const rg_real *bias, rg_real *y, int64_t ldy,
                         rgpt_error *err);

/* y[M,K] = x[M,N] . w[N,K] (+ y if `accumulate`): the gradient of a linear layer with respect to its
 * input, also through frozen quantised weights. Exact arithmetic. */
rgpt_status rg_matmul_wn(rg_matmul *ctx, const rg_real *x, int64_t ldx, int64_t M, int64_t N, const void *w,
                         rg_dtype wtype, int64_t K, rg_real *y, int64_t ldy, bool accumulate, rgpt_error *err);

/* Scratch bytes that rg_matmul_wt needs for a shape; SIZE_MAX if that does not fit a size_t. */
size_t rg_matmul_workspace(const rg_matmul *ctx, rg_compute mode, int64_t M, int64_t K, rg_dtype wtype, int64_t N);
rgpt_status rg_matmul_reserve(rg_matmul *ctx, size_t size, rgpt_error *err);

/* One matrix of a batch: element (i, j) of the b-th is data[b * step + i * ld + j]. A step of 0 uses the
 * same matrix for the whole batch (keys shared by a group of query heads). */
typedef struct rg_operand {
    const rg_real *data;
    int64_t ld;
    int64_t step;
} rg_operand;

/* `batch` products of activations, y = op(a) . op(b), each y being [M,N] with inner dimension K. */
typedef struct rg_product {
    int64_t batch, M, N, K;
    rg_operand a, b;
    rg_real *y;
    int64_t ldy, step_y; /* step_y is not 0 unless batch is 1 */
    bool accumulate;     /* y += instead of y = */
} rg_product;

rgpt_status rg_matmul_nn(rg_matmul *ctx, const rg_product *p, rgpt_error *err); /* a[M,K] . b[K,N]   (P.V) */
rgpt_status rg_matmul_nt(rg_matmul *ctx, const rg_product *p, rgpt_error *err); /* a[M,K] . b[N,K]^T (Q.K^T) */
rgpt_status rg_matmul_tn(rg_matmul *ctx, const rg_product *p, rgpt_error *err); /* a[K,M]^T . b[K,N] (dW = dY^T.X) */

#endif
