/* linear.c - the op that nearly all time goes into; all of it in kern/matmul. */
#include "op/check.h"
#include "op/reduce.h"
#include "op/tape.h"

typedef struct linear_saved {
    const rg_tensor *x, *weight, *bias;
} linear_saved;

rg_tensor *rg_linear(rg_run *run, const rg_tensor *x, const rg_tensor *weight, const rg_tensor *bias) {
    if (!RG_OP_READY(run, x, weight)) return NULL;
    int64_t T = rg_tensor_rows(x), N = weight->dim[0], K = rg_tensor_count(weight) / N;
    if (!rg_want_width(run, "linear", "input", x, K)) return NULL;
    if (bias && !rg_want_width(run, "linear", "bias", bias, N)) return NULL;

    rg_tensor *y = rg_tensor_new2(run, T, N);
    RG_TAPE_ADD(run, linear, y, ((linear_saved){x, weight, bias}), x, weight, bias);
    if (!y || rg_run_is_dry(run)) return y;
    rgpt_status status =
        rg_matmul_wt(run->matmul, run->compute, rg_tensor_reals(x), K, T, K, weight->data, weight->dtype, N,
                     bias ? rg_tensor_reals(bias) : NULL, rg_tensor_reals(y), N, &run->error);
    return status == RGPT_OK ? y : NULL;
}

/* dx = dy w; dw = dy^T x; dbias = column sums of dy. The weight may be of any dtype, frozen or not: its
 * gradient is of reals. */
void rg_linear_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const linear_saved *s = saved;
    int64_t T = rg_tensor_rows(y), N = rg_tensor_width(y), K = rg_tensor_width(s->x);
    bool accumulate;
    rg_real *dx = rg_grad_put(run, s->x, &accumulate);
    rg_real *dw = rg_grad_add(run, s->weight), *dbias = rg_grad_add(run, s->bias);
    if (!rg_run_computes(run)) return;

    if (dx) {
        rg_matmul_wn(run->matmul, y->grad, N, T, N, s->weight->data, s->weight->dtype, K, dx, K, accumulate,
                     &run->error);
    }
    if (dbias) rg_add_column_sums(run, dbias, y->grad, NULL, T, N);
    if (!dw) return;
    rg_product product = {.batch = 1,
                          .M = N,
                          .N = K,
                          .K = T,
                          .a = {y->grad, N, 0},
                          .b = {rg_tensor_reals(s->x), K, 0},
                          .y = dw,
                          .ldy = K,
                          .accumulate = true};
    rg_matmul_tn(run->matmul, &product, &run->error);
}
