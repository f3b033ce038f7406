/* Gradient cases of what works on grids of cells: patches, deconvolution, resampling, mask pooling. */
#include "check.h"

#define CELLS(h, w, width)                                                                                             \
    {                                                                                                                  \
        .rank = 2, .dim = {(h) * (w), (width) }                                                                        \
    }

typedef struct grid {
    int64_t h, w, to_h, to_w;
} grid;

static rg_tensor *patch(rg_run *run, const void *side, const rg_tensor *const *in) {
    return rg_patch(run, in[0], *(const int *)side);
}

void grad_patch(void) {
    const int one = 1, two = 2, three = 3;
    grad_check(&(grad_case){patch, &two, {{.rank = 3, .dim = {3, 6, 6}}}});
    grad_check(&(grad_case){patch, &three, {{.rank = 3, .dim = {1, 3, 3}}}});
    grad_check(&(grad_case){patch, &one, {{.rank = 3, .dim = {2, 3, 3}}}});
}

static rg_tensor *deconv(rg_run *run, const void *context, const rg_tensor *const *in) {
    const grid *g = context;
    return rg_deconv(run, in[0], g->h, g->w, in[1], in[2]);
}

void grad_deconv(void) {
    const grid odd = {3, 2, 0, 0}, one = {1, 1, 0, 0}, tiles = {18, 15, 0, 0}; /* more cells than one tile has */
    grad_check(&(grad_case){deconv, &odd, {CELLS(3, 2, 3), {.rank = 4, .dim = {2, 2, 2, 3}}, {.rank = 1, .dim = {2}}}});
    grad_check(&(grad_case){deconv, &one, {CELLS(1, 1, 1), {.rank = 4, .dim = {2, 2, 3, 1}}, {.rank = 1, .dim = {3}}}});
    grad_check(
        &(grad_case){deconv, &tiles, {CELLS(18, 15, 1), {.rank = 4, .dim = {2, 2, 1, 1}}, {.rank = 1, .dim = {1}}}});
}

static rg_tensor *upsample(rg_run *run, const void *context, const rg_tensor *const *in) {
    const grid *g = context;
    return rg_upsample(run, in[0], g->h, g->w, g->to_h, g->to_w);
}

void grad_upsample(void) {
    const grid larger = {3, 2, 7, 8}, smaller = {4, 5, 3, 2}, one = {1, 1, 2, 3};
    grad_check(&(grad_case){upsample, &larger, {CELLS(3, 2, 2)}});
    grad_check(&(grad_case){upsample, &smaller, {CELLS(4, 5, 2)}});
    grad_check(&(grad_case){upsample, &one, {CELLS(1, 1, 67)}});
}

static rg_tensor *adaptive_pool(rg_run *run, const void *context, const rg_tensor *const *in) {
    const grid *g = context;
    return rg_adaptive_pool(run, in[0], g->h, g->w, g->to_h, g->to_w);
}

void grad_adaptive_pool(void) {
    const grid shared = {5, 7, 3, 2}, larger = {2, 3, 5, 4}, one = {3, 3, 1, 1};
    grad_check(&(grad_case){adaptive_pool, &shared, {CELLS(5, 7, 2)}});
    grad_check(&(grad_case){adaptive_pool, &larger, {CELLS(2, 3, 2)}});
    grad_check(&(grad_case){adaptive_pool, &one, {CELLS(3, 3, 65)}});
}

static rg_tensor *merge2x2(rg_run *run, const void *context, const rg_tensor *const *in) {
    const grid *g = context;
    return rg_merge2x2(run, in[0], g->h, g->w);
}

void grad_merge2x2(void) {
    const grid even = {2, 4, 0, 0}, odd = {3, 5, 0, 0};
    grad_check(&(grad_case){merge2x2, &even, {CELLS(2, 4, 3)}});
    grad_check(&(grad_case){merge2x2, &odd, {CELLS(3, 5, 2)}});
}

static rg_tensor *mask_pool(rg_run *run, const void *context, const rg_tensor *const *in) {
    (void)context;
    return rg_mask_pool(run, in[0], in[1]);
}

void grad_mask_pool(void) {
    grad_check(&(grad_case){mask_pool, NULL, {CELLS(3, 4, 5), {.rank = 2, .dim = {2, 12}, .is_data = true}}});
    grad_check(&(grad_case){mask_pool, NULL, {CELLS(1, 1, 2), {.rank = 2, .dim = {1, 1}, .is_data = true}}});
}
