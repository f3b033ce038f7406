/* activation.c - the three GELUs and SwiGLU's gate, element by element. */
#include "op/check.h"
#include "op/tape.h"

typedef struct activate_saved {
    const rg_tensor *x;
    rg_activation kind;
} activate_saved;

typedef struct silu_saved {
    const rg_tensor *gate, *up;
} silu_saved;

/* Elements are independent, so rows do not matter; this many at a time keep a thread busy. */
enum { CHUNK = 4096 };

static int64_t chunk_length(int64_t count, int64_t from) {
    return count - from < CHUNK ? count - from : CHUNK;
}

rg_tensor *rg_activate(rg_run *run, const rg_tensor *x, rg_activation kind) {
    if (!RG_OP_READY(run, x)) return NULL;
    rg_tensor *y = rg_tensor_new2(run, rg_tensor_rows(x), rg_tensor_width(x));
    RG_TAPE_ADD(run, activate, y, ((activate_saved){x, kind}), x);
    if (!y || rg_run_is_dry(run)) return y;

    void (*apply)(rg_real *, const rg_real *, int64_t) = kind == RG_GELU_ERF    ? run->rows->gelu_erf
                                                         : kind == RG_GELU_TANH ? run->rows->gelu_tanh
                                                                                : run->rows->gelu_quick;
    int64_t count = rg_tensor_count(x);
#pragma omp parallel for num_threads(run->threads) if (count > RG_PARALLEL_ELEMENTS)
    for (int64_t i = 0; i < count; i += CHUNK) {
        apply(rg_tensor_reals(y) + i, rg_tensor_reals(x) + i, chunk_length(count, i));
    }
    return y;
}

rg_tensor *rg_silu_mul(rg_run *run, const rg_tensor *gate, const rg_tensor *up) {
    if (!RG_OP_READY(run, gate, up)) return NULL;
    int64_t T = rg_tensor_rows(gate), C = rg_tensor_width(gate);
    if (!rg_want_width(run, "silu", "up", up, C) || !rg_want_rows(run, "silu", "up", up, T)) return NULL;

    rg_tensor *y = rg_tensor_new2(run, T, C);
    RG_TAPE_ADD(run, silu_mul, y, ((silu_saved){gate, up}), gate, up);
    if (!y || rg_run_is_dry(run)) return y;
    int64_t count = T * C;
#pragma omp parallel for num_threads(run->threads) if (count > RG_PARALLEL_ELEMENTS)
    for (int64_t i = 0; i < count; i += CHUNK) {
        run->rows->silu_mul(rg_tensor_reals(y) + i, rg_tensor_reals(gate) + i, rg_tensor_reals(up) + i,
                            chunk_length(count, i));
    }
    return y;
}

/* ------------------------------------------------------------------ backward */

/* to = 1 / (1 + exp(-a x)) */
static void sigmoid(const rg_run *run, rg_real *to, rg_real a, const rg_real *x, int64_t count) {
    run->rows->scale(to, -a, x, count);
    run->rows->exp(to, to, count);
    for (int64_t i = 0; i < count; i++) to[i] = 1 / (1 + to[i]);
}

/* x P(x), P the normal distribution's area: P + x P'. P itself is y / x. `work` has room for `count`. */
static void gelu_erf_backward(const rg_run *run, rg_real *dy, const rg_real *x, const rg_real *y, int64_t count,
                              rg_real *work) {
    const rg_real inverse_sqrt_2pi = (rg_real)0.39894228040143267794;
    for (int64_t i = 0; i < count; i++) work[i] = (rg_real)-0.5 * x[i] * x[i];
    run->rows->exp(work, work, count);
    for (int64_t i = 0; i < count; i++) {
        const rg_real area = x[i] == 0 ? (rg_real)0.5 : y[i] / x[i];
        dy[i] *= area + x[i] * work[i] * inverse_sqrt_2pi;
    }
}

/* x s(u(x)), s the sigmoid: s + x s (1 - s) u'. Here u = 2 sqrt(2 / pi) (x + 0.044715 x^3). */
static void gelu_tanh_backward(const rg_run *run, rg_real *dy, const rg_real *x, int64_t count, rg_real *work) {
    const rg_real linear = (rg_real)1.59576912160573071176, cubic = linear * (rg_real)0.044715;
    for (int64_t i = 0; i < count; i++) work[i] = (linear + cubic * x[i] * x[i]) * x[i];
    sigmoid(run, work, 1, work, count);
    for (int64_t i = 0; i < count; i++) {
        const rg_real slope = linear + 3 * cubic * x[i] * x[i];
        dy[i] *= work[i] * (1 + x[i] * (1 - work[i]) * slope);
    }
}

static void gelu_quick_backward(const rg_run *run, rg_real *dy, const rg_real *x, int64_t count, rg_real *work) {
    const rg_real slope = (rg_real)1.702;
    sigmoid(run, work, slope, x, count);
    for (int64_t i = 0; i < count; i++) dy[i] *= work[i] * (1 + x[i] * (1 - work[i]) * slope);
}

void rg_activate_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const activate_saved *s = saved;
    if (rg_run_computes(run)) {
        int64_t count = rg_tensor_count(y);
#pragma omp parallel for num_threads(run->threads) if (count > RG_PARALLEL_ELEMENTS)
        for (int64_t i = 0; i < count; i += CHUNK) {
            rg_real work[CHUNK], *dy = y->grad + i;
            const rg_real *x = rg_tensor_reals(s->x) + i;
            int64_t n = chunk_length(count, i);
            if (s->kind == RG_GELU_ERF) gelu_erf_backward(run, dy, x, rg_tensor_reals(y) + i, n, work);
            if (s->kind == RG_GELU_TANH) gelu_tanh_backward(run, dy, x, n, work);
            if (s->kind == RG_GELU_QUICK) gelu_quick_backward(run, dy, x, n, work);
        }
    }
    rg_grad_pass(run, s->x, y);
}

/* y = g s(g) u: dg = dy u s (1 + g (1 - s)), du = dy g s, written over dy. dgate may be NULL. */
static void silu_mul_backward(const rg_run *run, rg_real *dgate, rg_real *dy, const rg_real *gate, const rg_real *up,
                              int64_t count) {
    rg_real s[CHUNK];
    sigmoid(run, s, 1, gate, count);
    for (int64_t i = 0; dgate && i < count; i++) dgate[i] += dy[i] * up[i] * s[i] * (1 + gate[i] * (1 - s[i]));
    for (int64_t i = 0; i < count; i++) dy[i] *= gate[i] * s[i];
}

void rg_silu_mul_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const silu_saved *s = saved;
    rg_real *dgate = rg_grad_add(run, s->gate);
    if (rg_run_computes(run)) {
        int64_t count = rg_tensor_count(y);
#pragma omp parallel for num_threads(run->threads) if (count > RG_PARALLEL_ELEMENTS)
        for (int64_t i = 0; i < count; i += CHUNK) {
            silu_mul_backward(run, dgate ? dgate + i : NULL, y->grad + i, rg_tensor_reals(s->gate) + i,
                              rg_tensor_reals(s->up) + i, chunk_length(count, i));
        }
    }
    rg_grad_pass(run, s->up, y);
}
