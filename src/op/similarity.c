/* similarity.c - every row of one matrix against every row of another: what a contrastive loss compares. */
#include "op/check.h"
#include "op/tape.h"

typedef struct similarity_saved {
    const rg_tensor *x, *y;
    double scale;
} similarity_saved;

rg_tensor *rg_similarity(rg_run *run, const rg_tensor *x, const rg_tensor *y, double scale) {
    if (!RG_OP_READY(run, x, y)) return NULL;
    int64_t T = rg_tensor_rows(x), N = rg_tensor_rows(y), K = rg_tensor_width(x);
    if (!rg_want_width(run, "similarity", "second", y, K)) return NULL;

    rg_tensor *s = rg_tensor_new2(run, T, N);
    RG_TAPE_ADD(run, similarity, s, ((similarity_saved){x, y, scale}), x, y);
    if (!s || rg_run_is_dry(run)) return s;
    rg_product product = {.batch = 1,
                          .M = T,
                          .N = N,
                          .K = K,
                          .a = {rg_tensor_reals(x), K, 0},
                          .b = {rg_tensor_reals(y), K, 0},
                          .y = rg_tensor_reals(s),
                          .ldy = N};
    if (rg_matmul_nt(run->matmul, &product, &run->error) != RGPT_OK) return NULL;
    run->rows->scale(rg_tensor_reals(s), (rg_real)scale, rg_tensor_reals(s), T * N);
    return s;
}

/* With ds = scale * (gradient of the result): dx += ds y, dy += ds^T x. */
void rg_similarity_backward(rg_run *run, rg_tensor *result, const void *saved) {
    const similarity_saved *s = saved;
    int64_t T = rg_tensor_rows(s->x), N = rg_tensor_rows(s->y), K = rg_tensor_width(s->x);
    rg_real *ds = result->grad, *dx = rg_grad_add(run, s->x), *dy = rg_grad_add(run, s->y);
    if (!rg_run_computes(run)) return;
    run->rows->scale(ds, (rg_real)s->scale, ds, T * N);
    rg_product to_x = {.batch = 1,
                       .M = T,
                       .N = K,
                       .K = N,
                       .a = {ds, N, 0},
                       .b = {rg_tensor_reals(s->y), K, 0},
                       .y = dx,
                       .ldy = K,
                       .accumulate = true};
    rg_product to_y = {.batch = 1,
                       .M = N,
                       .N = K,
                       .K = T,
                       .a = {ds, N, 0},
                       .b = {rg_tensor_reals(s->x), K, 0},
                       .y = dy,
                       .ldy = K,
                       .accumulate = true};
    if (dx) rg_matmul_nn(run->matmul, &to_x, &run->error);
    if (dy) rg_matmul_tn(run->matmul, &to_y, &run->error);
}
