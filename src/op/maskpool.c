/* maskpool.c - a region's feature: the average of the map under its mask. */
#include "op/check.h"

rg_tensor *rg_mask_pool(rg_run *run, const rg_tensor *z, const rg_tensor *mask) {
    if (!RG_OP_READY(run, z, mask)) return NULL;
    int64_t cells = rg_tensor_rows(z), C = rg_tensor_width(z), R = rg_tensor_rows(mask);
    if (!rg_want_width(run, "mask pool", "mask", mask, cells)) return NULL;

    rg_tensor *y = rg_tensor_new2(run, R, C);
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
    for (int64_t r = 0; r < R; r++) {
        const rg_real *m = rg_tensor_reals(mask) + r * cells;
        double coverage = 0; /* thousands of terms: a float32 sum would lose digits */
        for (int64_t i = 0; i < cells; i++) coverage += (double)m[i];
        rg_real *row = rg_tensor_reals(y) + r * C;
        run->rows->scale(row, (rg_real)(1 / (coverage + 1e-8)), row, C);
    }
    return y;
}
