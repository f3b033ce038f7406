/* norm.c - LayerNorm (vision, refinement) and RMSNorm (decoder), row by row. */
#include "op/check.h"

rg_tensor *rg_layer_norm(rg_run *run, const rg_tensor *x, const rg_tensor *gamma, const rg_tensor *beta, double eps) {
    if (!RG_OP_READY(run, x, gamma, beta)) return NULL;
    int64_t T = rg_tensor_rows(x), C = rg_tensor_width(x);
    if (!rg_want_width(run, "layer norm", "gamma", gamma, C) || !rg_want_width(run, "layer norm", "beta", beta, C)) {
        return NULL;
    }
    rg_tensor *y = rg_tensor_new2(run, T, C);
    if (!y || rg_run_is_dry(run)) return y;
#pragma omp parallel for num_threads(run->threads) if (T * C > RG_PARALLEL_ELEMENTS)
    for (int64_t t = 0; t < T; t++) {
        run->rows->layer_norm(rg_tensor_reals(y) + t * C, rg_tensor_reals(x) + t * C, rg_tensor_reals(gamma),
                              rg_tensor_reals(beta), (rg_real)eps, C);
    }
    return y;
}

rg_tensor *rg_rms_norm(rg_run *run, const rg_tensor *x, const rg_tensor *gamma, double eps) {
    if (!RG_OP_READY(run, x, gamma)) return NULL;
    int64_t T = rg_tensor_rows(x), C = rg_tensor_width(x);
    if (!rg_want_width(run, "rms norm", "gamma", gamma, C)) return NULL;

    rg_tensor *y = rg_tensor_new2(run, T, C);
    if (!y || rg_run_is_dry(run)) return y;
#pragma omp parallel for num_threads(run->threads) if (T * C > RG_PARALLEL_ELEMENTS)
    for (int64_t t = 0; t < T; t++) {
        run->rows->rms_norm(rg_tensor_reals(y) + t * C, rg_tensor_reals(x) + t * C, rg_tensor_reals(gamma),
                            (rg_real)eps, C);
    }
    return y;
}
