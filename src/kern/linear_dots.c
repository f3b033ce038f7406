/* A linear layer for few rows of activations, as when a model writes token after token. Bound by the speed
 * at which weights come from memory, so each is read once, by one thread, in the order in which it lies. */
#include "kern/linear.h"

#include <omp.h>

#include "base/checked.h"

/* Weight rows that a thread takes at a time: enough to be worth the taking, few enough that the
 * fastest core is not left waiting for the slowest. */
static int64_t chunk_rows(const rg_linear *l, int threads) {
    const int64_t share = l->N / (threads * 8);
    return share < 16 ? 16 : share;
}

bool rg_linear_dots_scratch(const rg_linear *l, size_t *size) {
    if (l->is_reduced) return rg_q8_rows_size(l->M, l->K, size);
    *size = 0;
    if (l->kernels->f32[l->type]) return true;
    return rg_mul_size((size_t)l->threads * sizeof(float), (size_t)l->K, size); /* a decoded row for each thread */
}

static void add_bias(const rg_linear *l, int64_t first, int64_t count) {
    if (!l->bias) return;
    for (int64_t m = 0; m < l->M; m++) {
        for (int64_t n = first; n < first + count; n++) l->y[m * l->ldy + n] += l->bias[n];
    }
}

/* The activations, a few rows at a time. */
static void dot_f32(const rg_linear *l, rg_dtype type, const rg_weight_rows *w, float *y) {
    for (int64_t m = 0; m < l->M; m += RG_DOT_ROWS) {
        const int64_t rows = l->M - m < RG_DOT_ROWS ? l->M - m : RG_DOT_ROWS;
        l->kernels->f32[type](w, l->x + m * l->ldx, l->ldx, (int)rows, y + m * l->ldy, l->ldy);
    }
}

static void dot_decoded(const rg_linear *l, const rg_weight_rows *w, float *decoded, float *y) {
    const rg_weight_rows row = {.data = (const uint8_t *)decoded, .row_size = 0, .count = 1, .K = l->K};
    for (int64_t n = 0; n < w->count; n++) {
        rg_linear_decode(l, decoded, w->data + (size_t)n * w->row_size, l->K);
        dot_f32(l, RG_F32, &row, y + n);
    }
}

static void dot_q8(const rg_linear *l, const rg_q8_rows *x, const rg_weight_rows *w, float *y) {
    for (int64_t m = 0; m < l->M; m += RG_DOT_ROWS) {
        const int64_t rows = l->M - m < RG_DOT_ROWS ? l->M - m : RG_DOT_ROWS;
        const rg_q8_rows part = {.q = x->q + m * x->groups * RG_GROUP,
                                 .scale = x->scale + m * x->groups * RG_GROUP_SCALES,
                                 .groups = x->groups};
        l->kernels->q8[l->type](w, &part, (int)rows, y + m * l->ldy, l->ldy);
    }
}

void rg_linear_dots(const rg_linear *l, void *scratch) {
    const int threads = rg_linear_threads(l, (size_t)l->N * l->row_size);
    const int64_t chunk = chunk_rows(l, threads);
    rg_q8_rows x = {0};
    if (l->is_reduced) {
        x = rg_q8_rows_place(scratch, l->M, l->K);
        for (int64_t m = 0; m < l->M; m++) l->kernels->quantize(&x, m, l->x + m * l->ldx, l->K);
    }
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (int64_t first = 0; first < l->N; first += chunk) {
        const int64_t count = l->N - first < chunk ? l->N - first : chunk;
        const rg_weight_rows w = {
            .data = l->w + (size_t)first * l->row_size, .row_size = l->row_size, .count = count, .K = l->K};
        if (l->is_reduced) {
            dot_q8(l, &x, &w, l->y + first);
        } else if (l->kernels->f32[l->type]) {
            dot_f32(l, l->type, &w, l->y + first);
        } else {
            dot_decoded(l, &w, (float *)scratch + omp_get_thread_num() * l->K, l->y + first);
        }
        add_bias(l, first, count);
    }
}
