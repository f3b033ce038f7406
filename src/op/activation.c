/* activation.c - the three GELUs and SwiGLU's gate, element by element. */
#include "op/check.h"

/* Elements are independent, so rows do not matter; this many at a time keep a thread busy. */
enum { CHUNK = 4096 };

static int64_t chunk_length(int64_t count, int64_t from) {
    return count - from < CHUNK ? count - from : CHUNK;
}

rg_tensor *rg_activate(rg_run *run, const rg_tensor *x, rg_activation kind) {
    if (!RG_OP_READY(run, x)) return NULL;
    rg_tensor *y = rg_tensor_new2(run, rg_tensor_rows(x), rg_tensor_width(x));
    if (!y || rg_run_is_dry(run)) return y;

    void (*apply)(rg_real *, const rg_real *, int64_t) = kind == RG_GELU_ERF    ? run->rows->gelu_erf
                                                         : kind == RG_GELU_TANH ? run->rows->gelu_tanh
                                                                                : run->rows->gelu_quick;
    int64_t count = rg_tensor_count(x);
#pragma omp parallel for num_threads(run->threads) if (count > RG_PARALLEL_ELEMENTS)
    for (int64_t i = 0; i < count; i += CHUNK) {
        apply(rg_tensor_reals(y) + i, rg_tensor_reals(x) + i, chunk_length(count, i));
    }
    return y;
}

rg_tensor *rg_silu_mul(rg_run *run, const rg_tensor *gate, const rg_tensor *up) {
    if (!RG_OP_READY(run, gate, up)) return NULL;
    int64_t T = rg_tensor_rows(gate), C = rg_tensor_width(gate);
    if (!rg_want_width(run, "silu", "up", up, C) || !rg_want_rows(run, "silu", "up", up, T)) return NULL;

    rg_tensor *y = rg_tensor_new2(run, T, C);
    if (!y || rg_run_is_dry(run)) return y;
    int64_t count = T * C;
#pragma omp parallel for num_threads(run->threads) if (count > RG_PARALLEL_ELEMENTS)
    for (int64_t i = 0; i < count; i += CHUNK) {
        run->rows->silu_mul(rg_tensor_reals(y) + i, rg_tensor_reals(gate) + i, rg_tensor_reals(up) + i,
                            chunk_length(count, i));
    }
    return y;
}
