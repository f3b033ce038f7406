/* add.c - residual sums, and LayerScale's gain a channel. */
#include "op/check.h"
#include "op/reduce.h"
#include "op/tape.h"

typedef struct two_saved {
    const rg_tensor *x, *y;
} two_saved;

/* to = x * gain, row by row; `to` may be x. */
static void scale_rows(const rg_run *run, rg_real *to, const rg_real *x, const rg_real *gain, int64_t T, int64_t C) {
#pragma omp parallel for num_threads(run->threads) if (T * C > RG_PARALLEL_ELEMENTS)
    for (int64_t t = 0; t < T; t++) {
        for (int64_t c = 0; c < C; c++) to[t * C + c] = x[t * C + c] * gain[c];
    }
}

rg_tensor *rg_add(rg_run *run, const rg_tensor *x, const rg_tensor *y) {
    if (!RG_OP_READY(run, x, y)) return NULL;
    int64_t T = rg_tensor_rows(x), C = rg_tensor_width(x);
    if (!rg_want_width(run, "add", "second", y, C) || !rg_want_rows(run, "add", "second", y, T)) return NULL;

    rg_tensor *sum = rg_tensor_new2(run, T, C);
    RG_TAPE_ADD(run, add, sum, ((two_saved){x, y}), x, y);
    if (!sum || rg_run_is_dry(run)) return sum;
#pragma omp parallel for num_threads(run->threads) if (T * C > RG_PARALLEL_ELEMENTS)
    for (int64_t t = 0; t < T; t++) {
        run->rows->add(rg_tensor_reals(sum) + t * C, rg_tensor_reals(x) + t * C, rg_tensor_reals(y) + t * C, C);
    }
    return sum;
}

void rg_add_backward(rg_run *run, rg_tensor *sum, const void *saved) {
    const two_saved *s = saved;
    rg_real *dy = rg_grad_add(run, s->y);
    if (dy && rg_run_computes(run)) run->rows->add(dy, dy, sum->grad, rg_tensor_count(sum));
    rg_grad_pass(run, s->x, sum);
}

rg_tensor *rg_row_scale(rg_run *run, const rg_tensor *x, const rg_tensor *gain) {
    if (!RG_OP_READY(run, x, gain)) return NULL;
    int64_t T = rg_tensor_rows(x), C = rg_tensor_width(x);
    if (!rg_want_width(run, "row scale", "gain", gain, C)) return NULL;

    rg_tensor *y = rg_tensor_new2(run, T, C);
    RG_TAPE_ADD(run, row_scale, y, ((two_saved){x, gain}), x, gain);
    if (y && !rg_run_is_dry(run)) scale_rows(run, rg_tensor_reals(y), rg_tensor_reals(x), rg_tensor_reals(gain), T, C);
    return y;
}

void rg_row_scale_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const two_saved *s = saved;
    int64_t T = rg_tensor_rows(y), C = rg_tensor_width(y);
    rg_real *dgain = rg_grad_add(run, s->y);
    if (rg_run_computes(run)) {
        if (dgain) rg_add_column_sums(run, dgain, y->grad, rg_tensor_reals(s->x), T, C);
        scale_rows(run, y->grad, y->grad, rg_tensor_reals(s->y), T, C);
    }
    rg_grad_pass(run, s->x, y);
}
