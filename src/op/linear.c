/* linear.c - the op that nearly all time goes into; all of it in kern/matmul. */
#include "op/check.h"

rg_tensor *rg_linear(rg_run *run, const rg_tensor *x, const rg_tensor *weight, const rg_tensor *bias) {
    if (!RG_OP_READY(run, x, weight)) return NULL;
    int64_t T = rg_tensor_rows(x), N = weight->dim[0], K = rg_tensor_count(weight) / N;
    if (!rg_want_width(run, "linear", "input", x, K)) return NULL;
    if (bias && !rg_want_width(run, "linear", "bias", bias, N)) return NULL;

    rg_tensor *y = rg_tensor_new2(run, T, N);
    if (!y || rg_run_is_dry(run)) return y;
    rgpt_status status =
        rg_matmul_wt(run->matmul, run->compute, rg_tensor_reals(x), K, T, K, weight->data, weight->dtype, N,
                     bias ? rg_tensor_reals(bias) : NULL, rg_tensor_reals(y), N, &run->error);
    return status == RGPT_OK ? y : NULL;
}
