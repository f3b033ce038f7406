/* The tape in float32: weights of every dtype, what it refuses, and what it costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/kvcache.h"
#include "op/op.h"
#include "op/tape.h"

enum { SIZE = 1 << 20, K = 64, N = 6, T = 5 };

typedef struct fixture {
    rg_run run;
    rg_tape tape;
    rg_matmul *matmul;
    float x[T * K], dx[T * K], weight[N * K], dweight[N * K];
} fixture;

static int open_fixture(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_int_equal(rg_matmul_new(rg_isa_detect(), 2, &f->matmul, NULL), RGPT_OK);
    assert_int_equal(rg_run_open(&f->run, SIZE, RG_COMPUTE_EXACT, f->matmul, NULL), RGPT_OK);
    f->run.tape = &f->tape;
    for (int i = 0; i < T * K; i++) f->x[i] = sinf((float)i);
    for (int i = 0; i < N * K; i++) f->weight[i] = cosf((float)(i * i));
    *state = f;
    return 0;
}

static int close_fixture(void **state) {
    fixture *f = *state;
    rg_run_close(&f->run);
    rg_matmul_free(f->matmul);
    free(f);
    return 0;
}

static rg_tensor matrix(void *data, rg_dtype dtype, int64_t rows, int64_t width) {
    return (rg_tensor){.dtype = dtype, .rank = 2, .dim = {rows, width, 1, 1}, .data = data};
}

/* The sum of squares of a linear layer's results, as a loss; its gradients are in f->dx and f->dweight. */
static void learn_linear(fixture *f, rg_tensor *weight) {
    rg_tensor x = matrix(f->x, RG_F32, T, K);
    memset(f->dx, 0, sizeof f->dx);
    memset(f->dweight, 0, sizeof f->dweight);
    rg_grad_want(&x, f->dx);
    rg_run_reset(&f->run);
    rg_tensor *y = rg_linear(&f->run, &x, weight, NULL);
    assert_non_null(y);
    rg_backward_from(&f->run, y, rg_tensor_reals(y));
    assert_int_equal(rg_run_status(&f->run, NULL), RGPT_OK);
}

/* Gradients pass through weights of any dtype as through the numbers that these decode to, and reach the
 * weights themselves where they are wanted. */
static void any_dtype_of_weights_passes_gradients(void **state) {
    fixture *f = *state;
    const rg_dtype dtypes[] = {RG_F16, RG_BF16, RG_Q8_0, RG_Q4_0};
    for (size_t d = 0; d < sizeof dtypes / sizeof *dtypes; d++) {
        static char stored[N * K * 4];
        static float decoded[N * K], dx[T * K], dweight[N * K];
        const rg_dtype_traits *traits = rg_dtype_get(dtypes[d]);
        traits->from_f32(stored, f->weight, N * K);
        traits->to_f32(decoded, stored, N * K);
        rg_tensor plain = matrix(decoded, RG_F32, N, K), small = matrix(stored, dtypes[d], N, K);
        rg_grad_want(&plain, f->dweight);
        learn_linear(f, &plain);
        memcpy(dx, f->dx, sizeof dx);
        memcpy(dweight, f->dweight, sizeof dweight);

        bool is_frozen = traits->block_count > 1;
        if (!is_frozen) rg_grad_want(&small, f->dweight);
        learn_linear(f, &small);
        for (int i = 0; i < T * K; i++) assert_true(fabsf(f->dx[i] - dx[i]) <= 2e-5F);
        for (int i = 0; i < N * K; i++) assert_true(fabsf(f->dweight[i] - (is_frozen ? 0 : dweight[i])) <= 2e-5F);
    }
}

/* A scope keeps what leads to a gradient, and nothing of what is frozen. */
static void frozen_scopes_are_taken_back(void **state) {
    fixture *f = *state;
    rg_tensor x = matrix(f->x, RG_F32, T, K);
    size_t frozen = 0, learning = 0;
    for (int learns = 0; learns < 2; learns++) {
        rg_run_reset(&f->run);
        if (learns) rg_grad_want(&x, f->dx);
        rg_scope scope = rg_scope_begin(&f->run);
        rg_tensor *y = rg_add(&f->run, rg_activate(&f->run, &x, RG_GELU_ERF), &x);
        rg_tensor *kept = rg_scope_end(&f->run, scope, y);
        assert_true((kept == y) == learns);
        assert_true((f->tape.last != NULL) == learns);
        *(learns ? &learning : &frozen) = f->run.data.used;
    }
    assert_int_equal(frozen, sizeof f->x);
    assert_int_equal(learning, 2 * sizeof f->x);
}

static void refuses(const fixture *f, const char *words) {
    rgpt_error err = {0};
    assert_int_not_equal(rg_run_status(&f->run, &err), RGPT_OK);
    if (!strstr(err.message, words)) fail_msg("'%s' does not say '%s'", err.message, words);
}

static void what_cannot_be_learnt_is_said(void **state) {
    fixture *f = *state;
    rg_tensor x = matrix(f->x, RG_F32, T, K);
    rg_backward(&f->run, rg_add(&f->run, &x, &x));
    refuses(f, "a loss of 320 elements, wanted 1");

    rg_run_reset(&f->run);
    const int32_t target[T] = {1, RG_IGNORE, K, 0, 0};
    rg_backward(&f->run, rg_xent(&f->run, &x, target, 4));
    refuses(f, "row 2 wants token 64 of 64");

    rg_run_reset(&f->run);
    const int32_t nothing[T] = {-1, -1, -1, -1, -1};
    assert_null(rg_xent(&f->run, &x, nothing, (double)rg_xent_count(nothing, T)));
    refuses(f, "no row counts");

    rg_run_reset(&f->run);
    const int32_t some[T] = {1, 2, 3, 4, 5};
    rg_backward(&f->run, rg_xent(&f->run, &x, some, T));
    refuses(f, "depends on nothing that wants a gradient");

    rg_run_reset(&f->run);
    rg_grad_want(&x, f->dx);
    rg_kvcache cache;
    assert_int_equal(rg_kvcache_open(&cache, 1, K, NULL), RGPT_OK);
    assert_int_equal(rg_kvcache_grow(&cache, T, NULL), RGPT_OK);
    assert_null(rg_kvcache_put(&f->run, &cache.k[0], rg_add(&f->run, &x, &x), 0));
    refuses(f, "cannot be trained through");
    rg_kvcache_close(&cache);
}

/* Memory that ends at any point is a failure that is told, not a crash. */
static void too_little_memory_is_an_error(void **state) {
    fixture *f = *state;
    rg_tensor x = matrix(f->x, RG_F32, T, K), w = matrix(f->weight, RG_F32, N, K);
    rg_grad_want(&x, f->dx);
    rg_grad_want(&w, f->dweight);
    int failures = 0;
    for (size_t size = 64;; size += 64) {
        rg_run run;
        rg_tape tape = {0};
        const int32_t target[T] = {1, 2, 3, 4, 5};
        assert_int_equal(rg_run_open(&run, size, RG_COMPUTE_EXACT, f->matmul, NULL), RGPT_OK);
        run.tape = &tape;
        rg_tensor *h = rg_activate(&run, rg_linear(&run, &x, &w, NULL), RG_GELU_QUICK);
        rg_tensor *a = rg_attention(&run, h, h, h, 2, 1 + 1, NULL);
        rg_backward(&run, rg_xent(&run, rg_add(&run, h, a), target, T));
        rgpt_status status = rg_run_status(&run, NULL);
        rg_run_close(&run);
        if (status == RGPT_OK) break;
        assert_int_equal(status, RGPT_NO_MEMORY);
        failures++;
    }
    assert_in_range(failures, 10, 1000);
}

static void ops_have_names(void **state) {
    (void)state;
    assert_string_equal(rg_op_name(RG_OP_layer_norm), "layer_norm");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_dtype_of_weights_passes_gradients, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(frozen_scopes_are_taken_back, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(what_cannot_be_learnt_is_said, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(too_little_memory_is_an_error, open_fixture, close_fixture),
        cmocka_unit_test(ops_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
