/* row.h - what is done to one row of activations: norms, softmax, activations, RoPE, simple algebra.
 *
 * One table per instruction set, plain C first; every level is tested against it from the same call
 * site. Outputs may be the input itself (y == x), but must not overlap it otherwise. Any alignment,
 * any count >= 0 (softmax, rms_norm and layer_norm: >= 1). No kernel allocates, fails or threads: the
 * ops split rows over threads.
 *
 * Accuracy, relative to the exact result of finite inputs (AVX levels: polynomials of our own; C: libm):
 * exp within 2.5e-7; softmax, silu_mul, gelu_erf within 1e-6; gelu_tanh and gelu_quick within 1e-6 where
 * x >= 0, and below that, where they are x exp(-e), within 1e-6 + 2.4e-7 e. Results under 1e-37 may be 0.
 */
#ifndef RG_KERN_ROW_H
#define RG_KERN_ROW_H

#include <stdint.h>

#include "kern/cpu.h"
#include "tensor/real.h"

typedef struct rg_row_kernels {
    /* y = exp(x) */
    void (*exp)(rg_real *y, const rg_real *x, int64_t count);
    /* x = exp(x - max) / sum, in place; returns log(sum(exp(x))) of the old row (cross-entropy wants it).
     * Entries of -INFINITY become 0; a row with nothing else becomes all zeros and returns -INFINITY. */
    rg_real (*softmax)(rg_real *x, int64_t count);
    /* y = x / sqrt(mean(x^2) + eps) * gamma; returns 1 / sqrt(mean + eps), which the backward needs */
    rg_real (*rms_norm)(rg_real *y, const rg_real *x, const rg_real *gamma, rg_real eps, int64_t count);
    /* y = (x - mean) / sqrt(var + eps) * gamma + beta, with the biased variance; gamma, beta may be NULL */
    void (*layer_norm)(rg_real *y, const rg_real *x, const rg_real *gamma, const rg_real *beta, rg_real eps,
                       int64_t count);
    void (*gelu_erf)(rg_real *y, const rg_real *x, int64_t count);   /* x * (1 + erf(x / sqrt 2)) / 2 */
    void (*gelu_tanh)(rg_real *y, const rg_real *x, int64_t count);  /* the tanh approximation of it */
    void (*gelu_quick)(rg_real *y, const rg_real *x, int64_t count); /* x * sigmoid(1.702 x), CLIP's */
    /* y = gate * sigmoid(gate) * up, the middle of SwiGLU */
    void (*silu_mul)(rg_real *y, const rg_real *gate, const rg_real *up, int64_t count);

    rg_real (*dot)(const rg_real *x, const rg_real *y, int64_t count);
    /* Many rows of `width`, `ld` apart, against one: y[i] = x . row i (a query and keys), and y += the sum of
     * weight[i] * row i (what it attends to). */
    void (*dot_rows)(rg_real *y, const rg_real *x, const rg_real *rows, int64_t ld, int64_t count, int64_t width);
    void (*sum_rows)(rg_real *y, const rg_real *weight, const rg_real *rows, int64_t ld, int64_t count, int64_t width);
    void (*axpy)(rg_real *y, rg_real a, const rg_real *x, int64_t count);       /* y += a * x */
    void (*scale)(rg_real *y, rg_real a, const rg_real *x, int64_t count);      /* y = a * x */
    void (*add)(rg_real *y, const rg_real *a, const rg_real *b, int64_t count); /* y = a + b */
    /* Rotates the pairs (x[2i], x[2i+1]) by the angles whose cosines and sines are given (GGUF's llama
     * layout). pairs = half the head dimension; in place. */
    void (*rope)(rg_real *x, const rg_real *cosine, const rg_real *sine, int64_t pairs);
} rg_row_kernels;

/* The table for a level, or for the next lower one that this build holds. Never NULL. */
const rg_row_kernels *rg_row_kernels_get(rg_isa isa);

#endif
