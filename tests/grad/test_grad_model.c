/* The whole model in double: each parameter's gradient against the slope of the loss in a random direction,
 * and in single elements. */
#include "small_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

static const double step = 5e-4, tolerance = 1e-8;
enum { ELEMENTS = 3 }; /* of each parameter, at random */

typedef struct fixture {
    small_model model;
    rg_matmul *matmul;
    rg_rng rng;
} fixture;

static int open_fixture(void **state) {
    fixture *f = malloc(sizeof *f);
    assert_non_null(f);
    small_model_open(&f->model);
    rg_rng_init(&f->rng, 1);
    assert_int_equal(rg_matmul_new(RG_ISA_C, 1, &f->matmul, NULL), RGPT_OK);
    *state = f;
    return 0;
}

static int close_fixture(void **state) {
    fixture *f = *state;
    small_model_close(&f->model);
    rg_matmul_free(f->matmul);
    free(f);
    return 0;
}

/* The loss with parameter i moved by `by` along `direction`. */
static double moved(fixture *f, size_t i, const double *direction, double by) {
    double *value = f->model.value[i];
    int64_t count = rg_tensor_count(small_model_param(&f->model, i));
    double *before = malloc((size_t)count * sizeof *before);
    assert_non_null(before);
    memcpy(before, value, (size_t)count * sizeof *before);
    for (int64_t e = 0; e < count; e++) value[e] += by * direction[e];
    double loss = small_model_pass(&f->model, f->matmul, NULL, NULL);
    memcpy(value, before, (size_t)count * sizeof *before);
    free(before);
    return loss;
}

/* Compares <gradient, direction> with the slope, relative to the gradient's length. */
static void check_direction(fixture *f, size_t i, const double *direction) {
    int64_t count = rg_tensor_count(small_model_param(&f->model, i));
    const double *grad = f->model.grad[i];
    double found = 0, squares = 0, length = 0;
    for (int64_t e = 0; e < count; e++) {
        found += grad[e] * direction[e];
        squares += grad[e] * grad[e];
        length += direction[e] * direction[e];
    }
    const double near = moved(f, i, direction, step) - moved(f, i, direction, -step);
    const double far = moved(f, i, direction, 2 * step) - moved(f, i, direction, -2 * step);
    const double slope = (8 * near - far) / (12 * step);
    if (!(fabs(found - slope) <= tolerance * fmax(sqrt(squares * length), 1e-2))) {
        fail_msg("%s: gradient %.12g, slope %.12g", small_model_name(&f->model, i), found, slope);
    }
}

static void every_parameter_has_its_gradient(void **state) {
    fixture *f = *state;
    small_model *s = &f->model;
    rg_tape tape = {0};
    small_model_want(s, "");
    small_model_pass(s, f->matmul, &tape, NULL);
    for (size_t i = 0; i < s->count; i++) {
        int64_t count = rg_tensor_count(small_model_param(s, i));
        double *direction = calloc((size_t)count, sizeof *direction);
        assert_non_null(direction);
        for (int k = 0; k < ELEMENTS; k++) {
            int64_t e = (int64_t)rg_rng_below(&f->rng, (uint64_t)count);
            direction[e] = 1;
            check_direction(f, i, direction);
            direction[e] = 0;
        }
        for (int64_t e = 0; e < count; e++) direction[e] = (2 * rg_rng_uniform(&f->rng) - 1) / sqrt((double)count);
        check_direction(f, i, direction);
        free(direction);
    }
}

static void copy_gradients(const small_model *s, double **to) {
    for (size_t i = 0; i < s->count; i++) {
        size_t size = (size_t)rg_tensor_count(small_model_param(s, i)) * sizeof **to;
        to[i] = realloc(to[i], size);
        assert_non_null(to[i]);
        memcpy(to[i], s->grad[i], size);
    }
}

/* What is frozen gets nothing and changes nothing for the rest; less memory is needed. */
static void freezing_and_recomputing_change_no_gradient(void **state) {
    fixture *f = *state;
    small_model *s = &f->model;
    double **all = calloc(s->count, sizeof *all);
    assert_non_null(all);
    rg_tape keeps = {0}, recomputes = {.recomputes = true};
    size_t forward, kept, recomputed, stage1;
    small_model_pass(s, f->matmul, NULL, &forward);
    small_model_want(s, "");
    small_model_pass(s, f->matmul, &keeps, &kept);
    copy_gradients(s, all);

    small_model_want(s, "");
    small_model_pass(s, f->matmul, &recomputes, &recomputed);
    for (size_t i = 0; i < s->count; i++) {
        size_t size = (size_t)rg_tensor_count(small_model_param(s, i)) * sizeof **all;
        assert_memory_equal(s->grad[i], all[i], size);
    }
    small_model_want(s, "connector.");
    small_model_pass(s, f->matmul, &keeps, &stage1);
    for (size_t i = 0; i < s->count; i++) {
        bool learns = strncmp(small_model_name(s, i), "connector.", 10) == 0;
        for (int64_t e = 0; e < rg_tensor_count(small_model_param(s, i)); e++)
            assert_true(s->grad[i][e] == (learns ? all[i][e] : 0));
        free(all[i]);
    }
    free(all);
    print_message("bytes: forward %zu, all %zu, recomputed %zu, connector alone %zu\n", forward, kept, recomputed,
                  stage1);
    assert_true(forward < stage1 && stage1 < kept && recomputed < kept);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_parameter_has_its_gradient, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(freezing_and_recomputing_change_no_gradient, open_fixture, close_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
