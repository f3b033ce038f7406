/* recompute.c - a stretch of ops whose insides are computed twice rather than kept (Chen et al., "Training
 * Deep Nets with Sublinear Memory Cost", 2016). */
#include "op/check.h"
#include "op/tape.h"

typedef struct recompute_saved {
    rg_segment *segment;
    const rg_tensor *x;
    const void *context; /* a copy */
} recompute_saved;

rg_tensor *rg_recompute(rg_run *run, rg_segment *segment, const void *context, size_t context_size,
                        const rg_tensor *x) {
    if (!RG_OP_READY(run, x)) return NULL;
    rg_tape *outer = run->tape, inner = {0};
    rg_scope scope = rg_scope_begin(run);
    if (!outer || !outer->recomputes) return rg_scope_end(run, scope, segment(run, context, x));

    /* Recorded, for what is recorded tells whether the result wants a gradient, and then thrown away. */
    run->tape = &inner;
    rg_tensor *kept = segment(run, context, x);
    run->tape = outer;
    rg_tensor result = {0};
    if (kept) result = *kept;
    const bool is_wanted = rg_grad_wanted(&result);
    result.grad_state = RG_GRAD_NONE;
    rg_tensor *y = rg_scope_end(run, scope, kept ? &result : NULL);
    if (!y || !is_wanted) return y;
    recompute_saved saved = {segment, x, rg_tape_keep(run, context, context_size)};
    rg_tape_append(run, RG_OP_recompute, y, &saved, sizeof saved);
    return y;
}

void rg_recompute_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const recompute_saved *s = saved;
    (void)rg_grad_add(run, s->x); /* taken here, where it outlives the scope */
    rg_tape *outer = run->tape, inner = {0};
    rg_scope scope = rg_scope_begin(run);
    run->tape = &inner;
    rg_backward_from(run, s->segment(run, s->context, s->x), y->grad);
    run->tape = outer;
    rg_scope_end(run, scope, NULL);
}
