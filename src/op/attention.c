/* attention.c - scaled dot-product attention over spans of keys, for any mix of prefixes and branches.
 *
 * Two regimes, one result. Many rows (vision, prefill): blocks of rows against all keys as matrix
 * products, hidden keys masked before the softmax. Few rows (decoding): each head of each row walks its
 * spans, with no product to set up and nothing to allocate. The backward pass has the first regime only.
 */
#include <math.h>

#include "op/check.h"
#include "op/tape.h"

enum {
    BLOCK_ROWS = 64, /* scores of a block: heads * 64 * keys */
    FEW_ROWS = 8,    /* below, setting up matrix products costs more than they save */
};

typedef struct attention {
    const rg_tensor *q, *k, *v;
    int64_t rows, keys, heads, kv_heads, width; /* width: of one head */
    rg_real scale;
    rg_visible visible; /* first NULL: every row sees every key */
} attention;

static const rg_span *row_spans(const attention *a, int64_t row, rg_span *all, int *count) {
    if (!a->visible.first) {
        *all = (rg_span){0, (int32_t)a->keys};
        *count = 1;
        return all;
    }
    *count = a->visible.first[row + 1] - a->visible.first[row];
    return a->visible.span + a->visible.first[row];
}

/* ------------------------------------------------------------------ few rows */

/* One head of one row. Scores are packed span after span. */
static void attend_head(const rg_run *run, const attention *a, int64_t row, int64_t head, rg_real *score,
                        rg_real *out) {
    int64_t D = a->heads * a->width, kv_D = a->kv_heads * a->width;
    int64_t kv_offset = head / (a->heads / a->kv_heads) * a->width;
    const rg_real *q = rg_tensor_reals(a->q) + row * D + head * a->width;
    const rg_real *k = rg_tensor_reals(a->k) + kv_offset, *v = rg_tensor_reals(a->v) + kv_offset;

    rg_span all;
    int span_count;
    const rg_span *span = row_spans(a, row, &all, &span_count);
    int64_t n = 0;
    for (int s = 0; s < span_count; s++) {
        int64_t count = span[s].end - span[s].begin;
        run->rows->dot_rows(score + n, q, k + span[s].begin * kv_D, kv_D, count, a->width);
        n += count;
    }
    run->rows->scale(score, a->scale, score, n);
    run->rows->softmax(score, n);
    for (int64_t i = 0; i < a->width; i++) out[i] = 0;
    n = 0;
    for (int s = 0; s < span_count; s++) {
        int64_t count = span[s].end - span[s].begin;
        run->rows->sum_rows(out, score + n, v + span[s].begin * kv_D, kv_D, count, a->width);
        n += count;
    }
}

static void attend_few(rg_run *run, const attention *a, rg_real *scores, rg_real *out) {
    int64_t items = a->rows * a->heads;
#pragma omp parallel for num_threads(run->threads) if (items * a->keys * a->width > 4 * RG_PARALLEL_ELEMENTS)
    for (int64_t i = 0; i < items; i++) {
        attend_head(run, a, i / a->heads, i % a->heads, scores + i * a->keys, out + i * a->width);
    }
}

/* ------------------------------------------------------------------ many rows */

/* Softmax of one row of scores with -inf where it may not look. `keys` is how many columns there are. */
static void masked_softmax(const rg_run *run, const attention *a, int64_t row, rg_real *score, int64_t keys) {
    rg_span all;
    int span_count;
    const rg_span *span = row_spans(a, row, &all, &span_count);
    int64_t key = 0;
    for (int s = 0; s < span_count; s++) {
        for (; key < span[s].begin; key++) score[key] = -INFINITY;
        key = span[s].end;
    }
    for (; key < keys; key++) score[key] = -INFINITY;
    run->rows->softmax(score, keys);
}

/* The keys that any row of the block sees lie below this. */
static int64_t block_keys(const attention *a, int64_t first, int64_t count) {
    if (!a->visible.first) return a->keys;
    int64_t end = 0;
    for (int64_t row = first; row < first + count; row++) {
        int64_t last = a->visible.span[a->visible.first[row + 1] - 1].end;
        if (last > end) end = last;
    }
    return end;
}

/* A block of rows, from `first` on, and the keys that they need. Scores are [heads, count, keys]. */
typedef struct block {
    int64_t first, count, keys;
} block;

static block block_at(const attention *a, int64_t first) {
    int64_t count = a->rows - first < BLOCK_ROWS ? a->rows - first : BLOCK_ROWS;
    return (block){first, count, block_keys(a, first, count)};
}

/* The block's rows of q (or of what has its shape), for the heads that read kv head `kv`. */
static rg_operand block_rows(const attention *a, const block *b, const rg_real *q, int64_t kv) {
    int64_t D = a->heads * a->width, group = a->heads / a->kv_heads;
    return (rg_operand){q + b->first * D + kv * group * a->width, D, a->width};
}

static rg_operand kv_rows(const attention *a, const rg_real *k, int64_t kv) {
    return (rg_operand){k + kv * a->width, a->kv_heads * a->width, 0};
}

static rg_operand block_scores(const attention *a, const block *b, const rg_real *scores, int64_t kv) {
    int64_t group = a->heads / a->kv_heads;
    return (rg_operand){scores + kv * group * b->count * b->keys, b->keys, b->count * b->keys};
}

/* scores = rows . k^T: q by keys, or, backward, dy by values. The heads of a kv head are a batch over it. */
static void rows_by_keys(rg_run *run, const attention *a, const block *b, const rg_real *rows, const rg_real *k,
                         rg_real *scores) {
    for (int64_t kv = 0; kv < a->kv_heads; kv++) {
        rg_operand y = block_scores(a, b, scores, kv);
        rg_product product = {
            .batch = a->heads / a->kv_heads,
            .M = b->count,
            .N = b->keys,
            .K = a->width,
            .a = block_rows(a, b, rows, kv),
            .b = kv_rows(a, k, kv),
            .y = (rg_real *)y.data,
            .ldy = y.ld,
            .step_y = y.step,
        };
        if (rg_matmul_nt(run->matmul, &product, &run->error) != RGPT_OK) return;
    }
}

/* rows (+)= scores . v: weights by values, or, backward, dscores by keys. */
static void scores_by_values(rg_run *run, const attention *a, const block *b, const rg_real *scores, const rg_real *v,
                             rg_real *rows, bool accumulate) {
    for (int64_t kv = 0; kv < a->kv_heads; kv++) {
        rg_operand y = block_rows(a, b, rows, kv);
        rg_product product = {
            .batch = a->heads / a->kv_heads,
            .M = b->count,
            .N = a->width,
            .K = b->keys,
            .a = block_scores(a, b, scores, kv),
            .b = kv_rows(a, v, kv),
            .y = (rg_real *)y.data,
            .ldy = y.ld,
            .step_y = y.step,
            .accumulate = accumulate,
        };
        if (rg_matmul_nn(run->matmul, &product, &run->error) != RGPT_OK) return;
    }
}

/* softmax(q k^T / sqrt(width)), masked */
static void block_weights(rg_run *run, const attention *a, const block *b, rg_real *scores) {
    rows_by_keys(run, a, b, rg_tensor_reals(a->q), rg_tensor_reals(a->k), scores);
    if (rg_run_failed(run)) return;
#pragma omp parallel for num_threads(run->threads)
    for (int64_t i = 0; i < a->heads * b->count; i++) {
        rg_real *score = scores + i * b->keys;
        run->rows->scale(score, a->scale, score, b->keys);
        masked_softmax(run, a, b->first + i % b->count, score, b->keys);
    }
}

static void attend_block(rg_run *run, const attention *a, const block *b, rg_real *scores, rg_real *out) {
    block_weights(run, a, b, scores);
    if (!rg_run_failed(run)) scores_by_values(run, a, b, scores, rg_tensor_reals(a->v), out, false);
}

/* ------------------------------------------------------------------ the op */

static bool shapes_fit(rg_run *run, const attention *a) {
    if (a->heads < 1 || a->kv_heads < 1 || a->heads % a->kv_heads != 0 || rg_tensor_width(a->q) % a->heads != 0) {
        rg_run_fail(run, RGPT_INVALID, "attention: %lld heads over %lld kv heads do not divide rows of %lld",
                    (long long)a->heads, (long long)a->kv_heads, (long long)rg_tensor_width(a->q));
        return false;
    }
    return rg_want_width(run, "attention", "k", a->k, a->kv_heads * a->width) &&
           rg_want_width(run, "attention", "v", a->v, a->kv_heads * a->width) &&
           rg_want_rows(run, "attention", "v", a->v, a->keys);
}

/* Bytes that the scores of a block take at most. */
static size_t scores_size(const attention *a) {
    int64_t rows = a->rows < BLOCK_ROWS ? a->rows : BLOCK_ROWS;
    return (size_t)(a->heads * rows * a->keys) * sizeof(rg_real);
}

rg_tensor *rg_attention(rg_run *run, const rg_tensor *q, const rg_tensor *k, const rg_tensor *v, int heads,
                        int kv_heads, const rg_visible *visible) {
    if (!RG_OP_READY(run, q, k, v)) return NULL;
    attention a = {.q = q,
                   .k = k,
                   .v = v,
                   .rows = rg_tensor_rows(q),
                   .keys = rg_tensor_rows(k),
                   .heads = heads,
                   .kv_heads = kv_heads,
                   .width = heads > 0 ? rg_tensor_width(q) / heads : 0,
                   .visible = visible ? *visible : (rg_visible){NULL, NULL}};
    if (!shapes_fit(run, &a)) return NULL;
    a.scale = (rg_real)(1 / sqrt((double)a.width));

    rg_tensor *out = rg_tensor_new2(run, a.rows, heads * a.width);
    RG_TAPE_ADD(run, attention, out, a, q, k, v);
    rg_scope scope = rg_scope_begin(run);
    rg_real *scores = rg_run_scratch(run, scores_size(&a));
    if (scores && a.rows < FEW_ROWS) {
        attend_few(run, &a, scores, rg_tensor_reals(out));
    } else if (scores) {
        for (int64_t first = 0; first < a.rows && !rg_run_failed(run); first += BLOCK_ROWS) {
            block b = block_at(&a, first);
            attend_block(run, &a, &b, scores, rg_tensor_reals(out));
        }
    }
    rg_scope_end(run, scope, NULL);
    return rg_run_failed(run) ? NULL : out;
}

/* ------------------------------------------------------------------ backward */

/* ds = p (dp - sum(p dp)) scale, in dp's place, for every row of the block; p is 0 where a row may not look. */
static void softmax_backward(const rg_run *run, const attention *a, const block *b, const rg_real *p, rg_real *dp) {
#pragma omp parallel for num_threads(run->threads)
    for (int64_t i = 0; i < a->heads * b->count; i++) {
        const rg_real *weight = p + i * b->keys;
        rg_real *d = dp + i * b->keys;
        const rg_real mean = run->rows->dot(weight, d, b->keys);
        for (int64_t key = 0; key < b->keys; key++) d[key] = weight[key] * (d[key] - mean) * a->scale;
    }
}

/* dk += scores^T . rows: head after head, for several add to the same kv head. */
static void add_key_gradients(rg_run *run, const attention *a, const block *b, const rg_real *scores,
                              const rg_real *rows, rg_real *dk) {
    int64_t D = a->heads * a->width, kv_D = a->kv_heads * a->width;
    for (int64_t head = 0; head < a->heads && !rg_run_failed(run); head++) {
        rg_product product = {
            .batch = 1,
            .M = b->keys,
            .N = a->width,
            .K = b->count,
            .a = {scores + head * b->count * b->keys, b->keys, 0},
            .b = {rows + b->first * D + head * a->width, D, 0},
            .y = dk + head / (a->heads / a->kv_heads) * a->width,
            .ldy = kv_D,
            .accumulate = true,
        };
        rg_matmul_tn(run->matmul, &product, &run->error);
    }
}

/* With weights p and out = p v:  dv = p^T dout, dp = dout v^T, dq = ds k, dk = ds^T q. The weights are computed
 * again, block by block, rather than kept: they would be heads * rows * keys numbers a layer. */
void rg_attention_backward(rg_run *run, rg_tensor *out, const void *saved) {
    const attention *a = saved;
    rg_real *dq = rg_grad_add(run, a->q), *dk = rg_grad_add(run, a->k), *dv = rg_grad_add(run, a->v);
    rg_scope scope = rg_scope_begin(run);
    rg_real *p = rg_run_scratch(run, scores_size(a)), *dp = rg_run_scratch(run, scores_size(a));
    for (int64_t first = 0; rg_run_computes(run) && first < a->rows; first += BLOCK_ROWS) {
        block b = block_at(a, first);
        block_weights(run, a, &b, p);
        if (dv) add_key_gradients(run, a, &b, p, out->grad, dv);
        rows_by_keys(run, a, &b, out->grad, rg_tensor_reals(a->v), dp);
        if (rg_run_failed(run)) break;
        softmax_backward(run, a, &b, p, dp);
        if (dq) scores_by_values(run, a, &b, dp, rg_tensor_reals(a->k), dq, true);
        if (dk) add_key_gradients(run, a, &b, dp, rg_tensor_reals(a->q), dk);
    }
    rg_scope_end(run, scope, NULL);
}
