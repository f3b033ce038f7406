/* tensor.h - a dense array: type, shape, data. Row-major, outermost dimension first, never strided.
 *
 * Activations are rg_real (float32; double in the gradient tests' build). Weights have any dtype and
 * usually point into a mapped file. A tensor owns nothing: its memory is an arena's or a file's.
 */
#ifndef RG_TENSOR_TENSOR_H
#define RG_TENSOR_TENSOR_H

#include "tensor/dtype.h"
#include "tensor/real.h"

enum { RG_MAX_RANK = 4 };

/* The dtype of activations. */
#define RG_REAL (sizeof(rg_real) == sizeof(double) ? RG_F64 : RG_F32)

/* Training only (op/tape.h); zero, as everywhere else, means that no gradient is wanted. */
typedef enum rg_grad_state {
    RG_GRAD_NONE,
    RG_GRAD_WANTED, /* nothing has come in yet, and no memory is taken */
    RG_GRAD_THERE   /* `grad` holds what has come in */
} rg_grad_state;

typedef struct rg_tensor {
    rg_dtype dtype;
    int rank;                 /* 0: a scalar */
    int64_t dim[RG_MAX_RANK]; /* dims past the rank are 1 */
    void *data;               /* NULL during a dry run */
    rg_real *grad;            /* as many numbers as the tensor has, whatever its dtype; NULL during a dry run */
    rg_grad_state grad_state;
} rg_tensor;

/* Number of elements; dims are known to multiply without overflow once a tensor exists. */
static inline int64_t rg_tensor_count(const rg_tensor *t) {
    return t->dim[0] * t->dim[1] * t->dim[2] * t->dim[3];
}

/* Size of the innermost dimension, and the number of such rows. */
static inline int64_t rg_tensor_width(const rg_tensor *t) {
    return t->rank > 0 ? t->dim[t->rank - 1] : 1;
}
static inline int64_t rg_tensor_rows(const rg_tensor *t) {
    return rg_tensor_count(t) / rg_tensor_width(t);
}

static inline rg_real *rg_tensor_reals(const rg_tensor *t) {
    return t->data;
}

#endif
