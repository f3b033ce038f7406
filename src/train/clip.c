#include "train/clip.h"

enum {
    BLOCK = 1 << 14,    /* elements that one thread sums */
    BLOCKS_AT_ONCE = 64 /* their sums are then added in order */
};

static double block_squares(const float *x, int64_t count) {
    double sum[4] = {0}; /* side by side, so that additions need not wait for each other */
    int64_t i = 0;
    for (; i + 4 <= count; i += 4) {
        for (int j = 0; j < 4; j++) sum[j] += (double)x[i + j] * (double)x[i + j];
    }
    for (; i < count; i++) sum[0] += (double)x[i] * (double)x[i];
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}

static double item_squares(const rg_trainable *item, int threads) {
    const int64_t blocks = (item->count + BLOCK - 1) / BLOCK;
    double total = 0;
    for (int64_t first = 0; first < blocks; first += BLOCKS_AT_ONCE) {
        const int64_t count = blocks - first < BLOCKS_AT_ONCE ? blocks - first : BLOCKS_AT_ONCE;
        double sum[BLOCKS_AT_ONCE];
#pragma omp parallel for num_threads(threads) if (count > 1)
        for (int64_t b = 0; b < count; b++) {
            const int64_t from = (first + b) * BLOCK, rest = item->count - from;
            sum[b] = block_squares(item->grad + from, rest < BLOCK ? rest : BLOCK);
        }
        for (int64_t b = 0; b < count; b++) total += sum[b];
    }
    return total;
}

double rg_grad_squares(const rg_trainable *items, size_t count, int threads) {
    double total = 0;
    for (size_t i = 0; i < count; i++) total += item_squares(&items[i], threads);
    return total;
}

double rg_clip_factor(double norm, double limit) {
    if (limit <= 0) return 1;
    const double factor = limit / (norm + 1e-6);
    return factor < 1 ? factor : 1;
}
