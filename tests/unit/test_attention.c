/* Attention over spans, both regimes, against its definition in double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "op/op.h"

enum { MOST_ROWS = 150, KEYS = 170, HEADS = 6, KV_HEADS = 2, WIDTH = 8, SPANS = 3 };

static float q[MOST_ROWS * HEADS * WIDTH], k[KEYS * KV_HEADS * WIDTH], v[KEYS * KV_HEADS * WIDTH];
static int32_t first[MOST_ROWS + 1];
static rg_span span[MOST_ROWS * SPANS];

static void fill(rg_rng *rng, float *x, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] = (float)(4 * rg_rng_uniform(rng) - 2);
}

/* Ascending disjoint spans, some of one key. */
static void make_spans(rg_rng *rng, int rows) {
    int32_t at = 0;
    for (int row = 0; row < rows; row++) {
        first[row] = at;
        int32_t key = (int32_t)rg_rng_below(rng, 20);
        int count = 1 + (int)rg_rng_below(rng, SPANS);
        for (int i = 0; i < count; i++) {
            int32_t end = key + 1 + (int32_t)rg_rng_below(rng, 40);
            span[at++] = (rg_span){key, end};
            key = end + 1 + (int32_t)rg_rng_below(rng, 9);
        }
    }
    first[rows] = at;
}

static bool sees(const rg_visible *visible, int row, int key) {
    if (!visible) return true;
    for (int32_t s = visible->first[row]; s < visible->first[row + 1]; s++) {
        if (key >= visible->span[s].begin && key < visible->span[s].end) return true;
    }
    return false;
}

/* One number of the result, from the definition. */
static double expected(const rg_visible *visible, int row, int head, int column) {
    int kv = head / (HEADS / KV_HEADS);
    double total = 0, sum = 0;
    for (int key = 0; key < KEYS; key++) {
        if (!sees(visible, row, key)) continue;
        double score = 0;
        for (int i = 0; i < WIDTH; i++) {
            score += (double)q[(row * HEADS + head) * WIDTH + i] * (double)k[(key * KV_HEADS + kv) * WIDTH + i];
        }
        double weight = exp(score / sqrt(WIDTH));
        total += weight;
        sum += weight * (double)v[(key * KV_HEADS + kv) * WIDTH + column];
    }
    return sum / total;
}

static void check(int rows, const rg_visible *visible, rg_isa isa) {
    rg_matmul *matmul;
    rg_run run;
    assert_int_equal(rg_matmul_new(isa, 2, &matmul, NULL), RGPT_OK);
    assert_int_equal(rg_run_open(&run, 8 << 20, RG_COMPUTE_FAST, matmul, NULL), RGPT_OK);
    rg_tensor *y =
        rg_attention(&run, rg_tensor_from_floats(&run, 2, (int64_t[]){rows, HEADS * WIDTH}, q),
                     rg_tensor_from_floats(&run, 2, (int64_t[]){KEYS, KV_HEADS * WIDTH}, k),
                     rg_tensor_from_floats(&run, 2, (int64_t[]){KEYS, KV_HEADS * WIDTH}, v), HEADS, KV_HEADS, visible);
    if (!y) fail_msg("%s", run.error.message);
    for (int i = 0; i < rows * HEADS * WIDTH; i++) {
        double wanted = expected(visible, i / (HEADS * WIDTH), i / WIDTH % HEADS, i % WIDTH);
        if (!(fabs((double)rg_tensor_reals(y)[i] - wanted) < 1e-5)) {
            fail_msg("rows %d, element %d: %g, wanted %g", rows, i, (double)rg_tensor_reals(y)[i], wanted);
        }
    }
    rg_run_close(&run);
    rg_matmul_free(matmul);
}

static void rows_see_exactly_their_spans(void **state) {
    (void)state;
    static const int rows[] = {1, 3, 7, 8, 64, 65, 150};
    rg_rng rng;
    rg_rng_init(&rng, 5);
    fill(&rng, q, sizeof q / sizeof *q);
    fill(&rng, k, sizeof k / sizeof *k);
    fill(&rng, v, sizeof v / sizeof *v);
    for (int isa = RG_ISA_C; isa <= (int)rg_isa_detect(); isa++) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            make_spans(&rng, rows[i]);
            rg_visible visible = {first, span};
            check(rows[i], &visible, (rg_isa)isa);
            check(rows[i], NULL, (rg_isa)isa);
        }
    }
}

static void heads_that_do_not_divide_are_refused(void **state) {
    (void)state;
    rg_run run;
    assert_int_equal(rg_run_open_dry(&run, NULL), RGPT_OK);
    rg_tensor *x = rg_tensor_new2(&run, 4, 12);
    assert_null(rg_attention(&run, x, x, x, 5, 2, NULL));
    rgpt_error err = {0};
    assert_int_equal(rg_run_status(&run, &err), RGPT_INVALID);
    assert_null(rg_add(&run, x, x)); /* the failure sticks */
    rg_run_close(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_see_exactly_their_spans),
        cmocka_unit_test(heads_that_do_not_divide_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
