#include "eval/mean.h"

enum { BUFFER = 8192, BLOCK = 128, LANES = 8 };

static double sum_block(const double *values, size_t count) {
    if (count < LANES) {
        double sum = 0;
        for (size_t i = 0; i < count; i++) sum += values[i];
        return sum;
    }
    double lane[LANES];
    for (size_t j = 0; j < LANES; j++) lane[j] = values[j];
    size_t whole = count - count % LANES;
    for (size_t i = LANES; i < whole; i += LANES) {
        for (size_t j = 0; j < LANES; j++) lane[j] += values[i + j];
    }
    double sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    for (size_t i = whole; i < count; i++) sum += values[i];
    return sum;
}

static double sum_pairwise(const double *values, size_t count) {
    if (count <= BLOCK) return sum_block(values, count);
    size_t half = count / 2;
    half -= half % LANES;
    return sum_pairwise(values, half) + sum_pairwise(values + half, count - half);
}

double rg_mean(const double *values, size_t count, double empty) {
    if (count == 0) return empty;
    double sum = 0;
    for (size_t begin = 0; begin < count; begin += BUFFER) {
        sum += sum_pairwise(values + begin, count - begin < BUFFER ? count - begin : BUFFER);
    }
    return sum / (double)count;
}
