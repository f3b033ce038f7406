/* deconv.c - upsampling by learned 2 x 2 blocks (the refinement module's layers). */
#include <string.h>

#include "op/check.h"
#include "op/reduce.h"
#include "op/tape.h"

/* Cells a tile: their products stay in the second-level cache until they are scattered. */
enum { TILE_CELLS = 256 };

typedef struct deconv_saved {
    const rg_tensor *x, *weight, *bias;
    int64_t w;
} deconv_saved;

/* Where part 0..3 of a cell lies in the twice finer grid. */
static int64_t part_cell(int64_t cell, int64_t part, int64_t w) {
    int64_t row = cell / w, column = cell % w;
    return (2 * row + part / 2) * 2 * w + 2 * column + part % 2;
}

/* Spreads a tile's rows [cell, (2, 2, N)] over the twice finer grid, adding the bias. */
static void scatter(const rg_run *run, rg_tensor *y, const rg_real *tile, int64_t first, int64_t count, int64_t w,
                    const rg_real *bias) {
    int64_t N = rg_tensor_width(y);
    for (int64_t i = 0; i < 4 * count; i++) {
        int64_t cell = part_cell(first + i / 4, i % 4, w);
        run->rows->add(rg_tensor_reals(y) + cell * N, tile + i * N, bias, N);
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
    RG_TAPE_ADD(run, deconv, y, ((deconv_saved){x, weight, bias, w}), x, weight, bias);
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

/* ------------------------------------------------------------------ backward */

/* The other way of scatter: dy's rows that came from a tile's cells, [count, (2, 2, N)]. */
static void gather(rg_real *tile, const rg_tensor *y, int64_t first, int64_t count, int64_t w) {
    int64_t N = rg_tensor_width(y);
    for (int64_t i = 0; i < 4 * count; i++) {
        int64_t cell = part_cell(first + i / 4, i % 4, w);
        memcpy(tile + i * N, y->grad + cell * N, (size_t)N * sizeof *tile);
    }
}

/* dx = tile w, dw += tile^T x for the cells from `first` on; dx and dw may be NULL. */
static void tile_backward(rg_run *run, const deconv_saved *s, const rg_real *tile, int64_t first, int64_t count,
                          rg_real *dx, bool accumulate, rg_real *dw) {
    int64_t C = rg_tensor_width(s->x), parts = rg_tensor_rows(s->weight); /* 4N */
    if (dx) {
        rg_matmul_wn(run->matmul, tile, parts, count, parts, s->weight->data, s->weight->dtype, C, dx + first * C, C,
                     accumulate, &run->error);
    }
    if (!dw) return;
    rg_product product = {.batch = 1,
                          .M = parts,
                          .N = C,
                          .K = count,
                          .a = {tile, parts, 0},
                          .b = {rg_tensor_reals(s->x) + first * C, C, 0},
                          .y = dw,
                          .ldy = C,
                          .accumulate = true};
    rg_matmul_tn(run->matmul, &product, &run->error);
}

void rg_deconv_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const deconv_saved *s = saved;
    int64_t cells = rg_tensor_rows(s->x), N = rg_tensor_width(y);
    bool accumulate;
    rg_real *dx = rg_grad_put(run, s->x, &accumulate);
    rg_real *dw = rg_grad_add(run, s->weight), *dbias = rg_grad_add(run, s->bias);
    rg_scope scope = rg_scope_begin(run);
    rg_real *tile = rg_run_scratch(run, (size_t)(TILE_CELLS * 4 * N) * sizeof *tile);
    if (dbias && rg_run_computes(run)) rg_add_column_sums(run, dbias, y->grad, NULL, 4 * cells, N);
    for (int64_t first = 0; (dx || dw) && rg_run_computes(run) && first < cells; first += TILE_CELLS) {
        int64_t count = cells - first < TILE_CELLS ? cells - first : TILE_CELLS;
        gather(tile, y, first, count, s->w);
        tile_backward(run, s, tile, first, count, dx, accumulate, dw);
    }
    rg_scope_end(run, scope, NULL);
}
