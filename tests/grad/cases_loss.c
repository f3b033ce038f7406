/* Gradient cases of losses: next-token cross-entropy, and what a contrastive loss is made of. */
#include "check.h"

typedef struct loss {
    const int32_t *target;
    double divisor;
} loss;

static rg_tensor *xent(rg_run *run, const void *context, const rg_tensor *const *in) {
    const loss *l = context;
    rg_tensor *x = rg_tensor_view2(run, in[0], in[0]->dim[0], in[0]->dim[1]);
    return rg_xent(run, x, l->target, l->divisor);
}

void grad_xent(void) {
    const int32_t some[] = {2, RG_IGNORE, 0, 4, RG_IGNORE}, one[] = {3};
    const loss mean = {some, (double)rg_xent_count(some, 5)}, sum = {one, 1};
    grad_check(&(grad_case){xent, &mean, {{.rank = 2, .dim = {5, 5}}}});
    grad_check(&(grad_case){xent, &sum, {{.rank = 2, .dim = {1, 600}}}});
}

static rg_tensor *unit_rows(rg_run *run, const void *context, const rg_tensor *const *in) {
    (void)context;
    return rg_unit_rows(run, in[0]);
}

void grad_unit_rows(void) {
    grad_check(&(grad_case){unit_rows, NULL, {{.rank = 2, .dim = {3, 5}}}});
    grad_check(&(grad_case){unit_rows, NULL, {{.rank = 2, .dim = {1, 2}}}});
}

static rg_tensor *similarity(rg_run *run, const void *scale, const rg_tensor *const *in) {
    return rg_similarity(run, in[0], in[1], *(const double *)scale);
}

/* The alignment objective as a whole: regions against names, each the mean of its tokens' embeddings. */
static rg_tensor *alignment(rg_run *run, const void *context, const rg_tensor *const *in) {
    const loss *l = context;
    rg_tensor *names = rg_unit_rows(run, rg_mask_pool(run, in[1], in[2]));
    return rg_xent(run, rg_similarity(run, rg_unit_rows(run, in[0]), names, 1 / 0.2), l->target, l->divisor);
}

void grad_similarity(void) {
    const double scale = 2.5;
    const int32_t name[] = {1, 0, 2, 1};
    const loss mean = {name, 4};
    grad_check(&(grad_case){similarity, &scale, {{.rank = 2, .dim = {3, 4}}, {.rank = 2, .dim = {5, 4}}}});
    grad_check(&(grad_case){
        alignment,
        &mean,
        {{.rank = 2, .dim = {4, 3}}, {.rank = 2, .dim = {6, 3}}, {.rank = 2, .dim = {3, 6}, .is_data = true}}});
}
