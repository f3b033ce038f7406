#include "op/reduce.h"

#include "op/check.h"

enum { CHUNK = 64 }; /* columns that a thread sums at a time */

static void add_row(double *sum, const rg_real *x, const rg_real *y, int64_t count) {
    if (y) {
        for (int64_t c = 0; c < count; c++) sum[c] += (double)x[c] * (double)y[c];
    } else {
        for (int64_t c = 0; c < count; c++) sum[c] += (double)x[c];
    }
}

void rg_add_column_sums(const rg_run *run, rg_real *to, const rg_real *x, const rg_real *y, int64_t rows,
                        int64_t width) {
#pragma omp parallel for num_threads(run->threads) if (rows * width > RG_PARALLEL_ELEMENTS)
    for (int64_t first = 0; first < width; first += CHUNK) {
        const int64_t count = width - first < CHUNK ? width - first : CHUNK;
        double sum[CHUNK] = {0};
        for (int64_t t = 0; t < rows; t++) {
            const int64_t at = t * width + first;
            add_row(sum, x + at, y ? y + at : NULL, count);
        }
        for (int64_t c = 0; c < count; c++) to[first + c] += (rg_real)sum[c];
    }
}
