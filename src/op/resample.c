/* resample.c - grids of features to other sizes. */
#include <string.h>

#include "op/check.h"

/* Where output cell i of `to` cells falls between input cells: lower, upper and the upper's share. */
typedef struct tap {
    int64_t lower, upper;
    rg_real share;
} tap;

static tap bilinear_tap(int64_t i, int64_t from, int64_t to) {
    double at = ((double)i + 0.5) * (double)from / (double)to - 0.5;
    if (at < 0) at = 0;
    int64_t lower = (int64_t)at;
    int64_t upper = lower + 1 < from ? lower + 1 : lower;
    return (tap){lower, upper, (rg_real)(at - (double)lower)};
}

rg_tensor *rg_upsample(rg_run *run, const rg_tensor *x, int64_t h, int64_t w, int64_t to_h, int64_t to_w) {
    if (!RG_OP_READY(run, x) || !rg_want_grid(run, "upsample", x, h, w)) return NULL;
    int64_t C = rg_tensor_width(x);
    rg_tensor *y = rg_tensor_new2(run, to_h * to_w, C);
    if (!y || rg_run_is_dry(run)) return y;
#pragma omp parallel for num_threads(run->threads) if (to_h * to_w * C > RG_PARALLEL_ELEMENTS)
    for (int64_t i = 0; i < to_h; i++) {
        tap v = bilinear_tap(i, h, to_h);
        for (int64_t j = 0; j < to_w; j++) {
            tap u = bilinear_tap(j, w, to_w);
            const rg_real *upper = rg_tensor_reals(x) + v.lower * w * C, *lower = rg_tensor_reals(x) + v.upper * w * C;
            rg_real *to = rg_tensor_reals(y) + (i * to_w + j) * C;
            run->rows->scale(to, (1 - v.share) * (1 - u.share), upper + u.lower * C, C);
            run->rows->axpy(to, (1 - v.share) * u.share, upper + u.upper * C, C);
            run->rows->axpy(to, v.share * (1 - u.share), lower + u.lower * C, C);
            run->rows->axpy(to, v.share * u.share, lower + u.upper * C, C);
        }
    }
    return y;
}

rg_tensor *rg_adaptive_pool(rg_run *run, const rg_tensor *x, int64_t h, int64_t w, int64_t to_h, int64_t to_w) {
    if (!RG_OP_READY(run, x) || !rg_want_grid(run, "adaptive pool", x, h, w)) return NULL;
    int64_t C = rg_tensor_width(x);
    rg_tensor *y = rg_tensor_new2(run, to_h * to_w, C);
    if (!y || rg_run_is_dry(run)) return y;
#pragma omp parallel for num_threads(run->threads) if (h * w * C > RG_PARALLEL_ELEMENTS)
    for (int64_t cell = 0; cell < to_h * to_w; cell++) {
        int64_t i = cell / to_w, j = cell % to_w;
        int64_t top = i * h / to_h, bottom = ((i + 1) * h + to_h - 1) / to_h; /* bins may share a border row */
        int64_t left = j * w / to_w, right = ((j + 1) * w + to_w - 1) / to_w;
        rg_real *to = rg_tensor_reals(y) + cell * C;
        memset(to, 0, (size_t)C * sizeof *to);
        for (int64_t a = top; a < bottom; a++) {
            for (int64_t b = left; b < right; b++) run->rows->axpy(to, 1, rg_tensor_reals(x) + (a * w + b) * C, C);
        }
        run->rows->scale(to, 1 / (rg_real)((bottom - top) * (right - left)), to, C);
    }
    return y;
}

rg_tensor *rg_merge2x2(rg_run *run, const rg_tensor *x, int64_t h, int64_t w) {
    if (!RG_OP_READY(run, x) || !rg_want_grid(run, "merge", x, h, w)) return NULL;
    int64_t C = rg_tensor_width(x), to_h = (h + 1) / 2, to_w = (w + 1) / 2;
    rg_tensor *y = rg_tensor_new2(run, to_h * to_w, 4 * C);
    if (!y || rg_run_is_dry(run)) return y;
    for (int64_t part = 0; part < 4 * to_h * to_w; part++) {
        int64_t cell = part / 4;
        int64_t row = cell / to_w * 2 + part % 4 / 2, column = cell % to_w * 2 + part % 2;
        rg_real *to = rg_tensor_reals(y) + part * C;
        if (row < h && column < w) {
            memcpy(to, rg_tensor_reals(x) + (row * w + column) * C, (size_t)C * sizeof *to);
        } else {
            memset(to, 0, (size_t)C * sizeof *to);
        }
    }
    return y;
}
