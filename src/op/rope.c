/* rope.c - rotary position embedding. */
#include <math.h>
#include <string.h>

#include "op/check.h"

rg_tensor *rg_rope_table(rg_run *run, const int32_t *position, int64_t count, const float *frequency,
                         int64_t frequency_count) {
    rg_tensor *table = rg_tensor_new2(run, count, 2 * frequency_count);
    if (!table || rg_run_is_dry(run)) return table;
    for (int64_t t = 0; t < count; t++) {
        rg_real *cosine = rg_tensor_reals(table) + t * 2 * frequency_count;
        rg_real *sine = cosine + frequency_count;
        for (int64_t i = 0; i < frequency_count; i++) {
            /* The angle is rounded to float32 as PyTorch does; the functions of it are not. */
            double angle = (double)((float)position[t] * frequency[i]);
            cosine[i] = (rg_real)cos(angle);
            sine[i] = (rg_real)sin(angle);
        }
    }
    return table;
}

rg_tensor *rg_rope(rg_run *run, const rg_tensor *x, const rg_tensor *table, int heads) {
    if (!RG_OP_READY(run, x, table)) return NULL;
    int64_t T = rg_tensor_rows(x), W = rg_tensor_width(table), D = heads * W;
    if (!rg_want_width(run, "rope", "input", x, D) || !rg_want_rows(run, "rope", "table", table, T)) return NULL;

    rg_tensor *y = rg_tensor_new2(run, T, D);
    if (!y || rg_run_is_dry(run)) return y;
#pragma omp parallel for num_threads(run->threads) if (T * D > RG_PARALLEL_ELEMENTS)
    for (int64_t t = 0; t < T; t++) {
        const rg_real *cosine = rg_tensor_reals(table) + t * W;
        rg_real *row = rg_tensor_reals(y) + t * D;
        memcpy(row, rg_tensor_reals(x) + t * D, (size_t)D * sizeof *row);
        for (int h = 0; h < heads; h++) run->rows->rope(row + h * W, cosine, cosine + W / 2, W / 2);
    }
    return y;
}
