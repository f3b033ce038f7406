/* norm.c - LayerNorm (vision, refinement) and RMSNorm (decoder), row by row. */
#include <math.h>

#include "op/check.h"
#include "op/tape.h"

enum { CHUNK = 64 }; /* columns that a thread sums at a time */

typedef struct norm_saved {
    const rg_tensor *x, *gamma, *beta; /* beta is NULL for RMSNorm, which subtracts no mean */
    double eps;
} norm_saved;

/* y = (x - mean) * factor * gamma (+ beta), one of these a row */
typedef struct row_stats {
    rg_real mean, factor;
} row_stats;

rg_tensor *rg_layer_norm(rg_run *run, const rg_tensor *x, const rg_tensor *gamma, const rg_tensor *beta, double eps) {
    if (!RG_OP_READY(run, x, gamma, beta)) return NULL;
    int64_t T = rg_tensor_rows(x), C = rg_tensor_width(x);
    if (!rg_want_width(run, "layer norm", "gamma", gamma, C) || !rg_want_width(run, "layer norm", "beta", beta, C)) {
        return NULL;
    }
    rg_tensor *y = rg_tensor_new2(run, T, C);
    RG_TAPE_ADD(run, layer_norm, y, ((norm_saved){x, gamma, beta, eps}), x, gamma, beta);
    if (!y || rg_run_is_dry(run)) return y;
#pragma omp parallel for num_threads(run->threads) if (T * C > RG_PARALLEL_ELEMENTS)
    for (int64_t t = 0; t < T; t++) {
        run->rows->layer_norm(rg_tensor_reals(y) + t * C, rg_tensor_reals(x) + t * C, rg_tensor_reals(gamma),
                              rg_tensor_reals(beta), (rg_real)eps, C);
    }
    return y;
}

rg_tensor *rg_rms_norm(rg_run *run, const rg_tensor *x, const rg_tensor *gamma, double eps) {
    if (!RG_OP_READY(run, x, gamma)) return NULL;
    int64_t T = rg_tensor_rows(x), C = rg_tensor_width(x);
    if (!rg_want_width(run, "rms norm", "gamma", gamma, C)) return NULL;

    rg_tensor *y = rg_tensor_new2(run, T, C);
    RG_TAPE_ADD(run, rms_norm, y, ((norm_saved){x, gamma, NULL, eps}), x, gamma);
    if (!y || rg_run_is_dry(run)) return y;
#pragma omp parallel for num_threads(run->threads) if (T * C > RG_PARALLEL_ELEMENTS)
    for (int64_t t = 0; t < T; t++) {
        run->rows->rms_norm(rg_tensor_reals(y) + t * C, rg_tensor_reals(x) + t * C, rg_tensor_reals(gamma),
                            (rg_real)eps, C);
    }
    return y;
}

/* ------------------------------------------------------------------ backward, for both */

/* What the forward found, found again: cheaper than keeping it would be dear. */
static row_stats measure(const rg_real *x, int64_t C, double eps, bool has_mean) {
    double sum = 0, squares = 0;
    for (int64_t c = 0; has_mean && c < C; c++) sum += (double)x[c];
    const rg_real mean = (rg_real)(sum / (double)C);
    for (int64_t c = 0; c < C; c++) squares += (double)(x[c] - mean) * (double)(x[c] - mean);
    return (row_stats){mean, (rg_real)(1 / sqrt(squares / (double)C + eps))};
}

/* With n = (x - mean) factor and g = dy gamma:  dx = factor (g - mean(g) - n mean(g n)); without a mean, that
 * term is not there. Written over dy. */
static void row_backward(rg_real *dy, const rg_real *x, const rg_real *gamma, row_stats stats, int64_t C,
                         bool has_mean) {
    double g_sum = 0, gn_sum = 0;
    for (int64_t c = 0; c < C; c++) {
        const double g = (double)(dy[c] * gamma[c]);
        g_sum += g;
        gn_sum += g * (double)((x[c] - stats.mean) * stats.factor);
    }
    const rg_real g_mean = has_mean ? (rg_real)(g_sum / (double)C) : 0, gn_mean = (rg_real)(gn_sum / (double)C);
    for (int64_t c = 0; c < C; c++) {
        const rg_real n = (x[c] - stats.mean) * stats.factor;
        dy[c] = stats.factor * (dy[c] * gamma[c] - g_mean - n * gn_mean);
    }
}

/* dgamma += sum over rows of dy n, dbeta += of dy; either may be NULL. */
static void add_parameter_gradients(const rg_run *run, rg_real *dgamma, rg_real *dbeta, const rg_real *dy,
                                    const rg_real *x, const row_stats *stats, int64_t T, int64_t C) {
#pragma omp parallel for num_threads(run->threads) if (T * C > RG_PARALLEL_ELEMENTS)
    for (int64_t first = 0; first < C; first += CHUNK) {
        const int64_t count = C - first < CHUNK ? C - first : CHUNK;
        double gamma_sum[CHUNK] = {0}, beta_sum[CHUNK] = {0};
        for (int64_t t = 0; t < T; t++) {
            const rg_real *dy_row = dy + t * C + first, *x_row = x + t * C + first;
            for (int64_t c = 0; c < count; c++) {
                gamma_sum[c] += (double)dy_row[c] * (double)((x_row[c] - stats[t].mean) * stats[t].factor);
                beta_sum[c] += (double)dy_row[c];
            }
        }
        for (int64_t c = 0; dgamma && c < count; c++) dgamma[first + c] += (rg_real)gamma_sum[c];
        for (int64_t c = 0; dbeta && c < count; c++) dbeta[first + c] += (rg_real)beta_sum[c];
    }
}

static void norm_backward(rg_run *run, rg_tensor *y, const norm_saved *s, bool has_mean) {
    int64_t T = rg_tensor_rows(y), C = rg_tensor_width(y);
    rg_real *dgamma = rg_grad_add(run, s->gamma), *dbeta = rg_grad_add(run, s->beta);
    rg_scope scope = rg_scope_begin(run);
    row_stats *stats = rg_run_scratch(run, (size_t)T * sizeof *stats);
    if (rg_run_computes(run)) {
        const rg_real *x = rg_tensor_reals(s->x);
#pragma omp parallel for num_threads(run->threads) if (T * C > RG_PARALLEL_ELEMENTS)
        for (int64_t t = 0; t < T; t++) stats[t] = measure(x + t * C, C, s->eps, has_mean);
        if (dgamma || dbeta) add_parameter_gradients(run, dgamma, dbeta, y->grad, x, stats, T, C);
#pragma omp parallel for num_threads(run->threads) if (T * C > RG_PARALLEL_ELEMENTS)
        for (int64_t t = 0; t < T; t++)
            row_backward(y->grad + t * C, x + t * C, rg_tensor_reals(s->gamma), stats[t], C, has_mean);
    }
    rg_scope_end(run, scope, NULL);
    rg_grad_pass(run, s->x, y);
}

void rg_layer_norm_backward(rg_run *run, rg_tensor *y, const void *saved) {
    norm_backward(run, y, saved, true);
}

void rg_rms_norm_backward(rg_run *run, rg_tensor *y, const void *saved) {
    norm_backward(run, y, saved, false);
}
