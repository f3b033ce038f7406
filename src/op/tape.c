#include "op/tape.h"

#include <string.h>

static const struct {
    const char *name;
    rg_backward_fn *backward;
} ops[RG_OP_COUNT] = {
#define RG_OP(name) {#name, rg_##name##_backward},
#include "op/op.def"
#undef RG_OP
};

const char *rg_op_name(rg_op op) {
    return ops[op].name;
}

/* ------------------------------------------------------------------ recording */

/* Of the arena of headers, which is there in a dry run, too. */
static void *take(rg_run *run, size_t size) {
    void *memory = NULL;
    if (rg_run_failed(run)) return NULL;
    if (!rg_arena_alloc(&run->tensors, size, &memory)) {
        rg_run_fail(run, RGPT_NO_MEMORY, "tape: %zu bytes wanted, %zu of %zu are taken", size, run->tensors.used,
                    run->tensors.capacity);
    }
    return memory;
}

const void *rg_tape_keep(rg_run *run, const void *data, size_t size) {
    void *copy = run->tape ? take(run, size) : NULL;
    return copy ? memcpy(copy, data, size) : NULL;
}

void rg_tape_append(rg_run *run, rg_op op, rg_tensor *y, const void *saved, size_t saved_size) {
    rg_record *record = y ? take(run, sizeof *record + saved_size) : NULL;
    if (!record) return;
    *record = (rg_record){.before = run->tape->last, .output = y, .op = op};
    memcpy(record->saved, saved, saved_size);
    run->tape->last = record;
    y->grad_state = RG_GRAD_WANTED;
}

void rg_tape_add(rg_run *run, rg_op op, rg_tensor *y, const void *saved, size_t saved_size,
                 const rg_tensor *const *inputs, size_t input_count) {
    if (!run->tape) return;
    for (size_t i = 0; i < input_count; i++) {
        if (rg_grad_wanted(inputs[i])) {
            rg_tape_append(run, op, y, saved, saved_size);
            return;
        }
    }
}

/* ------------------------------------------------------------------ memory of gradients */

/* The memory of a gradient that is done with, if there is one of this size. */
static bool take_spare(rg_tape *tape, int64_t count, rg_real **out) {
    for (rg_record **link = &tape->spare; *link; link = &(*link)->before) {
        const rg_record *free = *link;
        if (rg_tensor_count(free->output) == count) {
            *out = free->output->grad;
            *link = free->before;
            return true;
        }
    }
    return false;
}

rg_real *rg_grad_put(rg_run *run, const rg_tensor *x, bool *accumulate) {
    *accumulate = false;
    if (!rg_grad_wanted(x) || rg_run_failed(run)) return NULL;
    *accumulate = x->grad_state == RG_GRAD_THERE;
    if (*accumulate) return rg_run_is_dry(run) ? NULL : x->grad;

    /* Ops take their inputs as const, which is about the numbers; that they led to the loss is noted in the
     * header, and no header that wants a gradient is anyone's constant. */
    rg_tensor *t = (rg_tensor *)x;
    const int64_t count = rg_tensor_count(t);
    if (!take_spare(run->tape, count, &t->grad)) t->grad = rg_run_scratch(run, (size_t)count * sizeof *t->grad);
    if (rg_run_failed(run)) return NULL;
    t->grad_state = RG_GRAD_THERE;
    return t->grad;
}

rg_real *rg_grad_add(rg_run *run, const rg_tensor *x) {
    bool accumulate;
    rg_real *grad = rg_grad_put(run, x, &accumulate);
    if (grad && !accumulate) memset(grad, 0, (size_t)rg_tensor_count(x) * sizeof *grad);
    return grad;
}

void rg_grad_pass(rg_run *run, const rg_tensor *x, rg_tensor *y) {
    if (!rg_grad_wanted(x) || rg_run_failed(run)) return;
    if (x->grad_state == RG_GRAD_WANTED) {
        rg_tensor *t = (rg_tensor *)x; /* as in rg_grad_put */
        t->grad = y->grad;
        t->grad_state = RG_GRAD_THERE;
        y->grad = NULL;
        y->grad_state = RG_GRAD_NONE;
    } else if (rg_run_computes(run)) {
        run->rows->add(x->grad, x->grad, y->grad, rg_tensor_count(x));
    }
}

/* ------------------------------------------------------------------ the backward pass */

static void walk(rg_run *run) {
    rg_tape *tape = run->tape;
    rg_record *before;
    for (rg_record *record = tape->last; record && !rg_run_failed(run); record = before) {
        rg_tensor *y = record->output;
        before = record->before;
        if (y->grad_state != RG_GRAD_THERE) continue; /* the loss does not depend on it */
        if (rg_tensor_count(y) > 0) ops[record->op].backward(run, y, record->saved);
        if (y->grad_state != RG_GRAD_THERE) continue; /* its gradient is another's now */
        record->before = tape->spare;
        tape->spare = record;
    }
    tape->last = NULL;
}

void rg_backward_from(rg_run *run, rg_tensor *y, const rg_real *cotangent) {
    if (!RG_OP_READY(run, y)) return;
    if (!run->tape || !rg_grad_wanted(y)) {
        rg_run_fail(run, RGPT_INVALID, "backward: the result depends on nothing that wants a gradient");
        return;
    }
    rg_real *grad = rg_grad_add(run, y);
    if (grad) run->rows->add(grad, grad, cotangent, rg_tensor_count(y));
    walk(run);
}

void rg_backward(rg_run *run, rg_tensor *loss) {
    if (!RG_OP_READY(run, loss)) return;
    if (rg_tensor_count(loss) != 1) {
        rg_run_fail(run, RGPT_INVALID, "backward: a loss of %lld elements, wanted 1", (long long)rg_tensor_count(loss));
        return;
    }
    const rg_real one = 1;
    rg_backward_from(run, loss, &one);
}
