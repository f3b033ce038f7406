/* Matrix products against a plain double loop: every kind of product, odd sizes, strides, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kern/matmul.h"

/* A small generator of our own, so that a failure repeats anywhere. */
static float draw(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (float)((int64_t)*state >> 40) * 0x1p-23f;
}

static float *draw_matrix(int64_t count, uint64_t seed) {
    float *m = malloc((size_t)count * sizeof *m);
    for (int64_t i = 0; i < count; i++) m[i] = draw(&seed);
    return m;
}

static rg_matmul *open_matmul(int threads) {
    rg_matmul *ctx;
    assert_int_equal(rg_matmul_new(rg_isa_detect(), threads, &ctx, NULL), RGPT_OK);
    return ctx;
}

static void check_close(double found, double wanted, double tolerance) {
    if (!(fabs(found - wanted) <= tolerance)) fail_msg("found %.9g, wanted %.9g", found, wanted);
}

static void linear_is_exact(void **state) {
    (void)state;
    static const int64_t shapes[][3] = {{1, 1, 1}, {1, 7, 33}, {3, 64, 5}, {17, 100, 31}, {100, 48, 300}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        const int64_t M = shapes[s][0], K = shapes[s][1], N = shapes[s][2], ldx = K + 3, ldy = N + 2;
        float *x = draw_matrix(M * ldx, 1), *w = draw_matrix(N * K, 2), *bias = draw_matrix(N, 3);
        float *y = draw_matrix(M * ldy, 4);
        rg_matmul *ctx = open_matmul(2);
        rgpt_error err = {0};
        const float guard = y[N];
        assert_int_equal(rg_matmul_wt(ctx, RG_COMPUTE_EXACT, x, ldx, M, K, w, RG_F32, N, bias, y, ldy, &err), RGPT_OK);
        for (int64_t m = 0; m < M; m++) {
            for (int64_t n = 0; n < N; n++) {
                double sum = bias[n];
                for (int64_t k = 0; k < K; k++) sum += (double)x[m * ldx + k] * w[n * K + k];
                check_close(y[m * ldy + n], sum, 1e-5);
            }
        }
        assert_true(y[N] == guard); /* nothing is written between rows */
        rg_matmul_free(ctx);
        free(x), free(w), free(bias), free(y);
    }
}

/* y = x . w, the way gradients go, twice: the second time added to the first. */
static void backward_accumulates(void **state) {
    (void)state;
    const int64_t M = 5, N = 40, K = 23;
    float *x = draw_matrix(M * N, 1), *w = draw_matrix(N * K, 2), *y = draw_matrix(M * K, 3);
    rg_matmul *ctx = open_matmul(1);
    assert_int_equal(rg_matmul_wn(ctx, x, N, M, N, w, RG_F32, K, y, K, false, NULL), RGPT_OK);
    assert_int_equal(rg_matmul_wn(ctx, x, N, M, N, w, RG_F32, K, y, K, true, NULL), RGPT_OK);
    for (int64_t m = 0; m < M; m++) {
        for (int64_t k = 0; k < K; k++) {
            double sum = 0;
            for (int64_t n = 0; n < N; n++) sum += (double)x[m * N + n] * w[n * K + k];
            check_close(y[m * K + k], 2 * sum, 1e-5);
        }
    }
    rg_matmul_free(ctx);
    free(x), free(w), free(y);
}

typedef rgpt_status multiply(rg_matmul *ctx, const rg_product *p, rgpt_error *err);

static double element(const rg_operand *o, int64_t batch, int64_t i, int64_t j, bool transposed) {
    const float *matrix = o->data + batch * o->step;
    return transposed ? matrix[j * o->ld + i] : matrix[i * o->ld + j];
}

static void check_product(multiply *function, bool transpose_a, bool transpose_b, int64_t batch, int64_t step_b) {
    const int64_t M = 9, N = 14, K = 21, ld = 30;
    float *a = draw_matrix(batch * ld * ld, 5), *b = draw_matrix(batch * ld * ld, 6);
    float *y = draw_matrix(batch * M * ld, 7), *old = draw_matrix(batch * M * ld, 7);
    rg_product p = {.batch = batch,
                    .M = M,
                    .N = N,
                    .K = K,
                    .a = {a, ld, ld * ld},
                    .b = {b, ld, step_b},
                    .y = y,
                    .ldy = ld,
                    .step_y = M * ld,
                    .accumulate = batch > 1};
    rg_matmul *ctx = open_matmul(2);
    assert_int_equal(function(ctx, &p, NULL), RGPT_OK);
    for (int64_t i = 0; i < batch * M * N; i++) {
        const int64_t t = i / (M * N), m = i / N % M, n = i % N, at = t * M * ld + m * ld + n;
        double sum = p.accumulate ? old[at] : 0;
        for (int64_t k = 0; k < K; k++) {
            sum += element(&p.a, t, m, k, transpose_a) * element(&p.b, t, k, n, transpose_b);
        }
        check_close(y[at], sum, 1e-5);
    }
    rg_matmul_free(ctx);
    free(a), free(b), free(y), free(old);
}

static void products_of_activations(void **state) {
    (void)state;
    for (int64_t batch = 1; batch <= 4; batch += 3) {
        for (int64_t step_b = 0; step_b <= 900; step_b += 900) {
            check_product(rg_matmul_nn, false, false, batch, step_b);
            check_product(rg_matmul_nt, false, true, batch, step_b);
            check_product(rg_matmul_tn, true, false, batch, step_b);
        }
    }
}

static void misfits_are_refused(void **state) {
    (void)state;
    rg_matmul *ctx;
    rgpt_error err = {0};
    assert_int_equal(rg_matmul_new(RG_ISA_C, 0, &ctx, &err), RGPT_INVALID);
    assert_null(ctx);
    ctx = open_matmul(1);
    float x[64] = {0}, y[64] = {0};
    uint8_t w[256] = {0};
    rg_error_clear(&err);
    assert_int_equal(rg_matmul_wt(ctx, RG_COMPUTE_EXACT, x, 8, 1, 8, w, RG_I32, 1, NULL, y, 1, NULL), RGPT_UNSUPPORTED);
    assert_int_equal(rg_matmul_wt(ctx, RG_COMPUTE_EXACT, x, 7, 1, 8, w, RG_F32, 1, NULL, y, 1, NULL), RGPT_INVALID);
    assert_int_equal(rg_matmul_wt(ctx, RG_COMPUTE_EXACT, x, 8, 0, 8, w, RG_F32, 1, NULL, y, 1, NULL), RGPT_OK);
    rg_matmul_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_is_exact),
        cmocka_unit_test(backward_accumulates),
        cmocka_unit_test(products_of_activations),
        cmocka_unit_test(misfits_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
