/* tape.h - reverse-mode differentiation: what an op leaves behind so that gradients can be computed.
 *
 *     rg_tape tape = {0};
 *     run.tape = &tape;
 *     rg_grad_want(&weight, buffer);               // a parameter that learns; its gradient is added to buffer
 *     rg_tensor *loss = ...ops...;                 // the same model code as ever
 *     rg_backward(&run, loss);
 *     rg_run_status(&run, err); rg_run_reset(&run);
 *
 * A result wants a gradient exactly when one of its op's inputs does, so freezing a part of the model is not
 * asking for the gradients of its parameters: nothing is recorded, kept or computed for it. What the ops were
 * given besides tensors (picks, spans, targets) must stay in place until rg_backward is done.
 *
 * Memory is the run's arena. A gradient lives from the first op that adds to it to the op whose result it
 * belongs to; then it serves for the next one of its size. A dry run goes through rg_backward, too, so it
 * counts a whole step exactly.
 *
 * Everything is added up in an order that does not depend on chance: for one number of threads the same
 * inputs give the same bits.
 */
#ifndef RG_OP_TAPE_H
#define RG_OP_TAPE_H

#include "op/run.h"

typedef enum rg_op {
#define RG_OP(name) RG_OP_##name,
#include "op/op.def"
#undef RG_OP
    RG_OP_COUNT
} rg_op;

const char *rg_op_name(rg_op op); /* "layer_norm" */

/* One op that ran: in the run's arena of headers, after it what the op saved. */
typedef struct rg_record {
    struct rg_record *before;
    rg_tensor *output;
    rg_op op;
    _Alignas(16) unsigned char saved[];
} rg_record;

typedef struct rg_tape {
    rg_record *last;
    rg_record *spare; /* done, and their outputs' gradients free for others; a list by `before` */
    bool recomputes;  /* rg_recompute (op.h) keeps nothing of its segment but the result */
} rg_tape;

static inline void rg_tape_clear(rg_tape *tape) {
    tape->last = tape->spare = NULL;
}

/* Asks for the gradient of a tensor that no op made: a parameter or an input. `buffer` has as many rg_real as the
 * tensor has elements, is the caller's, and is added to; NULL in a dry run only. */
static inline void rg_grad_want(rg_tensor *t, rg_real *buffer) {
    t->grad = buffer;
    t->grad_state = RG_GRAD_THERE;
}

/* Backward from a loss of one element, to everything that wants a gradient. Empties the tape. */
void rg_backward(rg_run *run, rg_tensor *loss);
/* Backward from any tensor: `cotangent` is what the gradient of y is (NULL in a dry run). */
void rg_backward_from(rg_run *run, rg_tensor *y, const rg_real *cotangent);

/* ------------------------------------------------------------------ for ops
 *
 * An op calls RG_TAPE_ADD once its output is there, in a dry run too, and outside its own scopes. The backward
 * is called with y->grad there, and may overwrite it: nobody reads it afterwards. It asks for its inputs'
 * gradients, then for scratch, then returns unless rg_run_computes. */

typedef void rg_backward_fn(rg_run *run, rg_tensor *y, const void *saved);
#define RG_OP(name) rg_backward_fn rg_##name##_backward;
#include "op/op.def"
#undef RG_OP

/* Records the op if a tape is there and one of the tensors that follow `saved` (each may be NULL) wants a
 * gradient. `saved` is a struct of the op's own, copied. */
#define RG_TAPE_ADD(run, op, y, saved, ...)                                                                            \
    rg_tape_add((run), RG_OP_##op, (y), &(saved), sizeof(saved), (const rg_tensor *const[]){__VA_ARGS__},              \
                sizeof((const rg_tensor *const[]){__VA_ARGS__}) / sizeof(rg_tensor *))
void rg_tape_add(rg_run *run, rg_op op, rg_tensor *y, const void *saved, size_t saved_size,
                 const rg_tensor *const *inputs, size_t input_count);
/* The same, whatever wants a gradient. */
void rg_tape_append(rg_run *run, rg_op op, rg_tensor *y, const void *saved, size_t saved_size);

/* A copy that lives as long as the tape, of what `saved` only points to. NULL without a tape. */
const void *rg_tape_keep(rg_run *run, const void *data, size_t size);

static inline bool rg_grad_wanted(const rg_tensor *x) {
    return x && x->grad_state != RG_GRAD_NONE;
}
/* Where to add x's gradient; zeros if nothing came in before. NULL when x (which may be NULL) wants none, in a
 * dry run and after a failure. */
rg_real *rg_grad_add(rg_run *run, const rg_tensor *x);
/* The same without the zeros: *accumulate tells whether to add, or to write every element. */
rg_real *rg_grad_put(rg_run *run, const rg_tensor *x, bool *accumulate);
/* y->grad, as it now is, is x's gradient, or joins it. Not to be touched afterwards. */
void rg_grad_pass(rg_run *run, const rg_tensor *x, rg_tensor *y);

#endif
