#include "kern/matmul.h"

#include <stdlib.h>

#include "base/checked.h"
#include "kern/dense.h"
#include "kern/scratch.h"

struct rg_matmul {
    rg_isa isa;
    int threads;
    rg_dense *dense;
    rg_scratch scratch;
};

rgpt_status rg_matmul_new(rg_isa isa, int threads, rg_matmul **out, rgpt_error *err) {
    *out = NULL;
    if (threads < 1) return rg_fail(err, RGPT_INVALID, "matrix product: %d threads, at least 1 wanted", threads);
    rg_matmul *ctx = calloc(1, sizeof *ctx);
    if (!ctx) return rg_fail_memory(err, "matrix product", sizeof *ctx);
    ctx->isa = isa;
    ctx->threads = threads;
    rgpt_status status = rg_dense_new(threads, &ctx->dense, err);
    if (status != RGPT_OK) {
        rg_matmul_free(ctx);
        return status;
    }
    *out = ctx;
    return RGPT_OK;
}

void rg_matmul_free(rg_matmul *ctx) {
    if (!ctx) return;
    rg_dense_free(ctx->dense);
    rg_scratch_reset(&ctx->scratch);
    free(ctx);
}

rg_isa rg_matmul_isa(const rg_matmul *ctx) {
    return ctx->isa;
}
int rg_matmul_threads(const rg_matmul *ctx) {
    return ctx->threads;
}

/* ------------------------------------------------------------------ weights, a panel of rows at a time */

/* A panel is decoded by all threads and multiplied while it is still in the cache. */
enum { PANEL_SIZE = 4 << 20 };

/* w[N,K]: rows of `row_size` bytes. */
typedef struct weight {
    const uint8_t *data;
    const rg_dtype_traits *traits;
    rg_dtype type;
    int64_t N, K;
    size_t row_size;
} weight;

static rgpt_status weight_init(weight *w, const void *data, rg_dtype type, int64_t N, int64_t K, rgpt_error *err) {
    const rg_dtype_traits *traits = rg_dtype_get(type);
    *w = (weight){.data = data, .traits = traits, .type = type, .N = N, .K = K};
    if (!traits->to_f32) {
        return rg_fail(err, RGPT_UNSUPPORTED, "matrix product: a weight of type %s, a float type wanted", traits->name);
    }
    if (N < 0 || K < 1 || !rg_dtype_size(type, K, &w->row_size)) {
        return rg_fail(err, RGPT_INVALID,
                       "matrix product: a weight [%lld,%lld] of type %s, rows of whole blocks of %d wanted",
                       (long long)N, (long long)K, traits->name, traits->block_count);
    }
    return RGPT_OK;
}

/* Rows a panel: all of a float32 weight, which needs no decoding. */
static int64_t panel_rows(const weight *w) {
    if (w->type == RG_F32) return w->N;
    const int64_t rows = PANEL_SIZE / ((int64_t)sizeof(float) * w->K);
    const int64_t at_least = rows < 16 ? 16 : rows;
    return at_least < w->N ? at_least : w->N;
}

static bool panel_size(const weight *w, size_t *out) {
    *out = 0;
    if (w->type == RG_F32) return true;
    return rg_mul_size((size_t)panel_rows(w), (size_t)w->K, out) && rg_mul_size(*out, sizeof(float), out);
}

/* Rows [first, first + count) as float32: decoded into `panel`, or where they lie. */
static const float *panel_decode(const weight *w, int64_t first, int64_t count, float *panel, int threads) {
    const uint8_t *from = w->data + (size_t)first * w->row_size;
    if (w->type == RG_F32) return (const float *)(const void *)from;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t i = 0; i < count; i++) {
        w->traits->to_f32(panel + i * w->K, from + (size_t)i * w->row_size, w->K);
    }
    return panel;
}

static rgpt_status check_activations(const char *name, int64_t rows, int64_t width, int64_t ld, rgpt_error *err) {
    if (rows >= 0 && ld >= width) return RGPT_OK;
    return rg_fail(err, RGPT_INVALID, "matrix product: %s is [%lld,%lld] with leading dimension %lld", name,
                   (long long)rows, (long long)width, (long long)ld);
}

/* ------------------------------------------------------------------ activations by weights */

rgpt_status rg_matmul_wt(rg_matmul *ctx, rg_compute mode, const rg_real *x, int64_t ldx, int64_t M, int64_t K,
                         const void *w, rg_dtype wtype, int64_t N, const rg_real *bias, rg_real *y, int64_t ldy,
                         rgpt_error *err) {
    (void)mode;
    weight weights;
    size_t size;
    rgpt_status status = weight_init(&weights, w, wtype, N, K, err);
    if (status == RGPT_OK) status = check_activations("x", M, K, ldx, err);
    if (status == RGPT_OK) status = check_activations("y", M, N, ldy, err);
    if (status != RGPT_OK || M == 0 || N == 0) return status;
    if (!panel_size(&weights, &size)) return rg_fail_memory(err, "matrix product", SIZE_MAX);
    status = rg_scratch_reserve(&ctx->scratch, size, err);

    const int64_t step = panel_rows(&weights);
    for (int64_t first = 0; first < N && status == RGPT_OK; first += step) {
        const int64_t count = N - first < step ? N - first : step;
        const float *panel = panel_decode(&weights, first, count, ctx->scratch.data, ctx->threads);
        const rg_dense_shape shape = {.batch = 1,
                                      .M = M,
                                      .N = count,
                                      .K = K,
                                      .a = {0, ldx, 1},
                                      .b = {0, 1, K},
                                      .y = {0, ldy, 1},
                                      .has_bias = bias != NULL};
        status = rg_dense_multiply(ctx->dense, &shape, x, panel, bias ? bias + first : NULL, y + first, err);
    }
    return status;
}

rgpt_status rg_matmul_wn(rg_matmul *ctx, const rg_real *x, int64_t ldx, int64_t M, int64_t N, const void *w,
                         rg_dtype wtype, int64_t K, rg_real *y, int64_t ldy, bool accumulate, rgpt_error *err) {
    weight weights;
    size_t size;
    rgpt_status status = weight_init(&weights, w, wtype, N, K, err);
    if (status == RGPT_OK) status = check_activations("x", M, N, ldx, err);
    if (status == RGPT_OK) status = check_activations("y", M, K, ldy, err);
    if (status != RGPT_OK || M == 0 || N == 0) return status;
    if (!panel_size(&weights, &size)) return rg_fail_memory(err, "matrix product", SIZE_MAX);
    status = rg_scratch_reserve(&ctx->scratch, size, err);

    const int64_t step = panel_rows(&weights);
    for (int64_t first = 0; first < N && status == RGPT_OK; first += step) {
        const int64_t count = N - first < step ? N - first : step;
        const float *panel = panel_decode(&weights, first, count, ctx->scratch.data, ctx->threads);
        const rg_dense_shape shape = {.batch = 1,
                                      .M = M,
                                      .N = K,
                                      .K = count,
                                      .a = {0, ldx, 1},
                                      .b = {0, K, 1},
                                      .y = {0, ldy, 1},
                                      .accumulate = accumulate || first > 0};
        status = rg_dense_multiply(ctx->dense, &shape, x + first, panel, NULL, y, err);
    }
    return status;
}

size_t rg_matmul_workspace(const rg_matmul *ctx, rg_compute mode, int64_t M, int64_t K, rg_dtype wtype, int64_t N) {
    (void)ctx, (void)mode, (void)M;
    weight w;
    size_t size;
    if (weight_init(&w, NULL, wtype, N, K, NULL) != RGPT_OK || !panel_size(&w, &size)) return SIZE_MAX;
    return size;
}

rgpt_status rg_matmul_reserve(rg_matmul *ctx, size_t size, rgpt_error *err) {
    return rg_scratch_reserve(&ctx->scratch, size, err);
}

/* ------------------------------------------------------------------ activations by activations */

static rgpt_status check_product(const rg_product *p, int64_t width_a, int64_t width_b, rgpt_error *err) {
    if (p->batch >= 0 && p->M >= 0 && p->N >= 0 && p->K >= 1 && p->a.ld >= width_a && p->b.ld >= width_b &&
        p->ldy >= p->N && (p->batch <= 1 || p->step_y != 0)) {
        return RGPT_OK;
    }
    return rg_fail(err, RGPT_INVALID,
                   "matrix product: %lld x [%lld,%lld,%lld] with leading dimensions %lld, %lld, %lld",
                   (long long)p->batch, (long long)p->M, (long long)p->N, (long long)p->K, (long long)p->a.ld,
                   (long long)p->b.ld, (long long)p->ldy);
}

static rgpt_status product(rg_matmul *ctx, const rg_product *p, bool transpose_a, bool transpose_b, rgpt_error *err) {
    rgpt_status status = check_product(p, transpose_a ? p->M : p->K, transpose_b ? p->K : p->N, err);
    if (status != RGPT_OK || p->batch == 0 || p->M == 0 || p->N == 0) return status;
    const rg_dense_shape shape = {.batch = p->batch,
                                  .M = p->M,
                                  .N = p->N,
                                  .K = p->K,
                                  .a = {p->a.step, transpose_a ? 1 : p->a.ld, transpose_a ? p->a.ld : 1},
                                  .b = {p->b.step, transpose_b ? 1 : p->b.ld, transpose_b ? p->b.ld : 1},
                                  .y = {p->step_y, p->ldy, 1},
                                  .accumulate = p->accumulate};
    return rg_dense_multiply(ctx->dense, &shape, p->a.data, p->b.data, NULL, p->y, err);
}

rgpt_status rg_matmul_nn(rg_matmul *ctx, const rg_product *p, rgpt_error *err) {
    return product(ctx, p, false, false, err);
}

rgpt_status rg_matmul_nt(rg_matmul *ctx, const rg_product *p, rgpt_error *err) {
    return product(ctx, p, false, true, err);
}

rgpt_status rg_matmul_tn(rg_matmul *ctx, const rg_product *p, rgpt_error *err) {
    return product(ctx, p, true, false, err);
}
