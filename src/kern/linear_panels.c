/* A linear layer of low-bit weights for many rows of activations, as when a model reads an image and a
 * question. Each thread unpacks a panel of weight rows into memory of its own, small enough for the second
 * level cache, and takes all activations through it. */
#include "kern/linear.h"

#include <omp.h>

#include "base/checked.h"

static int64_t panel_count(const rg_linear *l) {
    return (l->N + RG_PANEL_ROWS - 1) / RG_PANEL_ROWS;
}

bool rg_linear_panels_scratch(const rg_linear *l, size_t *size) {
    size_t activations;
    return rg_q8_rows_size(l->M, l->K, &activations) &&
           rg_mul_size((size_t)l->threads, l->kernels->panel->size(l->K), size) &&
           rg_add_size(*size, activations, size);
}

/* With fewer panels than would keep all threads busy, the activations are cut, too. */
static int64_t rows_a_task(const rg_linear *l) {
    const int64_t parts = (4 * l->threads + panel_count(l) - 1) / panel_count(l);
    const int64_t rows = (l->M + parts - 1) / parts;
    return rows < 64 ? 64 : rows; /* fewer would not pay for the unpacking */
}

static void multiply_task(const rg_linear *l, const rg_q8_rows *x, int64_t first, int64_t m, int64_t rows,
                          void *panel) {
    const int64_t count = l->N - first < RG_PANEL_ROWS ? l->N - first : RG_PANEL_ROWS;
    const rg_weight_rows w = {
        .data = l->w + (size_t)first * l->row_size, .row_size = l->row_size, .count = count, .K = l->K};
    const rg_q8_rows part = rg_q8_rows_from(x, m);
    l->kernels->panel->pack[l->type](panel, &w);
    l->kernels->panel->multiply(panel, count, &part, rows, l->bias ? l->bias + first : NULL, l->y + m * l->ldy + first,
                                l->ldy);
}

void rg_linear_panels(const rg_linear *l, void *scratch) {
    const size_t panel_size = l->kernels->panel->size(l->K);
    uint8_t *panels = scratch;
    const rg_q8_rows x = rg_q8_rows_place(panels + (size_t)l->threads * panel_size, l->M, l->K);
    const int64_t step = rows_a_task(l), parts = (l->M + step - 1) / step, tasks = panel_count(l) * parts;
#pragma omp parallel num_threads(l->threads)
    {
#pragma omp for schedule(static)
        for (int64_t m = 0; m < l->M; m++) l->kernels->quantize(&x, m, l->x + m * l->ldx, l->K);
#pragma omp for schedule(dynamic)
        for (int64_t task = 0; task < tasks; task++) {
            const int64_t m = task % parts * step, rows = l->M - m < step ? l->M - m : step;
            multiply_task(l, &x, task / parts * RG_PANEL_ROWS, m, rows,
                          panels + (size_t)omp_get_thread_num() * panel_size);
        }
    }
}
