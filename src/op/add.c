/* add.c - residual sums, and LayerScale's gain a channel. */
#include "op/check.h"

rg_tensor *rg_add(rg_run *run, const rg_tensor *x, const rg_tensor *y) {
    if (!RG_OP_READY(run, x, y)) return NULL;
    int64_t T = rg_tensor_rows(x), C = rg_tensor_width(x);
    if (!rg_want_width(run, "add", "second", y, C) || !rg_want_rows(run, "add", "second", y, T)) return NULL;

    rg_tensor *sum = rg_tensor_new2(run, T, C);
    if (!sum || rg_run_is_dry(run)) return sum;
#pragma omp parallel for num_threads(run->threads) if (T * C > RG_PARALLEL_ELEMENTS)
    for (int64_t t = 0; t < T; t++) {
        run->rows->add(rg_tensor_reals(sum) + t * C, rg_tensor_reals(x) + t * C, rg_tensor_reals(y) + t * C, C);
    }
    return sum;
}

rg_tensor *rg_row_scale(rg_run *run, const rg_tensor *x, const rg_tensor *gain) {
    if (!RG_OP_READY(run, x, gain)) return NULL;
    int64_t T = rg_tensor_rows(x), C = rg_tensor_width(x);
    if (!rg_want_width(run, "row scale", "gain", gain, C)) return NULL;

    rg_tensor *y = rg_tensor_new2(run, T, C);
    if (!y || rg_run_is_dry(run)) return y;
    const rg_real *g = rg_tensor_reals(gain);
    for (int64_t t = 0; t < T; t++) {
        const rg_real *from = rg_tensor_reals(x) + t * C;
        rg_real *to = rg_tensor_reals(y) + t * C;
        for (int64_t c = 0; c < C; c++) to[c] = from[c] * g[c];
    }
    return y;
}
