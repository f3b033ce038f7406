/* Row kernels at every instruction set: against libm in double, at every length, at the edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kern/row.h"
#include "tensor/half.h"

enum { MAX_COUNT = 99 };

static uint64_t seed = 1;

static float draw(void) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (float)((int64_t)seed >> 40) * 0x1p-21F; /* -4 .. 4 */
}

static void draw_row(float *x, int64_t count) {
    for (int64_t i = 0; i < count; i++) x[i] = draw();
}

static double gelu_erf(double x) {
    return x * 0.5 * erfc(-x / sqrt(2));
}
static double tanh_exponent(double x) {
    return 2 * sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x);
}
static double quick_exponent(double x) {
    return 1.702 * x;
}
static double gelu_tanh(double x) {
    return x / (1 + exp(-tanh_exponent(x)));
}
static double gelu_quick(double x) {
    return x / (1 + exp(-quick_exponent(x)));
}

typedef void unary(float *y, const float *x, int64_t count);
typedef double reference(double x);

static void check_value(float found, double wanted, double tolerance, float at) {
    if (fabs(found - wanted) <= tolerance * fabs(wanted) + 1e-37) return;
    fail_msg("at %.9g: found %.9g, wanted %.9g", (double)at, (double)found, wanted);
}

/* Walks the floats from `low` to `high`, some thousands to every power of two. A function of an exponent
 * that is itself rounded may be off by a few roundings of that: unless NULL, `exponent` is it. */
static void walk(unary *function, reference *wanted, float low, float high, double tolerance, reference *exponent) {
    enum { BATCH = 1000 };
    float x[BATCH], y[BATCH];
    for (uint32_t bits = 0; bits < 0xFF000000u;) {
        int count = 0;
        for (; count < BATCH && bits < 0xFF000000u; bits += 3571) {
            const float value = rg_float_from_bits(bits);
            if (value >= low && value <= high) x[count++] = value;
        }
        function(y, x, count);
        for (int i = 0; i < count; i++) {
            const double size = exponent && x[i] < 0 ? fabs(exponent(x[i])) : 0;
            check_value(y[i], wanted(x[i]), tolerance + 4 * size * 0x1p-24, x[i]);
        }
    }
}

static void transcendental_functions_are_accurate(void **state) {
    (void)state;
    for (int isa = 0; isa <= (int)rg_isa_detect(); isa++) {
        const rg_row_kernels *k = rg_row_kernels_get((rg_isa)isa);
        walk(k->exp, exp, -87, 88.7F, 2.5e-7, NULL);
        walk(k->gelu_erf, gelu_erf, -30, 1e30F, 1e-6, NULL);
        walk(k->gelu_tanh, gelu_tanh, -9, 1e9F, 1e-6, tanh_exponent);
        walk(k->gelu_quick, gelu_quick, -50, 1e30F, 1e-6, quick_exponent);
    }
}

static void silu_is_accurate(void **state) {
    (void)state;
    float gate[MAX_COUNT], up[MAX_COUNT], y[MAX_COUNT];
    for (int isa = 0; isa <= (int)rg_isa_detect(); isa++) {
        for (int64_t count = 0; count <= MAX_COUNT; count++) {
            draw_row(gate, count);
            draw_row(up, count);
            rg_row_kernels_get((rg_isa)isa)->silu_mul(y, gate, up, count);
            for (int64_t i = 0; i < count; i++) {
                check_value(y[i], gate[i] / (1 + exp(-(double)gate[i])) * up[i], 1e-6, gate[i]);
            }
        }
    }
}

static void edges_are_right(void **state) {
    (void)state;
    const float x[] = {-INFINITY, INFINITY, NAN, -200, 200, 0, -0.0F, 1e-40F, -1e-40F};
    enum { COUNT = sizeof x / sizeof *x };
    float y[COUNT];
    for (int isa = 0; isa <= (int)rg_isa_detect(); isa++) {
        const rg_row_kernels *k = rg_row_kernels_get((rg_isa)isa);
        k->exp(y, x, COUNT);
        assert_true(y[0] == 0 && y[1] == INFINITY && isnan(y[2]) && y[3] == 0 && y[4] == INFINITY);
        assert_true(y[5] == 1 && y[6] == 1 && y[7] == 1 && y[8] == 1);
        unary *const gelus[] = {k->gelu_erf, k->gelu_tanh, k->gelu_quick};
        for (int g = 0; g < 3; g++) {
            gelus[g](y, x, COUNT);
            assert_true(y[1] == INFINITY && isnan(y[2]) && y[3] == 0 && y[4] == 200 && y[5] == 0 && y[6] == 0);
        }
    }
}

static void softmax_sums_to_one(void **state) {
    (void)state;
    float x[MAX_COUNT], y[MAX_COUNT];
    for (int isa = 0; isa <= (int)rg_isa_detect(); isa++) {
        const rg_row_kernels *k = rg_row_kernels_get((rg_isa)isa);
        for (int64_t count = 1; count <= MAX_COUNT; count++) {
            draw_row(x, count);
            for (int64_t i = 0; i < count; i++) x[i] += 500; /* exp alone would overflow */
            if (count > 3) x[count / 2] = -INFINITY;         /* a masked key */
            memcpy(y, x, sizeof y);
            const float logsum = k->softmax(y, count);
            double sum = 0;
            for (int64_t i = 0; i < count; i++) sum += exp((double)x[i] - 500);
            check_value(logsum, log(sum) + 500, 1e-7, x[0]);
            for (int64_t i = 0; i < count; i++) check_value(y[i], exp((double)x[i] - 500) / sum, 1e-6, x[i]);
        }
        for (int i = 0; i < MAX_COUNT; i++) x[i] = -INFINITY;
        assert_true(k->softmax(x, MAX_COUNT) == -INFINITY);
        for (int i = 0; i < MAX_COUNT; i++) assert_true(x[i] == 0);
        x[50] = NAN;
        k->softmax(x, MAX_COUNT);
        assert_true(isnan(x[0]));
    }
}

/* Errors of sums are measured against the sum of the terms' sizes. */
static void check_sum(double found, double wanted, double size) {
    if (!(fabs(found - wanted) <= 5e-7 * size)) fail_msg("found %.9g, wanted %.9g, terms of %g", found, wanted, size);
}

static void check_layer_norm(const rg_row_kernels *k, const float *x, const float *gamma, const float *beta,
                             int64_t count) {
    float y[MAX_COUNT];
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < count; i++) mean += (double)x[i] / (double)count;
    for (int64_t i = 0; i < count; i++) variance += (x[i] - mean) * (x[i] - mean) / (double)count;
    k->layer_norm(y, x, gamma, beta, 1e-5F, count);
    for (int64_t i = 0; i < count; i++) {
        const double scale = (gamma ? gamma[i] : 1) / sqrt(variance + (double)1e-5F), b = beta ? beta[i] : 0;
        /* The mean is rounded to a float of its own size. */
        const double size = fabs(scale) * (fabs(x[i] - mean) + fabs(mean)) + fabs(b) + 1e-6;
        check_sum(y[i], (x[i] - mean) * scale + b, size);
    }
}

static void norms_are_right(void **state) {
    (void)state;
    float x[MAX_COUNT], gamma[MAX_COUNT], beta[MAX_COUNT], y[MAX_COUNT];
    for (int isa = 0; isa <= (int)rg_isa_detect(); isa++) {
        const rg_row_kernels *k = rg_row_kernels_get((rg_isa)isa);
        for (int64_t count = 1; count <= MAX_COUNT; count++) {
            draw_row(x, count), draw_row(gamma, count), draw_row(beta, count);
            double squares = 0;
            for (int64_t i = 0; i < count; i++) squares += (double)x[i] * x[i];
            const double factor = 1 / sqrt(squares / (double)count + (double)1e-6F);
            check_value(k->rms_norm(y, x, gamma, 1e-6F, count), factor, 1e-6, x[0]);
            for (int64_t i = 0; i < count; i++) check_value(y[i], x[i] * factor * gamma[i], 1e-6, x[i]);

            for (int64_t i = 0; i < count; i++) x[i] += 30;
            check_layer_norm(k, x, gamma, beta, count);
            check_layer_norm(k, x, gamma, NULL, count);
            check_layer_norm(k, x, NULL, NULL, count);
        }
    }
}

static void algebra_is_right(void **state) {
    (void)state;
    float a[MAX_COUNT], b[MAX_COUNT], y[MAX_COUNT], old[MAX_COUNT];
    for (int isa = 0; isa <= (int)rg_isa_detect(); isa++) {
        const rg_row_kernels *k = rg_row_kernels_get((rg_isa)isa);
        for (int64_t count = 0; count < MAX_COUNT; count++) {
            draw_row(a, count), draw_row(b, count), draw_row(old, MAX_COUNT);
            double sum = 0, size = 1e-30;
            for (int64_t i = 0; i < count; i++) sum += (double)a[i] * b[i], size += fabs((double)a[i] * b[i]);
            check_sum(k->dot(a, b, count), sum, size);

            memcpy(y, old, sizeof y);
            k->axpy(y, 1.5F, a, count);
            for (int64_t i = 0; i < count; i++) check_sum(y[i], old[i] + 1.5 * a[i], 8);
            assert_memory_equal(&y[count], &old[count], sizeof *y);
            memcpy(y, old, sizeof y);
            k->add(y, a, b, count);
            for (int64_t i = 0; i < count; i++) assert_true(y[i] == a[i] + b[i]);
            assert_memory_equal(&y[count], &old[count], sizeof *y);
            k->scale(y, -3, a, count);
            for (int64_t i = 0; i < count; i++) assert_true(y[i] == -3 * a[i]);
            assert_memory_equal(&y[count], &old[count], sizeof *y);
        }
    }
}

static void many_rows_meet_one(void **state) {
    (void)state;
    enum { COUNT = 7, MAX_WIDTH = 200, LD = 203 };
    static float rows[COUNT * LD], x[MAX_WIDTH], weight[COUNT], y[MAX_WIDTH + 1], old[MAX_WIDTH + 1];
    draw_row(rows, COUNT * LD), draw_row(weight, COUNT);
    for (int isa = 0; isa <= (int)rg_isa_detect(); isa++) {
        const rg_row_kernels *k = rg_row_kernels_get((rg_isa)isa);
        for (int64_t width = 1; width <= MAX_WIDTH; width++) {
            draw_row(x, width), draw_row(old, MAX_WIDTH + 1);
            memcpy(y, old, sizeof y);
            k->dot_rows(y, x, rows, LD, COUNT, width);
            for (int64_t i = 0; i < COUNT; i++) check_sum(y[i], k->dot(x, rows + i * LD, width), 16.0 * (double)width);
            assert_memory_equal(&y[COUNT], &old[COUNT], sizeof *y);

            memcpy(y, old, sizeof y);
            k->sum_rows(y, weight, rows, LD, COUNT, width);
            for (int64_t i = 0; i < width; i++) {
                double sum = old[i];
                for (int64_t n = 0; n < COUNT; n++) sum += (double)weight[n] * rows[n * LD + i];
                check_sum(y[i], sum, 16 * COUNT);
            }
            assert_memory_equal(&y[width], &old[width], sizeof *y);
        }
    }
}

static void rope_turns_pairs(void **state) {
    (void)state;
    float x[MAX_COUNT], y[MAX_COUNT], cosine[MAX_COUNT], sine[MAX_COUNT];
    for (int isa = 0; isa <= (int)rg_isa_detect(); isa++) {
        for (int64_t pairs = 0; pairs < MAX_COUNT / 2; pairs++) {
            draw_row(x, MAX_COUNT), draw_row(cosine, pairs), draw_row(sine, pairs);
            memcpy(y, x, sizeof y);
            rg_row_kernels_get((rg_isa)isa)->rope(y, cosine, sine, pairs);
            for (int64_t i = 0; i < pairs; i++) {
                check_sum(y[2 * i], (double)x[2 * i] * cosine[i] - (double)x[2 * i + 1] * sine[i], 16);
                check_sum(y[2 * i + 1], (double)x[2 * i] * sine[i] + (double)x[2 * i + 1] * cosine[i], 16);
            }
            assert_memory_equal(&y[2 * pairs], &x[2 * pairs], sizeof *y);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transcendental_functions_are_accurate),
        cmocka_unit_test(silu_is_accurate),
        cmocka_unit_test(edges_are_right),
        cmocka_unit_test(softmax_sums_to_one),
        cmocka_unit_test(norms_are_right),
        cmocka_unit_test(algebra_is_right),
        cmocka_unit_test(many_rows_meet_one),
        cmocka_unit_test(rope_turns_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
