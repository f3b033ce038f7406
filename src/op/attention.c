/* attention.c - scaled dot-product attention over spans of keys, for any mix of prefixes and branches.
 *
 * Two regimes, one result. Many rows (vision, prefill): blocks of rows against all keys as matrix
 * products, hidden keys masked before the softmax. Few rows (decoding): each head of each row walks its
 * spans, with no product to set up and nothing to allocate.
 */
#include <math.h>

#include "op/check.h"

enum {
    BLOCK_ROWS = 64, /* scores of a block: heads * 64 * keys */
    FEW_ROWS = 8,    /* below, setting up matrix products costs more than they save */
};

typedef struct attention {
    const rg_tensor *q, *k, *v;
    int64_t rows, keys, heads, kv_heads, width; /* width: of one head */
    rg_real scale;
    const rg_visible *visible;
} attention;

static const rg_span *row_spans(const attention *a, int64_t row, rg_span *all, int *count) {
    if (!a->visible) {
        *all = (rg_span){0, (int32_t)a->keys};
        *count = 1;
        return all;
    }
    *count = a->visible->first[row + 1] - a->visible->first[row];
    return a->visible->span + a->visible->first[row];
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
    if (!a->visible) return a->keys;
    int64_t end = 0;
    for (int64_t row = first; row < first + count; row++) {
        int64_t last = a->visible->span[a->visible->first[row + 1] - 1].end;
        if (last > end) end = last;
    }
    return end;
}

/* Rows first .. first + count - 1. The heads of one kv head are a batch over the same keys. */
static rgpt_status attend_block(rg_run *run, const attention *a, int64_t first, int64_t count, rg_real *scores,
                                rg_real *out) {
    int64_t D = a->heads * a->width, kv_D = a->kv_heads * a->width, group = a->heads / a->kv_heads;
    int64_t keys = block_keys(a, first, count);
    rgpt_status status = RGPT_OK;
    for (int64_t kv = 0; status == RGPT_OK && kv < a->kv_heads; kv++) {
        rg_product qk = {
            .batch = group,
            .M = count,
            .N = keys,
            .K = a->width,
            .a = {rg_tensor_reals(a->q) + first * D + kv * group * a->width, D, a->width},
            .b = {rg_tensor_reals(a->k) + kv * a->width, kv_D, 0},
            .y = scores + kv * group * count * keys,
            .ldy = keys,
            .step_y = count * keys,
        };
        status = rg_matmul_nt(run->matmul, &qk, &run->error);
    }
    if (status != RGPT_OK) return status;
#pragma omp parallel for num_threads(run->threads)
    for (int64_t i = 0; i < a->heads * count; i++) {
        rg_real *score = scores + i * keys;
        run->rows->scale(score, a->scale, score, keys);
        masked_softmax(run, a, first + i % count, score, keys);
    }
    for (int64_t kv = 0; status == RGPT_OK && kv < a->kv_heads; kv++) {
        rg_product pv = {
            .batch = group,
            .M = count,
            .N = a->width,
            .K = keys,
            .a = {scores + kv * group * count * keys, keys, count * keys},
            .b = {rg_tensor_reals(a->v) + kv * a->width, kv_D, 0},
            .y = out + first * D + kv * group * a->width,
            .ldy = D,
            .step_y = a->width,
        };
        status = rg_matmul_nn(run->matmul, &pv, &run->error);
    }
    return status;
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
                   .visible = visible};
    if (!shapes_fit(run, &a)) return NULL;
    a.scale = (rg_real)(1 / sqrt((double)a.width));

    rg_tensor *out = rg_tensor_new2(run, a.rows, heads * a.width);
    rg_scope scope = rg_scope_begin(run);
    int64_t block = a.rows < BLOCK_ROWS ? a.rows : BLOCK_ROWS;
    rg_real *scores = rg_run_scratch(run, (size_t)(a.heads * block * a.keys) * sizeof(rg_real));
    if (scores && a.rows < FEW_ROWS) {
        attend_few(run, &a, scores, rg_tensor_reals(out));
    } else if (scores) {
        for (int64_t first = 0; first < a.rows; first += block) {
            int64_t count = a.rows - first < block ? a.rows - first : block;
            if (attend_block(run, &a, first, count, scores, rg_tensor_reals(out)) != RGPT_OK) break;
        }
    }
    rg_scope_end(run, scope, NULL);
    return rg_run_failed(run) ? NULL : out;
}
