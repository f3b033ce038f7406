#include "model/param.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum { MISFITS_CAP = 64 << 10, NAME_SIZE = 256 };

/* ------------------------------------------------------------------ the list */

void rg_param_list_reset(rg_param_list *list) {
    for (size_t i = 0; i < list->count; i++) free(list->item[i].name);
    for (size_t i = 0; i < list->owned_count; i++) free(list->owned[i]);
    free(list->item);
    free(list->owned);
    *list = (rg_param_list){0};
}

static bool list_add(rg_param_list *list, const char *name, rg_tensor *tensor) {
    rg_param *grown = rg_array_grow(list->item, &list->allocated, list->count + 1, sizeof *grown);
    if (!grown) return false;
    list->item = grown;
    char *copy = strdup(name);
    if (!copy) return false;
    list->item[list->count++] = (rg_param){copy, tensor};
    return true;
}

static bool list_own(rg_param_list *list, void *block) {
    void **grown = rg_array_grow(list->owned, &list->owned_allocated, list->owned_count + 1, sizeof *grown);
    if (!grown) return false;
    list->owned = grown;
    list->owned[list->owned_count++] = block;
    return true;
}

/* ------------------------------------------------------------------ shapes */

/* Reads "4C" at *text and steps past it; the product of its digits' number and its letters' sizes. */
static int64_t read_size(const rg_binding *b, const char **text) {
    int64_t size = 1;
    const char *p = *text;
    if (isdigit((unsigned char)*p)) {
        char *end;
        size = strtol(p, &end, 10);
        p = end;
    }
    for (; isupper((unsigned char)*p); p++) size *= b->letter[(unsigned char)*p];
    while (*p == ' ') p++;
    *text = p;
    return size;
}

static int read_shape(const rg_binding *b, const char *text, int64_t *dim) {
    int rank = 0;
    while (*text && rank < RG_MAX_RANK) dim[rank++] = read_size(b, &text);
    return rank;
}

static void format_shape(char *out, size_t size, int rank, const int64_t *dim) {
    size_t used = 0;
    used += (size_t)snprintf(out, size, "[");
    for (int i = 0; i < rank && used < size; i++) {
        used += (size_t)snprintf(out + used, size - used, "%s%lld", i ? ", " : "", (long long)dim[i]);
    }
    if (used < size) snprintf(out + used, size - used, "]");
}

/* ------------------------------------------------------------------ binding */

void rg_binding_init(rg_binding *b, const rg_weights *weights, rg_param_list *list) {
    *b = (rg_binding){.weights = weights, .list = list, .misfits = {.cap = MISFITS_CAP}};
}

static void misfit(rg_binding *b, const char *name, const char *found, const char *wanted) {
    b->misfit_count++;
    /* Past the cap the count still says how many there are. */
    rg_buffer_format(&b->misfits, NULL, "%s%s: found %s, wanted %s", b->misfits.size ? "; " : "", name, found, wanted);
}

/* Ops add and multiply by vectors directly, so these must be numbers of the activations' type. */
static bool convert_to_real(rg_binding *b, rg_tensor *t) {
    int64_t count = rg_tensor_count(t);
    rg_real *reals = malloc((size_t)count * sizeof *reals);
    float *floats = malloc((size_t)count * sizeof *floats);
    bool ok = reals && floats && list_own(b->list, reals);
    if (ok) {
        rg_dtype_get(t->dtype)->to_f32(floats, t->data, count);
        for (int64_t i = 0; i < count; i++) reals[i] = floats[i];
        t->data = reals;
        t->dtype = RG_REAL;
    } else {
        free(reals);
    }
    free(floats);
    return ok;
}

static bool same_shape(const rg_weight *w, int rank, const int64_t *dim) {
    if (w->rank != rank) return false;
    for (int i = 0; i < rank; i++) {
        if (w->dim[i] != dim[i]) return false;
    }
    return true;
}

static void bind_row(rg_binding *b, rg_tensor *tensor, const char *name, const rg_param_row *row) {
    int64_t dim[RG_MAX_RANK] = {1, 1, 1, 1};
    int rank = read_shape(b, row->shape, dim);
    char wanted[128], found[128];
    format_shape(wanted, sizeof wanted, rank, dim);

    const rg_weight *w = rg_weights_find(b->weights, name);
    if (!w) {
        misfit(b, name, "nothing", wanted);
        return;
    }
    if (!same_shape(w, rank, dim)) {
        format_shape(found, sizeof found, w->rank, w->dim);
        misfit(b, name, found, wanted);
        return;
    }
    if (!rg_dtype_get(w->dtype)->to_f32) {
        misfit(b, name, rg_dtype_get(w->dtype)->name, "a floating or quantised type");
        return;
    }
    *tensor = (rg_tensor){
        .dtype = w->dtype, .rank = rank, .dim = {dim[0], dim[1], dim[2], dim[3]}, .data = (void *)(uintptr_t)w->data};
    bool ok = list_add(b->list, name, tensor);
    /* The double build (tensor/real.h) has products of reals only. */
    const bool wants_real = rank == 1 || row->is_real || RG_REAL == RG_F64;
    /* A mapped file promises no alignment. */
    bool is_ready = tensor->dtype == RG_REAL && (uintptr_t)tensor->data % sizeof(rg_real) == 0;
    if (ok && wants_real && !is_ready) ok = convert_to_real(b, tensor);
    if (!ok) b->failure = RGPT_NO_MEMORY;
}

void rg_bind(rg_binding *b, void *part, const char *prefix, const rg_param_row *rows, size_t row_count) {
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].when && !b->letter[(unsigned char)rows[i].when]) continue;
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "%s%s", prefix, rows[i].name);
        bind_row(b, (rg_tensor *)((char *)part + rows[i].offset), name, &rows[i]);
    }
}

rgpt_status rg_binding_finish(rg_binding *b, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    if (b->failure != RGPT_OK) {
        status = rg_fail_memory(err, "model parameters", 0);
    } else if (b->misfit_count > 0) {
        status = rg_fail(err, RGPT_FORMAT, "model: %d tensors do not fit: %s", b->misfit_count,
                         b->misfits.data ? b->misfits.data : "(no memory to name them)");
    }
    rg_buffer_reset(&b->misfits);
    return status;
}
