/* resample.c - grids of features to other sizes. */
#include <string.h>

#include "op/check.h"
#include "op/tape.h"

/* Input and output grid. */
typedef struct grid_saved {
    const rg_tensor *x;
    int64_t h, w, to_h, to_w;
} grid_saved;

/* Output cells share input cells, so the backward passes cut the channels, not the cells, among threads: each
 * sum then has one owner and one order. */
enum { CHANNELS = 64 };

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
    RG_TAPE_ADD(run, upsample, y, ((grid_saved){x, h, w, to_h, to_w}), x);
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

/* dx[a] += share * dy for the four cells that output cell (i, j) was made of; `count` channels. */
static void add_taps(const rg_run *run, rg_real *dx, const rg_real *dy, tap v, tap u, int64_t w, int64_t C,
                     int64_t count) {
    rg_real *upper = dx + v.lower * w * C, *lower = dx + v.upper * w * C;
    run->rows->axpy(upper + u.lower * C, (1 - v.share) * (1 - u.share), dy, count);
    run->rows->axpy(upper + u.upper * C, (1 - v.share) * u.share, dy, count);
    run->rows->axpy(lower + u.lower * C, v.share * (1 - u.share), dy, count);
    run->rows->axpy(lower + u.upper * C, v.share * u.share, dy, count);
}

void rg_upsample_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const grid_saved *s = saved;
    int64_t C = rg_tensor_width(y);
    rg_real *dx = rg_grad_add(run, s->x);
    if (!rg_run_computes(run)) return;
#pragma omp parallel for num_threads(run->threads) if (rg_tensor_count(y) > RG_PARALLEL_ELEMENTS)
    for (int64_t first = 0; first < C; first += CHANNELS) {
        int64_t count = C - first < CHANNELS ? C - first : CHANNELS;
        for (int64_t cell = 0; cell < s->to_h * s->to_w; cell++) {
            tap v = bilinear_tap(cell / s->to_w, s->h, s->to_h), u = bilinear_tap(cell % s->to_w, s->w, s->to_w);
            add_taps(run, dx + first, y->grad + cell * C + first, v, u, s->w, C, count);
        }
    }
}

/* The input rows (or columns) that output row i of `to` averages: begin .. end - 1. Neighbours may share one. */
typedef struct bin {
    int64_t begin, end;
} bin;

static bin adaptive_bin(int64_t i, int64_t from, int64_t to) {
    return (bin){i * from / to, ((i + 1) * from + to - 1) / to};
}

rg_tensor *rg_adaptive_pool(rg_run *run, const rg_tensor *x, int64_t h, int64_t w, int64_t to_h, int64_t to_w) {
    if (!RG_OP_READY(run, x) || !rg_want_grid(run, "adaptive pool", x, h, w)) return NULL;
    int64_t C = rg_tensor_width(x);
    rg_tensor *y = rg_tensor_new2(run, to_h * to_w, C);
    RG_TAPE_ADD(run, adaptive_pool, y, ((grid_saved){x, h, w, to_h, to_w}), x);
    if (!y || rg_run_is_dry(run)) return y;
#pragma omp parallel for num_threads(run->threads) if (h * w * C > RG_PARALLEL_ELEMENTS)
    for (int64_t cell = 0; cell < to_h * to_w; cell++) {
        bin v = adaptive_bin(cell / to_w, h, to_h), u = adaptive_bin(cell % to_w, w, to_w);
        rg_real *to = rg_tensor_reals(y) + cell * C;
        memset(to, 0, (size_t)C * sizeof *to);
        for (int64_t a = v.begin; a < v.end; a++) {
            for (int64_t b = u.begin; b < u.end; b++) run->rows->axpy(to, 1, rg_tensor_reals(x) + (a * w + b) * C, C);
        }
        run->rows->scale(to, 1 / (rg_real)((v.end - v.begin) * (u.end - u.begin)), to, C);
    }
    return y;
}

void rg_adaptive_pool_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const grid_saved *s = saved;
    int64_t C = rg_tensor_width(y);
    rg_real *dx = rg_grad_add(run, s->x);
    if (!rg_run_computes(run)) return;
#pragma omp parallel for num_threads(run->threads) if (rg_tensor_count(s->x) > RG_PARALLEL_ELEMENTS)
    for (int64_t first = 0; first < C; first += CHANNELS) {
        int64_t count = C - first < CHANNELS ? C - first : CHANNELS;
        for (int64_t cell = 0; cell < s->to_h * s->to_w; cell++) {
            bin v = adaptive_bin(cell / s->to_w, s->h, s->to_h), u = adaptive_bin(cell % s->to_w, s->w, s->to_w);
            const rg_real share = 1 / (rg_real)((v.end - v.begin) * (u.end - u.begin));
            const rg_real *dy = y->grad + cell * C + first;
            for (int64_t a = v.begin; a < v.end; a++) {
                for (int64_t b = u.begin; b < u.end; b++)
                    run->rows->axpy(dx + (a * s->w + b) * C + first, share, dy, count);
            }
        }
    }
}

/* The input cell that stands at `part` of the merged rows (four parts each); -1 past an odd edge. */
static int64_t merged_cell(int64_t part, int64_t h, int64_t w) {
    int64_t to_w = (w + 1) / 2, cell = part / 4;
    int64_t row = cell / to_w * 2 + part % 4 / 2, column = cell % to_w * 2 + part % 2;
    return row < h && column < w ? row * w + column : -1;
}

rg_tensor *rg_merge2x2(rg_run *run, const rg_tensor *x, int64_t h, int64_t w) {
    if (!RG_OP_READY(run, x) || !rg_want_grid(run, "merge", x, h, w)) return NULL;
    int64_t C = rg_tensor_width(x), to_h = (h + 1) / 2, to_w = (w + 1) / 2;
    rg_tensor *y = rg_tensor_new2(run, to_h * to_w, 4 * C);
    RG_TAPE_ADD(run, merge2x2, y, ((grid_saved){x, h, w, to_h, to_w}), x);
    if (!y || rg_run_is_dry(run)) return y;
    for (int64_t part = 0; part < 4 * to_h * to_w; part++) {
        int64_t cell = merged_cell(part, h, w);
        rg_real *to = rg_tensor_reals(y) + part * C;
        if (cell >= 0) {
            memcpy(to, rg_tensor_reals(x) + cell * C, (size_t)C * sizeof *to);
        } else {
            memset(to, 0, (size_t)C * sizeof *to);
        }
    }
    return y;
}

void rg_merge2x2_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const grid_saved *s = saved;
    int64_t C = rg_tensor_width(s->x);
    rg_real *dx = rg_grad_add(run, s->x);
    if (!rg_run_computes(run)) return;
    for (int64_t part = 0; part < 4 * s->to_h * s->to_w; part++) {
        int64_t cell = merged_cell(part, s->h, s->w);
        if (cell >= 0) run->rows->add(dx + cell * C, dx + cell * C, y->grad + part * C, C);
    }
}
