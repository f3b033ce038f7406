/* Training in float32 against PyTorch: loss, gradients, and the parameters after three clipped AdamW steps
 * (oracle/train_golden.py). */
#include "small_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "train/adamw.h"
#include "train/clip.h"

static const double tolerance = 1e-5;
enum { PARAMETERS = 128, THREADS = 2 };

static double largest_of(const float *x, int64_t count) {
    double largest = 0;
    for (int64_t i = 0; i < count; i++) largest = fmax(largest, fabs((double)x[i]));
    return largest;
}

/* The largest difference, relative to the largest expected number, or to `floor` where that is more: the gradient
 * of an attention's key bias is zero but for rounding. */
static double compare(const small_model *s, const char *prefix, rg_real *const *found, double floor) {
    double worst = 0;
    for (size_t i = 0; i < s->count; i++) {
        const char *name = small_model_name(s, i);
        const int64_t count = rg_tensor_count(small_model_param(s, i));
        const float *wanted = small_model_expected(s, prefix, name, count);
        double scale = fmax(largest_of(wanted, count), floor), difference = 0;
        for (int64_t e = 0; e < count; e++)
            difference = fmax(difference, fabs((double)found[i][e] - (double)wanted[e]) / scale);
        if (!(difference <= tolerance)) fail_msg("%s%s: differs by %.2e", prefix, name, difference);
        worst = fmax(worst, difference);
    }
    return worst;
}

static void near(double found, const float *wanted) {
    if (!(fabs(found - (double)*wanted) <= tolerance * (double)*wanted))
        fail_msg("%.9g, wanted %.9g", found, (double)*wanted);
}

static void three_steps_are_pytorchs(void **state) {
    (void)state;
    small_model s;
    rg_matmul *matmul;
    static rg_trainable items[PARAMETERS];
    static float m[1 << 14], v[1 << 14];
    small_model_open(&s);
    assert_int_equal(rg_matmul_new(rg_isa_detect(), THREADS, &matmul, NULL), RGPT_OK);
    assert_in_range(s.count, 1, PARAMETERS);
    int64_t used = 0;
    for (size_t i = 0; i < s.count; i++) {
        int64_t count = rg_tensor_count(small_model_param(&s, i));
        int group = strncmp(small_model_name(&s, i), "decoder.", 8) != 0;
        items[i] = (rg_trainable){s.value[i], s.grad[i], m + used, v + used, count, group};
        used += count;
        assert_in_range(used, 1, sizeof m / sizeof *m);
    }
    const rg_adamw adamw = {.beta1 = 0.9, .beta2 = 0.95, .eps = 1e-3, .group = {{2e-3, 0}, {1e-2, 0.1}}};
    const float *losses = small_model_expected(&s, "losses", "", 3), *norms = small_model_expected(&s, "norms", "", 3);
    rg_tape tape = {0};
    for (int step = 1; step <= 3; step++) {
        small_model_want(&s, "");
        near(small_model_pass(&s, matmul, &tape, NULL), &losses[step - 1]);
        if (step == 1) print_message("gradients within %.1e\n", compare(&s, "grad.", s.grad, 1e-3 * (double)norms[0]));
        double norm = sqrt(rg_grad_squares(items, s.count, THREADS));
        near(norm, &norms[step - 1]);
        rg_adamw_step(&adamw, items, s.count, step, 1, rg_clip_factor(norm, 1), THREADS);
    }
    print_message("parameters within %.1e\n", compare(&s, "after.", s.value, 0));
    rg_matmul_free(matmul);
    small_model_close(&s);
}

/* The same bits every time. */
static void gradients_are_the_same_every_time(void **state) {
    (void)state;
    small_model s;
    rg_matmul *matmul;
    rg_tape tape = {0};
    static float first[1 << 14];
    small_model_open(&s);
    assert_int_equal(rg_matmul_new(rg_isa_detect(), THREADS, &matmul, NULL), RGPT_OK);
    for (int pass = 0; pass < 3; pass++) {
        int64_t used = 0;
        small_model_want(&s, "");
        small_model_pass(&s, matmul, &tape, NULL);
        for (size_t i = 0; i < s.count; i++) {
            int64_t count = rg_tensor_count(small_model_param(&s, i));
            if (pass == 0) memcpy(first + used, s.grad[i], (size_t)count * sizeof *first);
            assert_memory_equal(first + used, s.grad[i], (size_t)count * sizeof *first);
            used += count;
        }
    }
    rg_matmul_free(matmul);
    small_model_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_steps_are_pytorchs),
        cmocka_unit_test(gradients_are_the_same_every_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
