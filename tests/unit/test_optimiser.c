/* AdamW, clipping and the schedule by hand; test_train_golden compares whole steps with PyTorch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/adamw.h"
#include "train/clip.h"
#include "train/schedule.h"

enum { COUNT = 70001 }; /* some blocks, and a part of one */

static void near(double found, double wanted, double tolerance) {
    if (!(fabs(found - wanted) <= tolerance)) fail_msg("%.9g, wanted %.9g", found, wanted);
}

/* Whatever its size, a first gradient moves a weight by the learning rate. */
static void first_step_is_the_learning_rate(void **state) {
    (void)state;
    const rg_adamw adamw = {.beta1 = 0.9, .beta2 = 0.999, .eps = 1e-12, .group = {{0.5, 0}, {0.25, 0.1}}};
    float value[] = {1, 1, 1, 1}, m[4] = {0}, v[4] = {0};
    const float grad[] = {1e-3F, -7, 0, 2};
    const rg_trainable items[] = {{value, grad, m, v, 3, 0}, {value + 3, grad + 3, m + 3, v + 3, 1, 1}};
    rg_adamw_step(&adamw, items, 2, 1, 0.5, 1, 1);
    near((double)value[0], 0.75, 1e-6);
    near((double)value[1], 1.25, 1e-6);
    near((double)value[2], 1, 0);
    near((double)value[3], 1 - 0.125 * 0.1 - 0.125, 1e-6); /* the decay does not go through the moments */
    near((double)m[1], -0.7, 1e-6);
    near((double)v[1], 0.049, 1e-6);
}

/* Two steps with a constant gradient: both moments are unbiased, so the second is as long as the first. */
static void moments_are_unbiased(void **state) {
    (void)state;
    const rg_adamw adamw = {.beta1 = 0.9, .beta2 = 0.95, .eps = 1e-12, .group = {{0.01, 0}}};
    float value = 0, m = 0, v = 0;
    const float grad = 3;
    const rg_trainable item = {&value, &grad, &m, &v, 1, 0};
    for (int step = 1; step <= 20; step++) {
        rg_adamw_step(&adamw, &item, 1, step, 1, 1, 1);
        near((double)value, -0.01 * step, 1e-6);
    }
}

static float *draw(int64_t count, float scale) {
    float *x = malloc((size_t)count * sizeof *x);
    assert_non_null(x);
    for (int64_t i = 0; i < count; i++) x[i] = scale * sinf((float)i);
    return x;
}

/* The same bits for any number of threads, and wherever parameters are cut. */
static void steps_do_not_depend_on_threads(void **state) {
    (void)state;
    const rg_adamw adamw = {.beta1 = 0.9, .beta2 = 0.95, .eps = 1e-8, .group = {{0.01, 0.1}}};
    float *grad = draw(COUNT, 2), *once = NULL;
    for (int threads = 1; threads <= 3; threads++) {
        float *value = draw(COUNT, 1), *m = calloc(COUNT, sizeof *m), *v = calloc(COUNT, sizeof *v);
        assert_non_null(m);
        assert_non_null(v);
        const rg_trainable items[] = {{value, grad, m, v, 1000 * threads, 0},
                                      {value + 1000 * threads, grad + 1000 * threads, m + 1000 * threads,
                                       v + 1000 * threads, COUNT - 1000 * threads, 0}};
        for (int step = 1; step <= 3; step++) rg_adamw_step(&adamw, items, 2, step, 1, 0.5, threads);
        if (once) assert_memory_equal(value, once, COUNT * sizeof *value);
        free(m);
        free(v);
        free(once);
        once = value;
    }
    free(once);
    free(grad);
}

static void norms_are_of_all_gradients(void **state) {
    (void)state;
    float *grad = draw(COUNT, 1e-3F);
    const rg_trainable items[] = {{.grad = grad, .count = COUNT}, {.grad = grad, .count = 5}};
    double wanted = 0;
    for (int i = 0; i < COUNT; i++) wanted += (double)grad[i] * (double)grad[i] * (i < 5 ? 2 : 1);
    double found = rg_grad_squares(items, 2, 1);
    near(found, wanted, 1e-12 * wanted);
    for (int threads = 2; threads < 5; threads++) assert_true(rg_grad_squares(items, 2, threads) == found);
    grad[COUNT - 1] = NAN;
    assert_true(isnan(rg_grad_squares(items, 2, 2)));
    free(grad);
    assert_true(rg_grad_squares(items, 0, 2) == 0);
}

static void only_long_gradients_are_clipped(void **state) {
    (void)state;
    near(rg_clip_factor(4, 1), 0.25, 1e-6);
    assert_true(rg_clip_factor(0.5, 1) == 1);
    assert_true(rg_clip_factor(0, 1) == 1);
    assert_true(rg_clip_factor(1e30, 0) == 1); /* no limit */
}

static void rate_rises_then_falls(void **state) {
    (void)state;
    const rg_schedule s = {.steps = 100, .warm_up = 0.03};
    assert_true(rg_schedule_rate(&s, 0) == 0);
    near(rg_schedule_rate(&s, 1), 1.0 / 3, 1e-12);
    near(rg_schedule_rate(&s, 3), 1, 0);
    near(rg_schedule_rate(&s, 3 + 97 / 2), 0.5 * (1 + cos(acos(-1) * 48 / 97)), 1e-12);
    for (int64_t step = 4; step < 100; step++) assert_true(rg_schedule_rate(&s, step) < rg_schedule_rate(&s, step - 1));
    assert_true(rg_schedule_rate(&s, 99) > 0);
    assert_true(rg_schedule_rate(&s, 100) == 0 && rg_schedule_rate(&s, 1000) == 0);

    const rg_schedule plain = {.steps = 10, .warm_up = 0}, all = {.steps = 10, .warm_up = 1}, none = {0, 0};
    assert_true(rg_schedule_rate(&plain, 0) == 1);
    near(rg_schedule_rate(&all, 9), 0.9, 1e-12);
    assert_true(rg_schedule_rate(&all, 10) == 0 && rg_schedule_rate(&none, 0) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_step_is_the_learning_rate), cmocka_unit_test(moments_are_unbiased),
        cmocka_unit_test(steps_do_not_depend_on_threads),  cmocka_unit_test(norms_are_of_all_gradients),
        cmocka_unit_test(only_long_gradients_are_clipped), cmocka_unit_test(rate_rises_then_falls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
