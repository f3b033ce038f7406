/* rope.c - rotary position embedding. */
#include <math.h>
#include <string.h>

#include "op/check.h"
#include "op/tape.h"

typedef struct rope_saved {
    const rg_tensor *x, *table;
    int heads;
} rope_saved;

rg_tensor *rg_rope_table(rg_run *run, const int32_t *position, int64_t count, const float *frequency,
                         int64_t frequency_count) {
    rg_tensor *table = rg_tensor_new2(run, count, 2 * frequency_count);
    if (!table || rg_run_is_dry(run)) return table;
    for (int64_t t = 0; t < count; t++) {
        rg_real *cosine = rg_tensor_reals(table) + t * 2 * frequency_count;
        rg_real *sine = cosine + frequency_count;
        for (int64_t i = 0; i < frequency_count; i++) {
            /* The angle is rounded to float32 as PyTorch does; the functions of it are not. */
            double angle = (double)((float)position[t] * frequency[i]);
            cosine[i] = (rg_real)cos(angle);
            sine[i] = (rg_real)sin(angle);
        }
    }
    return table;
}

/* Row by row; `to` may be `from`. `sine` is T rows of W / 2, `sine_step` apart; W is a head's width. */
static void rotate(const rg_run *run, rg_real *to, const rg_real *from, const rope_saved *s, const rg_real *sine,
                   int64_t sine_step) {
    int64_t T = rg_tensor_rows(s->table), W = rg_tensor_width(s->table), D = s->heads * W;
#pragma omp parallel for num_threads(run->threads) if (T * D > RG_PARALLEL_ELEMENTS)
    for (int64_t t = 0; t < T; t++) {
        const rg_real *cosine = rg_tensor_reals(s->table) + t * W;
        rg_real *row = to + t * D;
        if (to != from) memcpy(row, from + t * D, (size_t)D * sizeof *row);
        for (int64_t h = 0; h < s->heads; h++) run->rows->rope(row + h * W, cosine, sine + t * sine_step, W / 2);
    }
}

rg_tensor *rg_rope(rg_run *run, const rg_tensor *x, const rg_tensor *table, int heads) {
    if (!RG_OP_READY(run, x, table)) return NULL;
    int64_t T = rg_tensor_rows(x), W = rg_tensor_width(table), D = heads * W;
    if (!rg_want_width(run, "rope", "input", x, D) || !rg_want_rows(run, "rope", "table", table, T)) return NULL;

    rg_tensor *y = rg_tensor_new2(run, T, D);
    rope_saved saved = {x, table, heads};
    RG_TAPE_ADD(run, rope, y, saved, x);
    if (!y || rg_run_is_dry(run)) return y;
    rotate(run, rg_tensor_reals(y), rg_tensor_reals(x), &saved, rg_tensor_reals(table) + W / 2, W);
    return y;
}

/* Backwards by the same angles, that is, by their negated sines. */
void rg_rope_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const rope_saved *s = saved;
    int64_t T = rg_tensor_rows(y), W = rg_tensor_width(s->table);
    const rg_real *table = rg_tensor_reals(s->table);
    rg_scope scope = rg_scope_begin(run);
    rg_real *sine = rg_run_scratch(run, (size_t)(T * (W / 2)) * sizeof *sine);
    if (rg_run_computes(run)) {
        for (int64_t t = 0; t < T; t++) run->rows->scale(sine + t * (W / 2), -1, table + t * W + W / 2, W / 2);
        rotate(run, y->grad, y->grad, s, sine, W / 2);
    }
    rg_scope_end(run, scope, NULL);
    rg_grad_pass(run, s->x, y);
}
