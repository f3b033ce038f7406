/* dense.h - oneDNN behind one file: batched products of float32 or bfloat16 matrices.
 *
 * y = a . b (+ bias), accumulated in float32. oneDNN compiles code for each shape, so primitives are
 * kept, the RG_DENSE_CACHE last used. One user at a time. What oneDNN refuses becomes an rgpt_status.
 */
#ifndef RG_KERN_DENSE_H
#define RG_KERN_DENSE_H

#include "base/error.h"

enum { RG_DENSE_CACHE = 64 };

typedef struct rg_dense rg_dense;

/* Elements, not bytes. Strides are {from one matrix of the batch to the next, down a column, along a
 * row}; of the last two one must be 1. A batch stride of 0 uses one matrix for all. Only int64_t
 * members, so that two shapes can be compared as bytes. */
typedef struct rg_dense_shape {
    int64_t batch, M, N, K; /* all >= 1 */
    int64_t a[3];           /* [batch, M, K] */
    int64_t b[3];           /* [batch, K, N] */
    int64_t y[3];           /* [batch, M, N], float32 */
    int64_t is_bf16;        /* a and b are bfloat16, else float32 */
    int64_t has_bias;       /* float32, one per column */
    int64_t accumulate;     /* y += */
} rg_dense_shape;

rgpt_status rg_dense_new(int threads, rg_dense **out, rgpt_error *err);
void rg_dense_free(rg_dense *d); /* NULL is fine */

/* `bias` is NULL exactly when the shape has none. */
rgpt_status rg_dense_multiply(rg_dense *d, const rg_dense_shape *shape, const void *a, const void *b, const float *bias,
                              float *y, rgpt_error *err);

#endif
