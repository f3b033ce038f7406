/* op.h - the operations that the model is written in, one file each.
 *
 * Each returns a new tensor of the run's arena, or NULL after a failure (run.h). Activations are
 * matrices of rg_real, one row a position: [T, C]. Weights are row-major [outputs, inputs] of any dtype;
 * biases, gains and other vectors are rg_real. Shape letters: T positions, C vision width, D decoder
 * width, H heads, K keys, N outputs, R regions; a grid of h x w cells is [h*w, C], row by row.
 */
#ifndef RG_OP_OP_H
#define RG_OP_OP_H

#include "op/run.h"

/* Gradients: with a tape (tape.h) each has a backward, next to it in its file. Masks and rotary tables are
 * data and get no gradient; every other tensor can. */

/* linear.c: y[T,N] = x[T,K] w[N,K]^T + bias[N]; bias may be NULL. */
rg_tensor *rg_linear(rg_run *run, const rg_tensor *x, const rg_tensor *weight, const rg_tensor *bias);

/* add.c: x + y, same shape; x + bias and x * gain for every row (bias, gain: [C]). */
rg_tensor *rg_add(rg_run *run, const rg_tensor *x, const rg_tensor *y);
rg_tensor *rg_row_scale(rg_run *run, const rg_tensor *x, const rg_tensor *gain);

/* norm.c: over each row; gamma and beta are [C]. */
rg_tensor *rg_layer_norm(rg_run *run, const rg_tensor *x, const rg_tensor *gamma, const rg_tensor *beta, double eps);
rg_tensor *rg_rms_norm(rg_run *run, const rg_tensor *x, const rg_tensor *gamma, double eps);

/* activation.c */
typedef enum rg_activation {
    RG_GELU_ERF,  /* exact */
    RG_GELU_TANH, /* SigLIP */
    RG_GELU_QUICK /* CLIP: x sigmoid(1.702 x) */
} rg_activation;
rg_tensor *rg_activate(rg_run *run, const rg_tensor *x, rg_activation kind);
/* silu(gate) * up, the middle of SwiGLU */
rg_tensor *rg_silu_mul(rg_run *run, const rg_tensor *gate, const rg_tensor *up);

/* rope.c: rotary positions. The table is [T, head_width]: half a row of cosines, half of sines of
 * position[t] * frequency[i]; frequency has head_width / 2 entries. */
rg_tensor *rg_rope_table(rg_run *run, const int32_t *position, int64_t count, const float *frequency,
                         int64_t frequency_count);
/* Rotates each head's neighbouring pairs (GGUF's llama layout). x: [T, heads * head_width]. */
rg_tensor *rg_rope(rg_run *run, const rg_tensor *x, const rg_tensor *table, int heads);

/* attention.c: softmax(q k^T / sqrt(head width)) v. q: [T, heads * W]; k, v: [K, kv_heads * W];
 * heads is a multiple of kv_heads, head h reads kv head h / (heads / kv_heads). */
typedef struct rg_span {
    int32_t begin, end; /* keys begin .. end - 1 */
} rg_span;
/* Which keys each row sees: row t those of span[first[t]] .. span[first[t + 1] - 1], at least one key,
 * ascending and disjoint. Covers whole-image attention, causal prefixes, branches that share a
 * prefix, and trees. */
typedef struct rg_visible {
    const int32_t *first; /* [T + 1] */
    const rg_span *span;
} rg_visible;
/* visible NULL: every row sees every key. */
rg_tensor *rg_attention(rg_run *run, const rg_tensor *q, const rg_tensor *k, const rg_tensor *v, int heads,
                        int kv_heads, const rg_visible *visible);

/* splice.c: row i of the result is row pick[i].row of source[pick[i].source]; sources may have any dtype
 * (a token table) but one width. */
typedef struct rg_pick {
    int32_t source, row;
} rg_pick;
rg_tensor *rg_splice(rg_run *run, const rg_tensor *const *source, int source_count, const rg_pick *pick, int64_t count);
/* a's rows, then b's. */
rg_tensor *rg_concat(rg_run *run, const rg_tensor *a, const rg_tensor *b);

/* patch.c: an image [3, S, S] cut into patches of side `patch`: [(S/patch)^2, 3 * patch^2], channel by
 * channel within a row, as a convolution's weights are stored. */
rg_tensor *rg_patch(rg_run *run, const rg_tensor *pixels, int patch);

/* deconv.c: transposed convolution with kernel 2 and stride 2, so nothing overlaps: each cell becomes
 * 2 x 2 cells by one linear map. x: [h*w, C]; weight: [2, 2, N, C]; bias: [N]; result [2h*2w, N]. */
rg_tensor *rg_deconv(rg_run *run, const rg_tensor *x, int64_t h, int64_t w, const rg_tensor *weight,
                     const rg_tensor *bias);

/* resample.c: a grid to another: bilinear with half-pixel centres, no antialiasing; adaptive average pooling. */
rg_tensor *rg_upsample(rg_run *run, const rg_tensor *x, int64_t h, int64_t w, int64_t to_h, int64_t to_w);
rg_tensor *rg_adaptive_pool(rg_run *run, const rg_tensor *x, int64_t h, int64_t w, int64_t to_h, int64_t to_w);
/* Four neighbours side by side, row-major, zeros past an odd edge: [ceil(h/2)*ceil(w/2), 4C]. */
rg_tensor *rg_merge2x2(rg_run *run, const rg_tensor *x, int64_t h, int64_t w);

/* maskpool.c: soft mask pooling, the heart of it (SPEC section 2): row r of the result is
 * sum_i m[r,i] z[i] / (sum_i m[r,i] + 1e-8). z: [h*w, C]; mask: [R, h*w] coverage in 0..1. */
rg_tensor *rg_mask_pool(rg_run *run, const rg_tensor *z, const rg_tensor *mask);

/* xent.c: cross-entropy: the sum over rows t of -log softmax(logits[t])[target[t]], divided by `divisor`, a
 * tensor of one element. Rows whose target is negative (RG_IGNORE) do not count. A divisor of rg_xent_count
 * gives the mean; where a batch is spread over several passes or machines, it is the count of the whole. */
enum { RG_IGNORE = -100 };
rg_tensor *rg_xent(rg_run *run, const rg_tensor *logits, const int32_t *target, double divisor);
int64_t rg_xent_count(const int32_t *target, int64_t count);

/* unit.c: each row divided by its length. similarity.c: scale * x y^T, [T,K] and [N,K] to [T,N]. Together the
 * cosines, over a temperature, that a contrastive loss puts into rg_xent. */
rg_tensor *rg_unit_rows(rg_run *run, const rg_tensor *x);
rg_tensor *rg_similarity(rg_run *run, const rg_tensor *x, const rg_tensor *y, double scale);

/* recompute.c: segment(run, context, x) as a scope of its own: a layer. With a tape that recomputes, only the
 * result is kept, and the backward pass runs the segment again; so it must give the same every time, and what
 * `context` points to must stay in place. The context itself is copied. */
typedef rg_tensor *rg_segment(rg_run *run, const void *context, const rg_tensor *x);
rg_tensor *rg_recompute(rg_run *run, rg_segment *segment, const void *context, size_t context_size, const rg_tensor *x);

#endif
