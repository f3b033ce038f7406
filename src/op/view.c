/* view.c - other shapes over the same numbers. */
#include "op/tape.h"

typedef struct view_saved {
    const rg_tensor *x;
    int64_t from; /* the first element that is seen */
} view_saved;

rg_tensor *rg_tensor_view2(rg_run *run, const rg_tensor *x, int64_t rows, int64_t width) {
    if (!RG_OP_READY(run, x)) return NULL;
    if (rows * width != rg_tensor_count(x)) {
        return rg_run_fail(run, RGPT_INVALID, "view: %lld elements as %lld x %lld", (long long)rg_tensor_count(x),
                           (long long)rows, (long long)width);
    }
    rg_tensor *t = rg_tensor_header(run);
    if (!t) return NULL;
    *t = (rg_tensor){.dtype = x->dtype, .rank = 2, .dim = {rows, width, 1, 1}, .data = x->data};
    RG_TAPE_ADD(run, view, t, ((view_saved){x, 0}), x);
    return t;
}

rg_tensor *rg_tensor_rows_view(rg_run *run, const rg_tensor *x, int64_t from, int64_t count) {
    if (!RG_OP_READY(run, x)) return NULL;
    int64_t width = rg_tensor_width(x), rows = rg_tensor_rows(x);
    if (from < 0 || count < 0 || from > rows - count) {
        return rg_run_fail(run, RGPT_INVALID, "rows: %lld from row %lld, found %lld", (long long)count, (long long)from,
                           (long long)rows);
    }
    rg_tensor *t = rg_tensor_header(run);
    if (!t) return NULL;
    rg_real *data = x->data ? rg_tensor_reals(x) + from * width : NULL;
    *t = (rg_tensor){.dtype = x->dtype, .rank = 2, .dim = {count, width, 1, 1}, .data = data};
    RG_TAPE_ADD(run, view, t, ((view_saved){x, from * width}), x);
    return t;
}

void rg_view_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const view_saved *s = saved;
    int64_t count = rg_tensor_count(y);
    if (rg_tensor_count(s->x) == count) {
        rg_grad_pass(run, s->x, y);
        return;
    }
    rg_real *dx = rg_grad_add(run, s->x);
    if (rg_run_computes(run)) run->rows->add(dx + s->from, dx + s->from, y->grad, count);
}
