#include "kern/matmul.h"

#include <stdlib.h>

#include "kern/linear.h"
#include "kern/scratch.h"

struct rg_matmul {
    rg_isa isa;
    int threads;
    bool has_bf16;
    const rg_dot_kernels *kernels;
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
    ctx->has_bf16 = isa == RG_ISA_AVX512 && rg_cpu_has_bf16();
    ctx->kernels = rg_dot_kernels_get(isa);
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

/* ------------------------------------------------------------------ activations by weights */

/* Where the ways cross, in rows of activations, as measured with bench_kern. */
enum {
    DOTS_M_PLAIN = 4,    /* dots up to here where plain C would make them, */
    DOTS_M_PANELS = 4,   /* where low-bit panels are the alternative, */
    DOTS_M_F32 = 12,     /* where oneDNN takes the weights as they are, */
    DOTS_M_DECODED = 31, /* and where it would have them decoded first */
};

typedef enum linear_way { DOTS, PANELS, DENSE } linear_way;

static int64_t dots_limit(const rg_matmul *ctx, const rg_linear *l) {
    if (l->is_reduced && rg_linear_has_panels(l)) return DOTS_M_PANELS;
    if (ctx->isa == RG_ISA_C) return DOTS_M_PLAIN;
    return l->type == RG_F32 ? DOTS_M_F32 : DOTS_M_DECODED;
}

/* Decides the way, and whether its arithmetic is a reduced one. */
static linear_way choose_way(const rg_matmul *ctx, rg_compute mode, rg_linear *l) {
    l->is_reduced = mode == RG_COMPUTE_FAST && rg_linear_is_low_bit(l);
    if (l->M <= dots_limit(ctx, l)) return DOTS;
    if (l->is_reduced && rg_linear_has_panels(l)) return PANELS;
    l->is_reduced = mode == RG_COMPUTE_FAST && ctx->has_bf16;
    return DENSE;
}

static bool way_scratch(linear_way way, const rg_linear *l, size_t *size) {
    if (way == DOTS) return rg_linear_dots_scratch(l, size);
    return way == PANELS ? rg_linear_panels_scratch(l, size) : rg_linear_dense_scratch(l, size);
}

static rgpt_status reserve_way(rg_matmul *ctx, linear_way way, const rg_linear *l, rgpt_error *err) {
    size_t size;
    if (!way_scratch(way, l, &size)) return rg_fail_memory(err, "matrix product", SIZE_MAX);
    return rg_scratch_reserve(&ctx->scratch, size, err);
}

static rg_linear linear_of(const rg_matmul *ctx, int64_t M, int64_t K, int64_t N, const void *w, rg_dtype type) {
    return (rg_linear){.M = M, .K = K, .N = N, .w = w, .type = type, .kernels = ctx->kernels, .threads = ctx->threads};
}

/* Checks what can be wrong with any linear layer; x is [M, width_x], y is [M, width_y]. */
static rgpt_status check_linear(rg_linear *l, int64_t width_x, int64_t width_y, rgpt_error *err) {
    const rg_dtype_traits *traits = rg_dtype_get(l->type);
    if (!traits->to_f32) {
        return rg_fail(err, RGPT_UNSUPPORTED, "matrix product: a weight of type %s, a float type wanted", traits->name);
    }
    if (l->N < 0 || l->K < 1 || !rg_dtype_size(l->type, l->K, &l->row_size)) {
        return rg_fail(err, RGPT_INVALID,
                       "matrix product: a weight [%lld,%lld] of type %s, rows of whole blocks of %d wanted",
                       (long long)l->N, (long long)l->K, traits->name, traits->block_count);
    }
    if (l->M < 0 || l->ldx < width_x || l->ldy < width_y) {
        return rg_fail(err, RGPT_INVALID,
                       "matrix product: [%lld,%lld] to [%lld,%lld] with leading dimensions %lld and %lld",
                       (long long)l->M, (long long)width_x, (long long)l->M, (long long)width_y, (long long)l->ldx,
                       (long long)l->ldy);
    }
    return RGPT_OK;
}

rgpt_status rg_matmul_wt(rg_matmul *ctx, rg_compute mode, const rg_real *x, int64_t ldx, int64_t M, int64_t K,
                         const void *w, rg_dtype wtype, int64_t N, const rg_real *bias, rg_real *y, int64_t ldy,
                         rgpt_error *err) {
    rg_linear l = linear_of(ctx, M, K, N, w, wtype);
    l.x = x, l.ldx = ldx, l.bias = bias, l.y = y, l.ldy = ldy;
    rgpt_status status = check_linear(&l, K, N, err);
    if (status != RGPT_OK || M == 0 || N == 0) return status;
    const linear_way way = choose_way(ctx, mode, &l);
    status = reserve_way(ctx, way, &l, err);
    if (status != RGPT_OK) return status;
    if (way == DENSE) return rg_linear_dense(&l, ctx->dense, ctx->scratch.data, err);
    if (way == DOTS) rg_linear_dots(&l, ctx->scratch.data);
    if (way == PANELS) rg_linear_panels(&l, ctx->scratch.data);
    return RGPT_OK;
}

rgpt_status rg_matmul_wn(rg_matmul *ctx, const rg_real *x, int64_t ldx, int64_t M, int64_t N, const void *w,
                         rg_dtype wtype, int64_t K, rg_real *y, int64_t ldy, bool accumulate, rgpt_error *err) {
    rg_linear l = linear_of(ctx, M, K, N, w, wtype);
    l.x = x, l.ldx = ldx, l.y = y, l.ldy = ldy;
    rgpt_status status = check_linear(&l, N, K, err);
    if (status != RGPT_OK || M == 0 || N == 0) return status;
    status = reserve_way(ctx, DENSE, &l, err);
    return status == RGPT_OK ? rg_linear_dense_back(&l, accumulate, ctx->dense, ctx->scratch.data, err) : status;
}

size_t rg_matmul_workspace(const rg_matmul *ctx, rg_compute mode, int64_t M, int64_t K, rg_dtype wtype, int64_t N) {
    rg_linear l = linear_of(ctx, M, K, N, NULL, wtype);
    l.ldx = K, l.ldy = N;
    size_t size;
    if (check_linear(&l, K, N, NULL) != RGPT_OK) return SIZE_MAX;
    return way_scratch(choose_way(ctx, mode, &l), &l, &size) ? size : SIZE_MAX;
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
