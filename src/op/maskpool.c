/* maskpool.c - a region's feature: the average of the map under its mask. */
#include "op/check.h"
#include "op/tape.h"

typedef struct mask_pool_saved {
    const rg_tensor *z, *mask;
} mask_pool_saved;

/* row[r] /= sum of mask r + 1e-8 */
static void divide_by_coverage(const rg_run *run, rg_real *row, const rg_tensor *mask, int64_t C) {
    int64_t R = rg_tensor_rows(mask), cells = rg_tensor_width(mask);
    for (int64_t r = 0; r < R; r++) {
        const rg_real *m = rg_tensor_reals(mask) + r * cells;
        double coverage = 0; /* thousands of terms: a float32 sum would lose digits */
        for (int64_t i = 0; i < cells; i++) coverage += (double)m[i];
        run->rows->scale(row + r * C, (rg_real)(1 / (coverage + 1e-8)), row + r * C, C);
    }
}

rg_tensor *rg_mask_pool(rg_run *run, const rg_tensor *z, const rg_tensor *mask) {
    if (!RG_OP_READY(run, z, mask)) return NULL;
    int64_t cells = rg_tensor_rows(z), C = rg_tensor_width(z), R = rg_tensor_rows(mask);
    if (!rg_want_width(run, "mask pool", "mask", mask, cells)) return NULL;

    rg_tensor *y = rg_tensor_new2(run, R, C);
    RG_TAPE_ADD(run, mask_pool, y, ((mask_pool_saved){z, mask}), z);
    if (!y || rg_run_is_dry(run)) return y;
    rg_product sums = {
        .batch = 1,
        .M = R,
        .N = C,
        .K = cells,
        .a = {rg_tensor_reals(mask), cells, 0},
        .b = {rg_tensor_reals(z), C, 0},
        .y = rg_tensor_reals(y),
        .ldy = C,
    };
    if (rg_matmul_nn(run->matmul, &sums, &run->error) != RGPT_OK) return NULL;
    divide_by_coverage(run, rg_tensor_reals(y), mask, C);
    return y;
}

/* dz += mask^T (dy / coverage) */
void rg_mask_pool_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const mask_pool_saved *s = saved;
    int64_t cells = rg_tensor_rows(s->z), C = rg_tensor_width(s->z);
    bool accumulate;
    rg_real *dz = rg_grad_put(run, s->z, &accumulate);
    if (!rg_run_computes(run)) return;
    divide_by_coverage(run, y->grad, s->mask, C);
    rg_product spread = {
        .batch = 1,
        .M = cells,
        .N = C,
        .K = rg_tensor_rows(y),
        .a = {rg_tensor_reals(s->mask), cells, 0},
        .b = {y->grad, C, 0},
        .y = dz,
        .ldy = C,
        .accumulate = accumulate,
    };
    rg_matmul_tn(run->matmul, &spread, &run->error);
}
