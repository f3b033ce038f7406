/* run.h - what every op works in: memory, threads, arithmetic, and one sticky error.
 *
 * Ops are eager: rg_linear(run, x, w, b) computes and returns a new tensor of the run's arena, NULL after
 * a failure. Once one op has failed, all later ones return NULL at once, so model code reads straight
 * down like the paper and its caller checks the run once at the end.
 *
 * A dry run goes through the same code with a counting arena: shapes are checked and memory is added
 * up, nothing is computed. What it counted is exactly what a real run of that shape needs.
 *
 * Memory is taken back by scopes: everything that was made inside one, except its result, is gone at
 * its end, so a network of any depth runs in the memory of its hungriest layer.
 *
 * For training a run carries a tape (tape.h), and scopes then keep what the backward pass will read.
 */
#ifndef RG_OP_RUN_H
#define RG_OP_RUN_H

#include "base/arena.h"
#include "kern/matmul.h"
#include "kern/row.h"
#include "tensor/tensor.h"

typedef struct rg_run {
    rg_arena data;    /* activations; counting in a dry run */
    rg_arena tensors; /* the rg_tensor headers, real in a dry run too */
    rg_compute compute;
    int threads;
    rg_matmul *matmul;          /* not owned; NULL in a dry run */
    const rg_row_kernels *rows; /* row kernels of this CPU */
    struct rg_tape *tape;       /* not owned; NULL: nothing is recorded, as in all inference */
    rgpt_error error;           /* the first failure */
} rg_run;

/* A real run in `data_size` bytes. `matmul` and its thread count stay the caller's. */
rgpt_status rg_run_open(rg_run *run, size_t data_size, rg_compute compute, rg_matmul *matmul, rgpt_error *err);
/* A dry run; rg_run_need tells what it came to. */
rgpt_status rg_run_open_dry(rg_run *run, rgpt_error *err);
void rg_run_close(rg_run *run);

/* Empties the arenas and the tape and clears the error, for the next pass. */
void rg_run_reset(rg_run *run);

static inline bool rg_run_is_dry(const rg_run *run) {
    return run->data.base == NULL;
}
static inline bool rg_run_failed(const rg_run *run) {
    return run->error.status != RGPT_OK;
}
/* Numbers are wanted, and nothing has failed. */
static inline bool rg_run_computes(const rg_run *run) {
    return !rg_run_is_dry(run) && !rg_run_failed(run);
}
static inline size_t rg_run_need(const rg_run *run) {
    return run->data.peak;
}

/* Hands the sticky error over to a caller's `err`. */
rgpt_status rg_run_status(const rg_run *run, rgpt_error *err);

/* Records a failure (the first stays) and returns NULL, for `return rg_run_fail(...)` in an op. */
rg_tensor *rg_run_fail(rg_run *run, rgpt_status status, const char *format, ...) RG_PRINTF(3, 4);

/* A header without contents, for a tensor over data that is there already. */
rg_tensor *rg_tensor_header(rg_run *run);
/* A new uninitialised tensor of rg_real. NULL after a failure or when memory is short. */
rg_tensor *rg_tensor_new(rg_run *run, int rank, const int64_t *dim);
rg_tensor *rg_tensor_new2(rg_run *run, int64_t rows, int64_t width);
/* view.c: another shape over the same data. The number of elements must be the same. */
rg_tensor *rg_tensor_view2(rg_run *run, const rg_tensor *x, int64_t rows, int64_t width);
/* Rows [from, from + count) of a matrix, sharing its data. */
rg_tensor *rg_tensor_rows_view(rg_run *run, const rg_tensor *x, int64_t from, int64_t count);
/* Copies caller's numbers in: `from` may be NULL in a dry run only. */
rg_tensor *rg_tensor_from_floats(rg_run *run, int rank, const int64_t *dim, const float *from);
/* Scratch without a shape. NULL in a dry run and after a failure (then the run has failed). */
void *rg_run_scratch(rg_run *run, size_t size);

/* True when an op may compute: all its inputs exist, nothing failed. False: it must return NULL. */
#define RG_OP_READY(run, ...) rg_op_ready((run), (const rg_tensor *const[]){__VA_ARGS__, NULL}, #__VA_ARGS__)
bool rg_op_ready(rg_run *run, const rg_tensor *const *inputs, const char *names);

/* Everything made between begin and end is taken back, except `keep`, which is moved to the scope's
 * start; the returned tensor replaces it. Where a tape records and `keep` wants a gradient, nothing is
 * taken back, and `keep` itself is returned: what is frozen costs no memory even then. */
typedef struct rg_scope {
    size_t data, tensors;
    struct rg_record *last; /* of the tape */
} rg_scope;
rg_scope rg_scope_begin(const rg_run *run);
rg_tensor *rg_scope_end(rg_run *run, rg_scope scope, rg_tensor *keep);

#endif
