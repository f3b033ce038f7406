/* splice.c - rows gathered from several matrices: where tokens, image and regions become one sequence. */
#include <string.h>

#include "op/check.h"
#include "op/tape.h"

typedef struct splice_saved {
    const rg_tensor *const *source;
    int source_count;
    const rg_pick *pick;
} splice_saved;

typedef struct concat_saved {
    const rg_tensor *a, *b;
} concat_saved;

static void copy_row(rg_real *to, const rg_tensor *from, int64_t row, int64_t width) {
    if (from->dtype == RG_REAL) {
        memcpy(to, rg_tensor_reals(from) + row * width, (size_t)width * sizeof *to);
        return;
    }
    const rg_dtype_traits *traits = rg_dtype_get(from->dtype);
    size_t row_size = (size_t)(width / traits->block_count) * traits->block_size;
    const char *data = (const char *)from->data + (size_t)row * row_size;
#ifdef RG_REAL_DOUBLE
    enum { PIECE = 256 }; /* the largest block */
    float piece[PIECE];
    for (int64_t i = 0; i < width; i += PIECE) {
        int64_t n = width - i < PIECE ? width - i : PIECE;
        traits->to_f32(piece, data + (size_t)(i / traits->block_count) * traits->block_size, n);
        for (int64_t j = 0; j < n; j++) to[i + j] = piece[j];
    }
#else
    traits->to_f32(to, data, width);
#endif
}

rg_tensor *rg_splice(rg_run *run, const rg_tensor *const *source, int source_count, const rg_pick *pick,
                     int64_t count) {
    if (rg_run_failed(run)) return NULL;
    int64_t width = rg_tensor_width(source[0]);
    for (int s = 0; s < source_count; s++) {
        if (source[s] && !rg_want_width(run, "splice", "source", source[s], width)) return NULL;
    }
    rg_tensor *y = rg_tensor_new2(run, count, width);
    splice_saved saved = {rg_tape_keep(run, source, (size_t)source_count * sizeof *source), source_count, pick};
    rg_tape_add(run, RG_OP_splice, y, &saved, sizeof saved, source, (size_t)source_count);
    if (!y || rg_run_is_dry(run)) return y;
    for (int64_t i = 0; i < count; i++) {
        const rg_tensor *from = pick[i].source >= 0 && pick[i].source < source_count ? source[pick[i].source] : NULL;
        if (!from || pick[i].row < 0 || pick[i].row >= rg_tensor_rows(from)) {
            return rg_run_fail(run, RGPT_INVALID, "splice: position %lld wants row %d of source %d, which is not there",
                               (long long)i, pick[i].row, pick[i].source);
        }
        copy_row(rg_tensor_reals(y) + i * width, from, pick[i].row, width);
    }
    return y;
}

/* A row that was picked more than once gets the sum, in the order of the picks. */
void rg_splice_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const splice_saved *s = saved;
    int64_t count = rg_tensor_rows(y), width = rg_tensor_width(y);
    for (int from = 0; from < s->source_count; from++) {
        rg_real *dx = rg_grad_add(run, s->source[from]);
        for (int64_t i = 0; dx && i < count; i++) {
            rg_real *row = dx + s->pick[i].row * width;
            if (s->pick[i].source == from) run->rows->add(row, row, y->grad + i * width, width);
        }
    }
}

rg_tensor *rg_concat(rg_run *run, const rg_tensor *a, const rg_tensor *b) {
    if (!RG_OP_READY(run, a, b)) return NULL;
    int64_t width = rg_tensor_width(a);
    if (!rg_want_width(run, "concat", "second", b, width)) return NULL;
    rg_tensor *y = rg_tensor_new2(run, rg_tensor_rows(a) + rg_tensor_rows(b), width);
    RG_TAPE_ADD(run, concat, y, ((concat_saved){a, b}), a, b);
    if (!y || rg_run_is_dry(run)) return y;
    int64_t a_count = rg_tensor_count(a);
    memcpy(rg_tensor_reals(y), a->data, (size_t)a_count * sizeof(rg_real));
    memcpy(rg_tensor_reals(y) + a_count, b->data, (size_t)rg_tensor_count(b) * sizeof(rg_real));
    return y;
}

void rg_concat_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const concat_saved *s = saved;
    int64_t a_count = rg_tensor_count(s->a);
    rg_real *da = rg_grad_add(run, s->a), *db = rg_grad_add(run, s->b);
    if (!rg_run_computes(run)) return;
    if (da) run->rows->add(da, da, y->grad, a_count);
    if (db) run->rows->add(db, db, y->grad + a_count, rg_tensor_count(s->b));
}
