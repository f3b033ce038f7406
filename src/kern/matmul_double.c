/* The matrix products of the double build (tensor/real.h): plain loops, for gradient tests on small
 * shapes. Implements kern/matmul.h except that weights are F64 only. */
#include "kern/matmul.h"

#include <stdlib.h>

struct rg_matmul {
    rg_isa isa;
    int threads;
};

rgpt_status rg_matmul_new(rg_isa isa, int threads, rg_matmul **out, rgpt_error *err) {
    *out = malloc(sizeof **out);
    if (!*out) return rg_fail_memory(err, "matrix product", sizeof **out);
    **out = (rg_matmul){.isa = isa, .threads = threads};
    return RGPT_OK;
}

void rg_matmul_free(rg_matmul *ctx) {
    free(ctx);
}
rg_isa rg_matmul_isa(const rg_matmul *ctx) {
    return ctx->isa;
}
int rg_matmul_threads(const rg_matmul *ctx) {
    return ctx->threads;
}

/* Element (i, j) of a matrix is data[i * down + j * along]. */
typedef struct matrix {
    const rg_real *data;
    int64_t down, along;
} matrix;

static void multiply(int64_t M, int64_t N, int64_t K, matrix a, matrix b, const rg_real *bias, rg_real *y, int64_t ldy,
                     bool accumulate) {
    for (int64_t m = 0; m < M; m++) {
        for (int64_t n = 0; n < N; n++) {
            rg_real sum = bias ? bias[n] : 0;
            for (int64_t k = 0; k < K; k++) {
                sum += a.data[m * a.down + k * a.along] * b.data[k * b.down + n * b.along];
            }
            y[m * ldy + n] = accumulate ? y[m * ldy + n] + sum : sum;
        }
    }
}

static rgpt_status check_weight(rg_dtype type, rgpt_error *err) {
    if (type == RG_F64) return RGPT_OK;
    return rg_fail(err, RGPT_UNSUPPORTED, "matrix product: a weight of type %s, F64 wanted", rg_dtype_get(type)->name);
}

rgpt_status rg_matmul_wt(rg_matmul *ctx, rg_compute mode, const rg_real *x, int64_t ldx, int64_t M, int64_t K,
                         const void *w, rg_dtype wtype, int64_t N, const rg_real *bias, rg_real *y, int64_t ldy,
                         rgpt_error *err) {
    (void)ctx, (void)mode;
    rgpt_status status = check_weight(wtype, err);
    if (status == RGPT_OK) multiply(M, N, K, (matrix){x, ldx, 1}, (matrix){w, 1, K}, bias, y, ldy, false);
    return status;
}

rgpt_status rg_matmul_wn(rg_matmul *ctx, const rg_real *x, int64_t ldx, int64_t M, int64_t N, const void *w,
                         rg_dtype wtype, int64_t K, rg_real *y, int64_t ldy, bool accumulate, rgpt_error *err) {
    (void)ctx;
    rgpt_status status = check_weight(wtype, err);
    if (status == RGPT_OK) multiply(M, K, N, (matrix){x, ldx, 1}, (matrix){w, K, 1}, NULL, y, ldy, accumulate);
    return status;
}

size_t rg_matmul_workspace(const rg_matmul *ctx, rg_compute mode, int64_t M, int64_t K, rg_dtype wtype, int64_t N) {
    (void)ctx, (void)mode, (void)M, (void)K, (void)wtype, (void)N;
    return 0;
}

rgpt_status rg_matmul_reserve(rg_matmul *ctx, size_t size, rgpt_error *err) {
    (void)ctx, (void)size, (void)err;
    return RGPT_OK;
}

static rgpt_status product(const rg_product *p, bool transpose_a, bool transpose_b) {
    for (int64_t i = 0; i < p->batch; i++) {
        const rg_real *a = p->a.data + i * p->a.step, *b = p->b.data + i * p->b.step;
        multiply(p->M, p->N, p->K, transpose_a ? (matrix){a, 1, p->a.ld} : (matrix){a, p->a.ld, 1},
                 transpose_b ? (matrix){b, 1, p->b.ld} : (matrix){b, p->b.ld, 1}, NULL, p->y + i * p->step_y, p->ldy,
                 p->accumulate);
    }
    return RGPT_OK;
}

rgpt_status rg_matmul_nn(rg_matmul *ctx, const rg_product *p, rgpt_error *err) {
    (void)ctx, (void)err;
    return product(p, false, false);
}

rgpt_status rg_matmul_nt(rg_matmul *ctx, const rg_product *p, rgpt_error *err) {
    (void)ctx, (void)err;
    return product(p, false, true);
}

rgpt_status rg_matmul_tn(rg_matmul *ctx, const rg_product *p, rgpt_error *err) {
    (void)ctx, (void)err;
    return product(p, true, false);
}
