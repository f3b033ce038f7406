/* xent.c - next-token cross-entropy: what a language model learns from. */
#include <math.h>
#include <string.h>

#include "op/check.h"
#include "op/tape.h"

enum { CHUNK = 512 };

typedef struct xent_saved {
    const rg_tensor *logits;
    const rg_tensor *log_sum; /* [T]: log(sum(exp(logits))) */
    const int32_t *target;
    double divisor;
} xent_saved;

int64_t rg_xent_count(const int32_t *target, int64_t count) {
    int64_t counted = 0;
    for (int64_t t = 0; t < count; t++) counted += target[t] >= 0;
    return counted;
}

/* log(sum(exp(x))), without copying a row that may be a hundred thousand long. */
static rg_real log_sum_exp(const rg_run *run, const rg_real *x, int64_t count) {
    rg_real max = x[0], work[CHUNK];
    for (int64_t i = 1; i < count; i++) max = x[i] > max ? x[i] : max;
    double sum = 0;
    for (int64_t i = 0; i < count; i += CHUNK) {
        int64_t n = count - i < CHUNK ? count - i : CHUNK;
        for (int64_t j = 0; j < n; j++) work[j] = x[i + j] - max;
        run->rows->exp(work, work, n);
        for (int64_t j = 0; j < n; j++) sum += (double)work[j];
    }
    return max + (rg_real)log(sum);
}

static bool targets_fit(rg_run *run, const int32_t *target, int64_t T, int64_t V, double divisor) {
    for (int64_t t = 0; t < T; t++) {
        if (target[t] >= V) {
            rg_run_fail(run, RGPT_INVALID, "cross-entropy: row %lld wants token %d of %lld", (long long)t, target[t],
                        (long long)V);
            return false;
        }
    }
    if (divisor > 0) return true;
    rg_run_fail(run, RGPT_INVALID, "cross-entropy: a sum over rows divided by %g: no row counts", divisor);
    return false;
}

rg_tensor *rg_xent(rg_run *run, const rg_tensor *logits, const int32_t *target, double divisor) {
    if (!RG_OP_READY(run, logits)) return NULL;
    int64_t T = rg_tensor_rows(logits), V = rg_tensor_width(logits);
    rg_tensor *loss = rg_tensor_new(run, 1, (const int64_t[]){1});
    rg_tensor *log_sum = rg_tensor_new(run, 1, &T);
    RG_TAPE_ADD(run, xent, loss, ((xent_saved){logits, log_sum, target, divisor}), logits);
    if (!log_sum || rg_run_is_dry(run)) return loss;
    if (!targets_fit(run, target, T, V, divisor)) return NULL;

    const rg_real *x = rg_tensor_reals(logits);
#pragma omp parallel for num_threads(run->threads) if (T * V > RG_PARALLEL_ELEMENTS)
    for (int64_t t = 0; t < T; t++) {
        if (target[t] >= 0) rg_tensor_reals(log_sum)[t] = log_sum_exp(run, x + t * V, V);
    }
    double sum = 0;
    for (int64_t t = 0; t < T; t++) {
        if (target[t] >= 0) sum += (double)rg_tensor_reals(log_sum)[t] - (double)x[t * V + target[t]];
    }
    rg_tensor_reals(loss)[0] = (rg_real)(sum / divisor);
    return loss;
}

/* to (+)= factor * softmax(x), the sum of exponentials being known. */
static void add_softmax(const rg_run *run, rg_real *to, rg_real factor, const rg_real *x, rg_real log_sum,
                        int64_t count, bool accumulate) {
    rg_real work[CHUNK];
    for (int64_t i = 0; i < count; i += CHUNK) {
        int64_t n = count - i < CHUNK ? count - i : CHUNK;
        for (int64_t j = 0; j < n; j++) work[j] = x[i + j] - log_sum;
        run->rows->exp(work, work, n);
        if (accumulate) {
            run->rows->axpy(to + i, factor, work, n);
        } else {
            run->rows->scale(to + i, factor, work, n);
        }
    }
}

/* (softmax - one at the target) / divisor; rows that do not count get zeros. */
void rg_xent_backward(rg_run *run, rg_tensor *loss, const void *saved) {
    const xent_saved *s = saved;
    int64_t T = rg_tensor_rows(s->logits), V = rg_tensor_width(s->logits);
    bool accumulate;
    rg_real *dx = rg_grad_put(run, s->logits, &accumulate);
    if (!rg_run_computes(run)) return;
    const rg_real factor = loss->grad[0] / (rg_real)s->divisor;
#pragma omp parallel for num_threads(run->threads) if (T * V > RG_PARALLEL_ELEMENTS)
    for (int64_t t = 0; t < T; t++) {
        if (s->target[t] >= 0) {
            add_softmax(run, dx + t * V, factor, rg_tensor_reals(s->logits) + t * V, rg_tensor_reals(s->log_sum)[t], V,
                        accumulate);
            dx[t * V + s->target[t]] -= factor;
        } else if (!accumulate) {
            memset(dx + t * V, 0, (size_t)V * sizeof *dx);
        }
    }
}
