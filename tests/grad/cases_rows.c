/* Gradient cases of what works row by row: linear layers, sums, norms, activations, rotary positions, gathers. */
#include "check.h"

#define MATRIX(rows, width)                                                                                            \
    {                                                                                                                  \
        .rank = 2, .dim = {(rows), (width) }                                                                           \
    }
#define VECTOR(width)                                                                                                  \
    {                                                                                                                  \
        .rank = 1, .dim = {(width) }                                                                                   \
    }

static rg_tensor *linear(rg_run *run, const void *context, const rg_tensor *const *in) {
    (void)context;
    return rg_linear(run, in[0], in[1], in[2]);
}

void grad_linear(void) {
    grad_check(&(grad_case){linear, NULL, {MATRIX(5, 7), MATRIX(3, 7), VECTOR(3)}});
    grad_check(&(grad_case){linear, NULL, {MATRIX(1, 4), MATRIX(6, 4)}});
    grad_check(&(grad_case){linear, NULL, {MATRIX(3, 8), {.rank = 4, .dim = {2, 2, 2, 2}}, VECTOR(2)}}); /* patches' */
}

static rg_tensor *add(rg_run *run, const void *context, const rg_tensor *const *in) {
    (void)context;
    return rg_add(run, in[0], in[1] ? in[1] : in[0]);
}

void grad_add(void) {
    grad_check(&(grad_case){add, NULL, {MATRIX(3, 5), MATRIX(3, 5)}});
    grad_check(&(grad_case){add, NULL, {MATRIX(2, 3)}}); /* to itself */
}

static rg_tensor *row_scale(rg_run *run, const void *context, const rg_tensor *const *in) {
    (void)context;
    return rg_row_scale(run, in[0], in[1]);
}

void grad_row_scale(void) {
    grad_check(&(grad_case){row_scale, NULL, {MATRIX(4, 5), VECTOR(5)}});
    grad_check(&(grad_case){row_scale, NULL, {MATRIX(1, 70), VECTOR(70)}});
}

static rg_tensor *layer_norm(rg_run *run, const void *eps, const rg_tensor *const *in) {
    return rg_layer_norm(run, in[0], in[1], in[2], *(const double *)eps);
}

void grad_layer_norm(void) {
    const double large = 0.1, small = 1e-5;
    grad_check(&(grad_case){layer_norm, &large, {MATRIX(3, 4), VECTOR(4), VECTOR(4)}});
    grad_check(&(grad_case){layer_norm, &small, {MATRIX(2, 67), VECTOR(67), VECTOR(67)}});
}

static rg_tensor *rms_norm(rg_run *run, const void *eps, const rg_tensor *const *in) {
    return rg_rms_norm(run, in[0], in[1], *(const double *)eps);
}

void grad_rms_norm(void) {
    const double large = 0.1, small = 1e-5;
    grad_check(&(grad_case){rms_norm, &large, {MATRIX(3, 4), VECTOR(4)}});
    grad_check(&(grad_case){rms_norm, &small, {MATRIX(2, 65), VECTOR(65)}});
}

static rg_tensor *activate(rg_run *run, const void *kind, const rg_tensor *const *in) {
    return rg_activate(run, rg_add(run, in[0], in[0]), *(const rg_activation *)kind); /* -2 .. 2 */
}

void grad_activate(void) {
    for (rg_activation kind = RG_GELU_ERF; kind <= RG_GELU_QUICK; kind++) {
        grad_check(&(grad_case){activate, &kind, {MATRIX(3, 5)}});
        grad_check(&(grad_case){activate, &kind, {MATRIX(1, 1)}});
    }
}

static rg_tensor *silu_mul(rg_run *run, const void *context, const rg_tensor *const *in) {
    (void)context;
    return rg_silu_mul(run, in[0], in[1] ? in[1] : in[0]);
}

void grad_silu_mul(void) {
    grad_check(&(grad_case){silu_mul, NULL, {MATRIX(3, 5), MATRIX(3, 5)}});
    grad_check(&(grad_case){silu_mul, NULL, {MATRIX(2, 2)}});
}

static rg_tensor *rope(rg_run *run, const void *heads, const rg_tensor *const *in) {
    static const int32_t position[] = {0, 1, 1, 7, 3};
    static const float frequency[] = {1, 0.3F, 0.01F};
    int64_t T = rg_tensor_rows(in[0]), half = rg_tensor_width(in[0]) / (2 * *(const int *)heads);
    return rg_rope(run, in[0], rg_rope_table(run, position, T, frequency, half), *(const int *)heads);
}

void grad_rope(void) {
    const int one = 1, three = 3;
    grad_check(&(grad_case){rope, &one, {MATRIX(5, 2)}});
    grad_check(&(grad_case){rope, &three, {MATRIX(4, 18)}});
}

static rg_tensor *splice(rg_run *run, const void *context, const rg_tensor *const *in) {
    (void)context; /* rows picked once, often, never; a source that nothing comes from; one that is not there */
    static const rg_pick pick[] = {{0, 1}, {1, 0}, {0, 1}, {2, 2}, {0, 4}, {2, 0}, {0, 1}};
    return rg_splice(run, in, 5, pick, sizeof pick / sizeof *pick);
}

void grad_splice(void) {
    grad_check(&(grad_case){splice, NULL, {MATRIX(5, 3), MATRIX(1, 3), MATRIX(4, 3), MATRIX(2, 3)}});
}

static rg_tensor *concat(rg_run *run, const void *context, const rg_tensor *const *in) {
    (void)context;
    return rg_concat(run, in[0], in[1]);
}

void grad_concat(void) {
    grad_check(&(grad_case){concat, NULL, {MATRIX(2, 3), MATRIX(4, 3)}});
    grad_check(&(grad_case){concat, NULL, {VECTOR(3), MATRIX(2, 3)}}); /* a class token */
}

static rg_tensor *view(rg_run *run, const void *context, const rg_tensor *const *in) {
    (void)context; /* overlapping rows, and another shape */
    rg_tensor *a = rg_tensor_rows_view(run, in[0], 0, 3), *b = rg_tensor_rows_view(run, in[0], 1, 3);
    return rg_tensor_view2(run, rg_concat(run, a, b), 4, 3);
}

void grad_view(void) {
    grad_check(&(grad_case){view, NULL, {MATRIX(5, 2)}});
}

static rg_tensor *segment(rg_run *run, const void *weight, const rg_tensor *x) {
    const rg_tensor *w = *(const rg_tensor *const *)weight;
    return rg_add(run, x, rg_activate(run, rg_linear(run, x, w, NULL), RG_GELU_TANH));
}

/* With a tape that recomputes, and a frozen segment before the learning ones. */
static rg_tensor *recompute(rg_run *run, const void *recomputes, const rg_tensor *const *in) {
    if (run->tape) run->tape->recomputes = *(const bool *)recomputes;
    rg_tensor *h = rg_recompute(run, segment, &in[3], sizeof in[3], in[2]);
    h = rg_recompute(run, segment, &in[1], sizeof in[1], rg_add(run, h, in[0]));
    return rg_recompute(run, segment, &in[1], sizeof in[1], h);
}

void grad_recompute(void) {
    const bool yes = true, no = false;
    const grad_input fixed = {.rank = 2, .dim = {4, 3}, .is_data = true},
                     weight = {.rank = 2, .dim = {3, 3}, .is_data = true};
    grad_check(&(grad_case){recompute, &yes, {MATRIX(4, 3), MATRIX(3, 3), fixed, weight}});
    grad_check(&(grad_case){recompute, &no, {MATRIX(4, 3), MATRIX(3, 3), fixed, weight}});
}
