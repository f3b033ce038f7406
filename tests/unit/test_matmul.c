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

/* What a linear layer should give, from decoded weights, and the size of the numbers in it (root mean square). */
static double *reference(const float *x, int64_t M, int64_t K, const float *w, int64_t N, const float *bias,
                         double *rms) {
    double *y = malloc((size_t)(M * N) * sizeof *y), squares = 0;
    for (int64_t m = 0; m < M; m++) {
        for (int64_t n = 0; n < N; n++) {
            double sum = bias ? bias[n] : 0;
            for (int64_t k = 0; k < K; k++) sum += (double)x[m * K + k] * w[n * K + k];
            y[m * N + n] = sum;
            squares += sum * sum;
        }
    }
    *rms = sqrt(squares / (double)(M * N));
    return y;
}

static void check_linear(rg_isa isa, rg_compute mode, rg_dtype type, int64_t M, int64_t K, int64_t N) {
    const rg_dtype_traits *traits = rg_dtype_get(type);
    size_t size;
    assert_true(rg_dtype_size(type, N * K, &size));
    float *x = draw_matrix(M * K, 1), *w = draw_matrix(N * K, 2), *bias = draw_matrix(N, 3), *y = draw_matrix(M * N, 4);
    uint8_t *bytes = malloc(size);
    uint64_t seed = 5;
    if (traits->from_f32) {
        traits->from_f32(bytes, w, N * K);
    } else {
        /* Any bytes are a K block; without these two bits their float16 scales are small and finite. */
        for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(int)(512 * draw(&seed)) & 0x2F;
    }
    traits->to_f32(w, bytes, N * K);
    rg_matmul *ctx;
    rgpt_error err = {0};
    assert_int_equal(rg_matmul_new(isa, 2, &ctx, &err), RGPT_OK);
    const size_t workspace = rg_matmul_workspace(ctx, mode, M, K, type, N);
    assert_true(workspace < SIZE_MAX);
    assert_int_equal(rg_matmul_reserve(ctx, workspace, &err), RGPT_OK);
    assert_int_equal(rg_matmul_wt(ctx, mode, x, K, M, K, bytes, type, N, bias, y, N, &err), RGPT_OK);

    double rms, errors = 0;
    double *wanted = reference(x, M, K, w, N, bias, &rms);
    for (int64_t i = 0; i < M * N; i++) {
        errors += (y[i] - wanted[i]) * (y[i] - wanted[i]);
        if (mode == RG_COMPUTE_EXACT) check_close(y[i], wanted[i], 1e-5 * rms);
    }
    const double error = sqrt(errors / (double)(M * N));
    if (!(error <= 0.007 * rms)) {
        fail_msg("%s, %s, mode %d, M %d: error %g of %g", rg_isa_name(isa), traits->name, (int)mode, (int)M, error,
                 rms);
    }
    rg_matmul_free(ctx);
    free(x), free(w), free(bias), free(y), free(bytes), free(wanted);
}

/* Every type, mode, instruction set, and every way there is to multiply: few rows, some, many. */
static void every_type_multiplies(void **state) {
    (void)state;
    static const int64_t rows[] = {1, 3, 7, 20, 67};
    for (int type = 0; type < RG_DTYPE_COUNT; type++) {
        const rg_dtype_traits *traits = rg_dtype_get((rg_dtype)type);
        if (!traits->to_f32) continue;
        const int64_t K = traits->block_count == 1 ? 75 : traits->block_count == 32 ? 160 : 512;
        for (int isa = 0; isa <= (int)rg_isa_detect(); isa++) {
            for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                check_linear((rg_isa)isa, RG_COMPUTE_EXACT, (rg_dtype)type, rows[i], K, 43);
                check_linear((rg_isa)isa, RG_COMPUTE_FAST, (rg_dtype)type, rows[i], K, 43);
            }
        }
    }
}

/* y = x . w, the way gradients go, twice: the second time added to the first. */
static void backward_accumulates(void **state) {
    (void)state;
    const int64_t M = 5, N = 40, K = 64;
    float *x = draw_matrix(M * N, 1), *w = draw_matrix(N * K, 2), *y = draw_matrix(M * K, 3);
    uint8_t *bytes = malloc((size_t)(N * K * 2));
    rg_dtype_get(RG_Q8_0)->from_f32(bytes, w, N * K);
    rg_dtype_get(RG_Q8_0)->to_f32(w, bytes, N * K);
    rg_matmul *ctx = open_matmul(1);
    assert_int_equal(rg_matmul_wn(ctx, x, N, M, N, w, RG_F32, K, y, K, false, NULL), RGPT_OK);
    assert_int_equal(rg_matmul_wn(ctx, x, N, M, N, bytes, RG_Q8_0, K, y, K, true, NULL), RGPT_OK);
    for (int64_t m = 0; m < M; m++) {
        for (int64_t k = 0; k < K; k++) {
            double sum = 0;
            for (int64_t n = 0; n < N; n++) sum += (double)x[m * N + n] * w[n * K + k];
            check_close(y[m * K + k], 2 * sum, 1e-5);
        }
    }
    rg_matmul_free(ctx);
    free(x), free(w), free(y), free(bytes);
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
    assert_int_equal(rg_matmul_wt(ctx, RG_COMPUTE_EXACT, x, 48, 1, 48, w, RG_Q8_0, 1, NULL, y, 1, &err), RGPT_INVALID);
    assert_string_equal(err.message, "matrix product: a weight [1,48] of type Q8_0, rows of whole blocks of 32 wanted");
    assert_true(rg_matmul_workspace(ctx, RG_COMPUTE_EXACT, 1, 48, RG_Q8_0, 1) == SIZE_MAX);
    assert_true(rg_matmul_workspace(ctx, RG_COMPUTE_FAST, INT64_MAX / 2, 1 << 20, RG_Q8_0, 1) == SIZE_MAX);
    assert_int_equal(rg_matmul_wt(ctx, RG_COMPUTE_EXACT, x, 8, 1, 8, w, RG_I32, 1, NULL, y, 1, NULL), RGPT_UNSUPPORTED);
    assert_int_equal(rg_matmul_wt(ctx, RG_COMPUTE_EXACT, x, 7, 1, 8, w, RG_F32, 1, NULL, y, 1, NULL), RGPT_INVALID);
    assert_int_equal(rg_matmul_wt(ctx, RG_COMPUTE_EXACT, x, 8, 0, 8, w, RG_F32, 1, NULL, y, 1, NULL), RGPT_OK);
    rg_matmul_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_is_exact),      cmocka_unit_test(every_type_multiplies),
        cmocka_unit_test(backward_accumulates), cmocka_unit_test(products_of_activations),
        cmocka_unit_test(misfits_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
