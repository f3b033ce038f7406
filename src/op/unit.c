/* unit.c - rows scaled to length 1, so that their products are cosines. */
#include <math.h>

#include "op/check.h"
#include "op/tape.h"

/* A row of zeros stays one. */
static const double least_length = 1e-12;

typedef struct unit_saved {
    const rg_tensor *x;
} unit_saved;

static rg_real inverse_length(const rg_real *x, int64_t C) {
    double squares = 0;
    for (int64_t c = 0; c < C; c++) squares += (double)x[c] * (double)x[c];
    return (rg_real)(1 / fmax(sqrt(squares), least_length));
}

rg_tensor *rg_unit_rows(rg_run *run, const rg_tensor *x) {
    if (!RG_OP_READY(run, x)) return NULL;
    int64_t T = rg_tensor_rows(x), C = rg_tensor_width(x);
    rg_tensor *y = rg_tensor_new2(run, T, C);
    RG_TAPE_ADD(run, unit_rows, y, (unit_saved){x}, x);
    if (!y || rg_run_is_dry(run)) return y;
    for (int64_t t = 0; t < T; t++) {
        const rg_real *row = rg_tensor_reals(x) + t * C;
        run->rows->scale(rg_tensor_reals(y) + t * C, inverse_length(row, C), row, C);
    }
    return y;
}

/* dx = (dy - y (dy . y)) / |x|: what of dy points along the row cannot change its direction. */
void rg_unit_rows_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const unit_saved *s = saved;
    int64_t T = rg_tensor_rows(y), C = rg_tensor_width(y);
    for (int64_t t = 0; rg_run_computes(run) && t < T; t++) {
        const rg_real *unit = rg_tensor_reals(y) + t * C;
        rg_real *dy = y->grad + t * C;
        run->rows->axpy(dy, -run->rows->dot(dy, unit, C), unit, C);
        run->rows->scale(dy, inverse_length(rg_tensor_reals(s->x) + t * C, C), dy, C);
    }
    rg_grad_pass(run, s->x, y);
}
