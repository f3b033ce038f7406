/* deconv.c - upsampling by learned 2 x 2 blocks (the refinement module's layers). */
#include "op/check.h"

/* Cells a tile: their products stay in the second-level cache until they are scattered. */
enum { TILE_CELLS = 256 };

/* Spreads a tile's rows [cell, (2, 2, N)] over the twice finer grid, adding the bias. */
static void scatter(const rg_run *run, rg_tensor *y, const rg_real *tile, int64_t first, int64_t count, int64_t w,
                    const rg_real *bias) {
    int64_t N = rg_tensor_width(y);
    for (int64_t i = 0; i < count; i++) {
        int64_t row = (first + i) / w, column = (first + i) % w;
        for (int64_t part = 0; part < 4; part++) {
            int64_t cell = (2 * row + part / 2) * 2 * w + 2 * column + part % 2;
            run->rows->add(rg_tensor_reals(y) + cell * N, tile + (i * 4 + part) * N, bias, N);
        }
    }
}

rg_tensor *rg_deconv(rg_run *run, const rg_tensor *x, int64_t h, int64_t w, const rg_tensor *weight,
                     const rg_tensor *bias) {
    if (!RG_OP_READY(run, x, weight, bias)) return NULL;
    int64_t C = rg_tensor_width(x), N = weight->dim[2];
    if (!rg_want_grid(run, "deconv", x, h, w) || !rg_want_width(run, "deconv", "weight", weight, C)) return NULL;
    if (!rg_want_width(run, "deconv", "bias", bias, N) || !rg_want_rows(run, "deconv", "weight", weight, 4 * N))
        return NULL;

    rg_tensor *y = rg_tensor_new2(run, 4 * h * w, N);
    rg_scope scope = rg_scope_begin(run);
    rg_real *tile = rg_run_scratch(run, (size_t)(TILE_CELLS * 4 * N) * sizeof(rg_real));
    for (int64_t first = 0; tile && first < h * w; first += TILE_CELLS) {
        int64_t count = h * w - first < TILE_CELLS ? h * w - first : TILE_CELLS;
        rgpt_status status = rg_matmul_wt(run->matmul, run->compute, rg_tensor_reals(x) + first * C, C, count, C,
                                          weight->data, weight->dtype, 4 * N, NULL, tile, 4 * N, &run->error);
        if (status != RGPT_OK) break;
        scatter(run, y, tile, first, count, w, rg_tensor_reals(bias));
    }
    rg_scope_end(run, scope, NULL);
    return rg_run_failed(run) ? NULL : y;
}
