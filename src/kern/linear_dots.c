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

/* Within a chunk, rows go through all activations a few at a time: so few that they stay in the first level
 * cache, but as many as the kernels like to have side by side. */
enum { STRIP_SIZE = 32 << 10, STRIP_ROWS = 4 };

static int64_t strip_rows(const rg_linear *l) {
    const int64_t rows = (int64_t)(STRIP_SIZE / l->row_size);
    return l->M <= RG_DOT_ROWS ? l->N : rows < STRIP_ROWS ? STRIP_ROWS : rows; /* one pass needs no strips */
}

/* Of a type that no kernel multiplies, STRIP_ROWS rows are decoded at a time, by each thread for itself. */
static bool is_decoded(const rg_linear *l) {
    return !l->is_reduced && !l->kernels->f32[l->type];
}

bool rg_linear_dots_scratch(const rg_linear *l, size_t *size) {
    *size = 0;
    if (l->is_reduced) return rg_q8_rows_size(l->M, l->K, size);
    if (!is_decoded(l)) return true;
    return rg_mul_size((size_t)l->threads * STRIP_ROWS * sizeof(float), (size_t)l->K, size);
}

/* Rows of the weight from `first` on, by all activations. */
static void dot_f32(const rg_linear *l, rg_dtype type, const rg_weight_rows *w, int64_t first) {
    for (int64_t m = 0; m < l->M; m += RG_DOT_ROWS) {
        const int64_t rows = l->M - m < RG_DOT_ROWS ? l->M - m : RG_DOT_ROWS;
        l->kernels->f32[type](w, l->x + m * l->ldx, l->ldx, (int)rows, l->y + m * l->ldy + first, l->ldy);
    }
}

static void dot_q8(const rg_linear *l, const rg_q8_rows *x, const rg_weight_rows *w, int64_t first) {
    for (int64_t m = 0; m < l->M; m += RG_DOT_ROWS) {
        const int64_t rows = l->M - m < RG_DOT_ROWS ? l->M - m : RG_DOT_ROWS;
        const rg_q8_rows part = rg_q8_rows_from(x, m);
        l->kernels->q8[l->type](w, &part, (int)rows, l->y + m * l->ldy + first, l->ldy);
    }
}

static void dot_decoded(const rg_linear *l, const rg_weight_rows *w, int64_t first, float *decoded) {
    const rg_weight_rows rows = {
        .data = (const uint8_t *)decoded, .row_size = (size_t)l->K * sizeof *decoded, .count = w->count, .K = l->K};
    for (int64_t n = 0; n < w->count; n++) {
        rg_linear_decode(l, decoded + n * l->K, w->data + (size_t)n * w->row_size, l->K);
    }
    dot_f32(l, RG_F32, &rows, first);
}

static void add_bias(const rg_linear *l, int64_t first, int64_t count) {
    if (!l->bias) return;
    for (int64_t m = 0; m < l->M; m++) {
        for (int64_t n = first; n < first + count; n++) l->y[m * l->ldy + n] += l->bias[n];
    }
}

/* Rows [first, end), strip after strip. */
static void dot_chunk(const rg_linear *l, const rg_q8_rows *x, int64_t first, int64_t end, float *decoded) {
    const int64_t strip = decoded ? STRIP_ROWS : strip_rows(l);
    for (int64_t n = first; n < end; n += strip) {
        const rg_weight_rows w = {.data = l->w + (size_t)n * l->row_size,
                                  .row_size = l->row_size,
                                  .count = end - n < strip ? end - n : strip,
                                  .K = l->K};
        if (l->is_reduced) {
            dot_q8(l, x, &w, n);
        } else if (decoded) {
            dot_decoded(l, &w, n, decoded);
        } else {
            dot_f32(l, l->type, &w, n);
        }
    }
    add_bias(l, first, end - first);
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
        float *decoded = is_decoded(l) ? (float *)scratch + omp_get_thread_num() * STRIP_ROWS * l->K : NULL;
        dot_chunk(l, &x, first, l->N - first < chunk ? l->N : first + chunk, decoded);
    }
}
