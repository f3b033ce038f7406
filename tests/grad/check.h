/* check.h - compares an op's backward with finite differences, in double.
 *
 * A case is a function from some inputs to a result. The loss is <c, y> with a random cotangent c: a plain
 * sum would hide errors that cancel. Each element of each input is moved, and the slope (two central
 * differences, extrapolated) compared with the gradient to 1e-8 of the largest one.
 *
 * Every case is run several ways: each input alone wanting a gradient, all of them; as parameters, whose
 * gradients are added to what is there, and as activations, which get theirs from the arena; used once
 * and twice. Each in exactly the memory that the dry run counted.
 */
#ifndef RG_TESTS_GRAD_CHECK_H
#define RG_TESTS_GRAD_CHECK_H

#include "op/op.h"
#include "op/tape.h"

enum { GRAD_INPUTS = 6 };

typedef rg_tensor *grad_forward(rg_run *run, const void *context, const rg_tensor *const *input);

typedef struct grad_input {
    int rank; /* 0: there is no such input, the case gets NULL */
    int64_t dim[RG_MAX_RANK];
    bool is_data; /* a mask, say: wants no gradient, and is not moved */
} grad_input;

typedef struct grad_case {
    grad_forward *forward;
    const void *context;
    grad_input input[GRAD_INPUTS];
} grad_case;

void grad_check(const grad_case *c);

/* Uniform in -1 .. 1, the same numbers in every run of the program. */
double grad_draw(void);

/* One function an op, named in op/op.def: it checks some cases. */
#define RG_OP(name) void grad_##name(void);
#include "op/op.def"
#undef RG_OP

#endif
