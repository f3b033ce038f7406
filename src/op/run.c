#include "op/tape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/checked.h"

/* A header, and an op on the tape, are one or two hundred bytes; a training step of several deep passes
 * makes some ten thousand. Pages that are not reached cost nothing. */
enum { TENSORS_SIZE = 16 << 20 };

static rgpt_status open_tensors(rg_run *run, rgpt_error *err) {
    return rg_arena_open(&run->tensors, TENSORS_SIZE, err);
}

rgpt_status rg_run_open(rg_run *run, size_t data_size, rg_compute compute, rg_matmul *matmul, rgpt_error *err) {
    *run = (rg_run){
        .compute = compute,
        .threads = rg_matmul_threads(matmul),
        .matmul = matmul,
        .rows = rg_row_kernels_get(rg_matmul_isa(matmul)),
    };
    rgpt_status status = rg_arena_open(&run->data, data_size, err);
    if (status == RGPT_OK) status = open_tensors(run, err);
    if (status != RGPT_OK) rg_run_close(run);
    return status;
}

rgpt_status rg_run_open_dry(rg_run *run, rgpt_error *err) {
    *run = (rg_run){.threads = 1};
    rg_arena_count(&run->data);
    return open_tensors(run, err);
}

void rg_run_close(rg_run *run) {
    rg_arena_close(&run->data);
    rg_arena_close(&run->tensors);
    if (run->tape) rg_tape_clear(run->tape); /* it pointed into them */
}

void rg_run_reset(rg_run *run) {
    rg_arena_rewind(&run->data, 0);
    rg_arena_rewind(&run->tensors, 0);
    if (run->tape) rg_tape_clear(run->tape);
    rg_error_clear(&run->error);
}

rgpt_status rg_run_status(const rg_run *run, rgpt_error *err) {
    if (!rg_run_failed(run)) return RGPT_OK;
    return rg_fail(err, run->error.status, "%s", run->error.message);
}

rg_tensor *rg_run_fail(rg_run *run, rgpt_status status, const char *format, ...) {
    char message[sizeof run->error.message];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    rg_fail(&run->error, status, "%s", message);
    return NULL;
}

rg_tensor *rg_tensor_header(rg_run *run) {
    void *header = NULL;
    if (!rg_arena_alloc(&run->tensors, sizeof(rg_tensor), &header)) {
        return rg_run_fail(run, RGPT_NO_MEMORY, "workspace: more than %d tensors at a time",
                           (int)(run->tensors.capacity / RG_ARENA_ALIGN));
    }
    return header;
}

static bool reals_size(int rank, const int64_t *dim, size_t *size) {
    *size = sizeof(rg_real);
    for (int i = 0; i < rank; i++) {
        if (dim[i] < 0 || !rg_mul_size(*size, (size_t)dim[i], size)) return false;
    }
    return *size <= PTRDIFF_MAX;
}

rg_tensor *rg_tensor_new(rg_run *run, int rank, const int64_t *dim) {
    if (rg_run_failed(run)) return NULL;
    size_t size;
    void *data;
    if (!reals_size(rank, dim, &size))
        return rg_run_fail(run, RGPT_LIMIT, "workspace: a tensor of rank %d is too large", rank);
    if (!rg_arena_alloc(&run->data, size, &data)) {
        return rg_run_fail(run, RGPT_NO_MEMORY, "workspace: %zu bytes wanted, %zu of %zu are taken", size,
                           run->data.used, run->data.capacity);
    }
    rg_tensor *t = rg_tensor_header(run);
    if (!t) return NULL;
    *t = (rg_tensor){.dtype = RG_REAL, .rank = rank, .dim = {1, 1, 1, 1}, .data = data};
    for (int i = 0; i < rank; i++) t->dim[i] = dim[i];
    return t;
}

rg_tensor *rg_tensor_new2(rg_run *run, int64_t rows, int64_t width) {
    return rg_tensor_new(run, 2, (const int64_t[]){rows, width});
}

rg_tensor *rg_tensor_from_floats(rg_run *run, int rank, const int64_t *dim, const float *from) {
    rg_tensor *t = rg_tensor_new(run, rank, dim);
    if (!t || rg_run_is_dry(run)) return t;
    int64_t count = rg_tensor_count(t);
    for (int64_t i = 0; i < count; i++) rg_tensor_reals(t)[i] = from[i];
    return t;
}

void *rg_run_scratch(rg_run *run, size_t size) {
    if (rg_run_failed(run)) return NULL;
    void *data = NULL;
    if (!rg_arena_alloc(&run->data, size, &data)) {
        rg_run_fail(run, RGPT_NO_MEMORY, "workspace: %zu bytes of scratch wanted, %zu of %zu are taken", size,
                    run->data.used, run->data.capacity);
    }
    return data;
}

bool rg_op_ready(rg_run *run, const rg_tensor *const *inputs, const char *names) {
    if (rg_run_failed(run)) return false;
    /* `names` is the op's argument list, so its commas tell how many inputs there are. */
    size_t count = 1;
    for (const char *p = names; *p; p++) count += *p == ',';
    for (size_t i = 0; i < count; i++) {
        if (!inputs[i]) {
            rg_run_fail(run, RGPT_INVALID, "op: one of its inputs (%s) is missing", names);
            return false;
        }
    }
    return true;
}

rg_scope rg_scope_begin(const rg_run *run) {
    return (rg_scope){run->data.used, run->tensors.used, run->tape ? run->tape->last : NULL};
}

rg_tensor *rg_scope_end(rg_run *run, rg_scope scope, rg_tensor *keep) {
    if (run->tape && keep && keep->grad_state != RG_GRAD_NONE) return keep;
    if (run->tape) run->tape->last = scope.last; /* nothing that was recorded since leads to a wanted gradient */

    rg_tensor kept = {0};
    if (keep) kept = *keep; /* its header is about to be taken back */
    rg_arena_rewind(&run->data, scope.data);
    rg_arena_rewind(&run->tensors, scope.tensors);
    if (!keep) return NULL;

    rg_tensor *moved = rg_tensor_new(run, kept.rank, kept.dim);
    if (moved && moved->data) memmove(moved->data, kept.data, (size_t)rg_tensor_count(&kept) * sizeof(rg_real));
    return moved;
}
