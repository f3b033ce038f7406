/* The plain C row kernels: the reference that the vector levels are tested against, what runs where
 * there are none, and, in double, what the gradient tests compute with. */
#include "kern/row_tables.h"

#include <math.h>
#include <tgmath.h> /* exp, erf, ... in float or double, as rg_real is */

/* Sums are kept in double: a float sum of thousands of squares loses the digits that a norm divides by. */

static void exp_row(rg_real *y, const rg_real *x, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] = exp(x[i]);
}

static rg_real softmax_row(rg_real *x, int64_t count) {
    rg_real max = x[0];
    for (int64_t i = 1; i < count; i++) max = x[i] > max ? x[i] : max;
    if (max == (rg_real)-INFINITY) { /* -INF - -INF would be NaN */
        for (int64_t i = 0; i < count; i++) x[i] = 0;
        return max;
    }
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += x[i] = exp(x[i] - max);
    const rg_real inverse = (rg_real)(1 / sum);
    for (int64_t i = 0; i < count; i++) x[i] *= inverse;
    return max + (rg_real)log(sum);
}

static rg_real rms_norm_row(rg_real *y, const rg_real *x, const rg_real *gamma, rg_real eps, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)x[i] * x[i];
    const rg_real factor = (rg_real)(1 / sqrt(sum / (double)count + eps));
    for (int64_t i = 0; i < count; i++) y[i] = x[i] * factor * gamma[i];
    return factor;
}

static void layer_norm_row(rg_real *y, const rg_real *x, const rg_real *gamma, const rg_real *beta, rg_real eps,
                           int64_t count) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++) sum += x[i];
    const rg_real mean = (rg_real)(sum / (double)count);
    /* A second pass: E[x^2] - E[x]^2 would cancel when the mean is large. */
    for (int64_t i = 0; i < count; i++) squares += (double)(x[i] - mean) * (x[i] - mean);
    const rg_real factor = (rg_real)(1 / sqrt(squares / (double)count + eps));
    for (int64_t i = 0; i < count; i++) {
        const rg_real scaled = (x[i] - mean) * factor * (gamma ? gamma[i] : 1);
        y[i] = scaled + (beta ? beta[i] : 0);
    }
}

static void gelu_erf_row(rg_real *y, const rg_real *x, int64_t count) {
    const double inverse_sqrt2 = 0.70710678118654752440;
    /* erfc, not 1 + erf: for x far below zero the sum would cancel to nothing. In double, because there a
     * rounding of the argument z is one of 2 z^2 in the result. */
    for (int64_t i = 0; i < count; i++) y[i] = (rg_real)(x[i] * 0.5 * erfc(-(double)x[i] * inverse_sqrt2));
}

static rg_real sigmoid(rg_real x) {
    return 1 / (1 + exp(-x));
}

static void gelu_tanh_row(rg_real *y, const rg_real *x, int64_t count) {
    const rg_real sqrt_2_over_pi = (rg_real)0.79788456080286535588, cubic = (rg_real)0.044715;
    for (int64_t i = 0; i < count; i++) {
        const rg_real inner = sqrt_2_over_pi * (x[i] + cubic * x[i] * x[i] * x[i]);
        y[i] = x[i] * sigmoid(2 * inner); /* (1 + tanh u) / 2 = sigmoid(2u), without the cancellation */
    }
}

static void gelu_quick_row(rg_real *y, const rg_real *x, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] = x[i] * sigmoid((rg_real)1.702 * x[i]);
}

static void silu_mul_row(rg_real *y, const rg_real *gate, const rg_real *up, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] = gate[i] * sigmoid(gate[i]) * up[i];
}

static rg_real dot_row(const rg_real *x, const rg_real *y, int64_t count) {
    rg_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; i++) sum += x[i] * y[i];
    return sum;
}

static void axpy_row(rg_real *y, rg_real a, const rg_real *x, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] += a * x[i];
}

static void dot_rows(rg_real *y, const rg_real *x, const rg_real *rows, int64_t ld, int64_t count, int64_t width) {
    for (int64_t i = 0; i < count; i++) y[i] = dot_row(x, rows + i * ld, width);
}

static void sum_rows(rg_real *y, const rg_real *weight, const rg_real *rows, int64_t ld, int64_t count, int64_t width) {
    for (int64_t i = 0; i < count; i++) axpy_row(y, weight[i], rows + i * ld, width);
}

static void scale_row(rg_real *y, rg_real a, const rg_real *x, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] = a * x[i];
}

static void add_row(rg_real *y, const rg_real *a, const rg_real *b, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] = a[i] + b[i];
}

static void rope_row(rg_real *x, const rg_real *cosine, const rg_real *sine, int64_t pairs) {
    for (int64_t i = 0; i < pairs; i++) {
        const rg_real even = x[2 * i], odd = x[2 * i + 1];
        x[2 * i] = even * cosine[i] - odd * sine[i];
        x[2 * i + 1] = even * sine[i] + odd * cosine[i];
    }
}

const rg_row_kernels rg_row_kernels_c = {
    .exp = exp_row,
    .softmax = softmax_row,
    .rms_norm = rms_norm_row,
    .layer_norm = layer_norm_row,
    .gelu_erf = gelu_erf_row,
    .gelu_tanh = gelu_tanh_row,
    .gelu_quick = gelu_quick_row,
    .silu_mul = silu_mul_row,
    .dot = dot_row,
    .dot_rows = dot_rows,
    .sum_rows = sum_rows,
    .axpy = axpy_row,
    .scale = scale_row,
    .add = add_row,
    .rope = rope_row,
};
