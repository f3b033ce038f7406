#include "check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

static const double step = 1e-3, tolerance = 1e-8;

/* How the inputs reach the op. */
typedef enum way { DIRECT, VIEWED, TWICE, WAYS } way;

typedef struct trial {
    const grad_case *c;
    way way;
    rg_tensor input[GRAD_INPUTS];
    double *grad[GRAD_INPUTS];
    double *cotangent;
    int64_t count; /* of the result */
    rg_run run;    /* for the many passes that only want the loss */
} trial;

double grad_draw(void) {
    static rg_rng rng;
    static bool has_begun;
    if (!has_begun) rg_rng_init(&rng, 20240617);
    has_begun = true;
    return 2 * rg_rng_uniform(&rng) - 1;
}

static double *draw_many(int64_t count) {
    double *x = malloc((size_t)(count + 1) * sizeof *x);
    assert_non_null(x);
    for (int64_t i = 0; i < count; i++) x[i] = grad_draw();
    return x;
}

/* ------------------------------------------------------------------ passes */

/* The inputs as `way` has it, and the case's result. */
static rg_tensor *apply(rg_run *run, const trial *t) {
    const rg_tensor *input[GRAD_INPUTS] = {0};
    for (int i = 0; i < GRAD_INPUTS; i++) {
        const rg_tensor *x = t->input[i].rank ? &t->input[i] : NULL;
        if (x && t->way != DIRECT && x->rank == 2 && x->dtype == RG_REAL)
            x = rg_tensor_view2(run, x, x->dim[0], x->dim[1]);
        input[i] = x;
    }
    rg_tensor *y = t->c->forward(run, t->c->context, input);
    return t->way == TWICE ? rg_add(run, y, t->c->forward(run, t->c->context, input)) : y;
}

static void must_be_fine(const rg_run *run) {
    rgpt_error err = {0};
    if (rg_run_status(run, &err) != RGPT_OK) fail_msg("%s", err.message);
}

/* Bytes that a pass takes, backward included if it has a tape. Learns the size of the result, too. */
static size_t measure(trial *t, rg_tape *tape) {
    rgpt_error err = {0};
    rg_run run;
    assert_int_equal(rg_run_open_dry(&run, &err), RGPT_OK);
    run.tape = tape;
    rg_tensor *y = apply(&run, t);
    if (tape) rg_backward_from(&run, y, NULL);
    must_be_fine(&run);
    t->count = rg_tensor_count(y);
    size_t need = rg_run_need(&run);
    rg_run_close(&run);
    return need;
}

/* <cotangent, y>, in a run just opened or reset. */
static double forward(rg_run *run, const trial *t, rg_tensor **y) {
    *y = apply(run, t);
    must_be_fine(run);
    double loss = 0;
    for (int64_t i = 0; i < t->count; i++) loss += t->cotangent[i] * rg_tensor_reals(*y)[i];
    return loss;
}

static void open_run(rg_run *run, size_t size) {
    rgpt_error err = {0};
    rg_matmul *matmul;
    assert_int_equal(rg_matmul_new(RG_ISA_C, 1, &matmul, &err), RGPT_OK);
    assert_int_equal(rg_run_open(run, size, RG_COMPUTE_EXACT, matmul, &err), RGPT_OK);
}

static void close_run(rg_run *run) {
    rg_matmul_free(run->matmul);
    rg_run_close(run);
}

/* ------------------------------------------------------------------ comparing */

static double moved(trial *t, double *element, double by) {
    const double before = *element;
    rg_tensor *y;
    *element = before + by;
    rg_run_reset(&t->run);
    const double loss = forward(&t->run, t, &y);
    *element = before;
    return loss;
}

/* Of fourth order, so that a step large enough to drown rounding is still small enough. */
static double slope(trial *t, double *element) {
    const double near = moved(t, element, step) - moved(t, element, -step);
    const double far = moved(t, element, 2 * step) - moved(t, element, -2 * step);
    return (8 * near - far) / (12 * step);
}

/* Gradients of the inputs in `wanted`, added to what the buffers held (`base`). */
static void backward(trial *t, unsigned wanted, double *const *base) {
    for (int i = 0; i < GRAD_INPUTS; i++) {
        t->input[i].grad_state = RG_GRAD_NONE;
        if (!(wanted >> i & 1)) continue;
        memcpy(t->grad[i], base[i], (size_t)rg_tensor_count(&t->input[i]) * sizeof(double));
        rg_grad_want(&t->input[i], t->grad[i]);
    }
    rg_tape tape = {0};
    rg_run run;
    rg_tensor *y;
    size_t need = measure(t, &tape);
    if (!t->cotangent) t->cotangent = draw_many(t->count);
    open_run(&run, need);
    run.tape = &tape;
    forward(&run, t, &y);
    rg_backward_from(&run, y, t->cotangent);
    must_be_fine(&run);
    assert_int_equal(rg_run_need(&run), need);
    close_run(&run);
    for (int i = 0; i < GRAD_INPUTS; i++) t->input[i].grad_state = RG_GRAD_NONE;
}

static void compare(const trial *t, int input, const double *slopes, const double *base) {
    int64_t count = rg_tensor_count(&t->input[input]);
    double largest = 1e-3;
    for (int64_t i = 0; i < count; i++) largest = fmax(largest, fabs(slopes[i]));
    for (int64_t i = 0; i < count; i++) {
        double found = t->grad[input][i] - base[i];
        if (!(fabs(found - slopes[i]) <= tolerance * largest)) {
            fail_msg("input %d, element %lld, way %d: gradient %.12g, slope %.12g", input, (long long)i, t->way, found,
                     slopes[i]);
        }
    }
}

static void check_way(trial *t, double *const *base, double *const *slopes, unsigned learnable) {
    backward(t, learnable, base);
    open_run(&t->run, measure(t, NULL));
    for (int i = 0; i < GRAD_INPUTS; i++) {
        if (!(learnable >> i & 1)) continue;
        for (int64_t e = 0; e < rg_tensor_count(&t->input[i]); e++)
            slopes[i][e] = slope(t, rg_tensor_reals(&t->input[i]) + e);
        compare(t, i, slopes[i], base[i]);
    }
    close_run(&t->run);
    for (int i = 0; i < GRAD_INPUTS; i++) {
        if (!(learnable >> i & 1) || learnable == 1U << i) continue;
        backward(t, 1U << i, base); /* all others frozen */
        compare(t, i, slopes[i], base[i]);
    }
}

void grad_check(const grad_case *c) {
    trial t = {.c = c};
    double *base[GRAD_INPUTS] = {0}, *slopes[GRAD_INPUTS] = {0};
    unsigned learnable = 0;
    for (int i = 0; i < GRAD_INPUTS; i++) {
        const grad_input *in = &c->input[i];
        if (in->rank == 0) continue;
        t.input[i] = (rg_tensor){.dtype = RG_REAL, .rank = in->rank, .dim = {1, 1, 1, 1}};
        for (int d = 0; d < in->rank; d++) t.input[i].dim[d] = in->dim[d];
        int64_t count = rg_tensor_count(&t.input[i]);
        t.input[i].data = draw_many(count);
        t.grad[i] = draw_many(count);
        base[i] = draw_many(count);
        slopes[i] = draw_many(count);
        if (!in->is_data) learnable |= 1U << i;
    }
    for (t.way = DIRECT; t.way < WAYS; t.way++) check_way(&t, base, slopes, learnable);
    for (int i = 0; i < GRAD_INPUTS; i++) {
        free(t.input[i].data);
        free(t.grad[i]);
        free(base[i]);
        free(slopes[i]);
    }
    free(t.cotangent);
}
