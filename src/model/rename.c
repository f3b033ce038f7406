#include "model/rename.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The pattern has at most one %d, and comes from a table of ours. */
void rg_rename_make(char out[RG_NAME_SIZE], const char *prefix, const char *pattern, int layer) {
    const char *mark = strstr(pattern, "%d");
    if (mark) {
        snprintf(out, RG_NAME_SIZE, "%s%.*s%d%s", prefix, (int)(mark - pattern), pattern, layer, mark + 2);
    } else {
        snprintf(out, RG_NAME_SIZE, "%s%s", prefix, pattern);
    }
}

rgpt_status rg_own_values(rg_weights *to, const char *name, rg_dtype dtype, int rank, const int64_t *dim, void *data,
                          rgpt_error *err) {
    rg_weight w;
    rgpt_status status = rg_weight_init(&w, name, dtype, rank, dim, err);
    if (status != RGPT_OK) {
        free(data);
        return status;
    }
    w.data = data;
    return rg_weights_add_owned(to, &w, err);
}

/* ------------------------------------------------------------------ new values */

static int64_t count_of(const rg_weight *w) {
    return w->dim[0] * w->dim[1] * w->dim[2] * w->dim[3];
}

static float *to_floats(const rg_weight *w, rgpt_error *err) {
    size_t size = (size_t)count_of(w) * sizeof(float);
    float *values = malloc(size ? size : 1);
    if (!values) {
        rg_fail_memory(err, w->name, size);
        return NULL;
    }
    rg_dtype_get(w->dtype)->to_f32(values, w->data, count_of(w));
    return values;
}

/* Row r of a head's W rows is one of a pair (i, i + W/2) rotated together; GGUF has such pairs side by side. */
static int64_t rotary_source(int64_t row, int64_t head_width) {
    int64_t head = row / head_width, r = row % head_width;
    return head * head_width + r / 2 + (r % 2) * (head_width / 2);
}

static rgpt_status add_rotary(const rg_weight *w, const char *name, int heads, rg_weights *to, rgpt_error *err) {
    int64_t rows = w->dim[0];
    if (w->rank != 2 || heads < 1 || rows % heads != 0 || rows / heads % 2 != 0) {
        return rg_fail(err, RGPT_FORMAT, "%s: %lld rows do not divide into %d heads", w->name, (long long)rows, heads);
    }
    size_t row_size = w->size / (size_t)rows;
    char *data = malloc(w->size ? w->size : 1);
    if (!data) return rg_fail_memory(err, name, w->size);
    for (int64_t r = 0; r < rows; r++) {
        memcpy(data + (size_t)r * row_size, (const char *)w->data + (size_t)rotary_source(r, rows / heads) * row_size,
               row_size);
    }
    return rg_own_values(to, name, w->dtype, w->rank, w->dim, data, err);
}

static rgpt_status add_floats(const char *name, int rank, const int64_t *dim, float *values, rg_weights *to,
                              rgpt_error *err) {
    if (!values) return RGPT_NO_MEMORY;
    return rg_own_values(to, name, RG_F32, rank, dim, values, err);
}

static rgpt_status add_scaled(const rg_weight *w, const char *name, float scale, rg_weights *to, rgpt_error *err) {
    float *values = to_floats(w, err);
    for (int64_t i = 0; values && i < count_of(w); i++) values[i] *= scale;
    return add_floats(name, w->rank, w->dim, values, to, err);
}

static rgpt_status add_deconv(const rg_weight *w, const char *name, rg_weights *to, rgpt_error *err) {
    int64_t in = w->dim[0], out = w->dim[1];
    if (w->rank != 4 || w->dim[2] != 2 || w->dim[3] != 2) {
        return rg_fail(err, RGPT_FORMAT, "%s: wanted a transposed convolution's [in, out, 2, 2]", w->name);
    }
    float *from = to_floats(w, err);
    float *values = from ? malloc((size_t)count_of(w) * sizeof *values) : NULL;
    if (from && !values) rg_fail_memory(err, name, (size_t)count_of(w) * sizeof *values);
    for (int64_t i = 0; values && i < in; i++) {
        for (int64_t o = 0; o < out; o++) {
            for (int64_t part = 0; part < 4; part++) values[(part * out + o) * in + i] = from[(i * out + o) * 4 + part];
        }
    }
    free(from);
    return add_floats(name, 4, (const int64_t[]){2, 2, out, in}, values, to, err);
}

/* ------------------------------------------------------------------ views */

static rgpt_status add_third(const rg_weight *w, const char *name, int third, rg_weights *to, rgpt_error *err) {
    if (w->rank < 1 || w->dim[0] % 3 != 0) {
        return rg_fail(err, RGPT_FORMAT, "%s: %lld rows of queries, keys and values do not divide by 3", w->name,
                       (long long)w->dim[0]);
    }
    rg_weight part = *w;
    part.name = name;
    part.dim[0] /= 3;
    part.size /= 3;
    part.data = (const char *)w->data + (size_t)third * part.size;
    return rg_weights_add_view(to, &part, err);
}

static rgpt_status add_flat(const rg_weight *w, const char *name, rg_weights *to, rgpt_error *err) {
    rg_weight flat = *w;
    flat.name = name;
    while (flat.rank > 1 && flat.dim[0] == 1) {
        memmove(flat.dim, flat.dim + 1, (RG_MAX_RANK - 1) * sizeof *flat.dim);
        flat.dim[RG_MAX_RANK - 1] = 1;
        flat.rank--;
    }
    return rg_weights_add_view(to, &flat, err);
}

static rgpt_status add_as_is(const rg_weight *w, const char *name, rg_weights *to, rgpt_error *err) {
    /* Vectors are added and multiplied by directly (param.h), so they are float32 in our files. */
    if (w->rank == 1 && w->dtype != RG_F32) return add_scaled(w, name, 1, to, err);
    rg_weight same = *w;
    same.name = name;
    return rg_weights_add_view(to, &same, err);
}

/* ------------------------------------------------------------------ rules */

static rgpt_status add_scaled_rotary(const rg_weight *w, const char *name, float scale, int heads, rg_weights *to,
                                     rgpt_error *err) {
    float *values = to_floats(w, err);
    if (!values) return RGPT_NO_MEMORY;
    for (int64_t i = 0; i < count_of(w); i++) values[i] *= scale;
    rg_weight scaled = *w;
    scaled.dtype = RG_F32;
    scaled.data = values;
    scaled.size = (size_t)count_of(w) * sizeof *values;
    rgpt_status status = add_rotary(&scaled, name, heads, to, err);
    free(values);
    return status;
}

static rgpt_status apply(const rg_weight *w, const char *name, rg_change change, const rg_rename_setting *s,
                         rg_weights *to, rgpt_error *err) {
    if (!rg_dtype_get(w->dtype)->to_f32) {
        return rg_fail(err, RGPT_FORMAT, "%s: found elements of type %s, wanted numbers", w->name,
                       rg_dtype_get(w->dtype)->name);
    }
    switch (change) {
    case RG_FIRST_THIRD:
        return add_third(w, name, 0, to, err);
    case RG_MIDDLE_THIRD:
        return add_third(w, name, 1, to, err);
    case RG_LAST_THIRD:
        return add_third(w, name, 2, to, err);
    case RG_FLAT:
        return add_flat(w, name, to, err);
    case RG_DECONV:
        return add_deconv(w, name, to, err);
    case RG_ROTARY_Q:
        return add_rotary(w, name, s->heads, to, err);
    case RG_ROTARY_K:
        return add_rotary(w, name, s->kv_heads, to, err);
    case RG_SCALE:
        return add_scaled(w, name, s->scale, to, err);
    case RG_SCALE_ROTARY_Q:
        return add_scaled_rotary(w, name, s->scale, s->heads, to, err);
    case RG_SCALE_ROTARY_K:
        return add_scaled_rotary(w, name, s->scale, s->kv_heads, to, err);
    case RG_AS_IS:
        break;
    }
    return add_as_is(w, name, to, err);
}

rgpt_status rg_rename_apply(const rg_rename *rules, size_t rule_count, const rg_rename_setting *setting,
                            const rg_weights *from, rg_weights *to, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < rule_count; i++) {
        int layers = strstr(rules[i].ours, "%d") ? setting->layers : 1;
        for (int layer = 0; status == RGPT_OK && layer < layers; layer++) {
            char ours[RG_NAME_SIZE], theirs[RG_NAME_SIZE];
            rg_rename_make(ours, setting->into ? setting->into : "", rules[i].ours, layer);
            rg_rename_make(theirs, setting->prefix, rules[i].theirs, layer);
            const rg_weight *w = rg_weights_find(from, theirs);
            if (w) status = apply(w, ours, rules[i].change, setting, to, err);
        }
    }
    return status;
}

bool rg_rename_prefix(const rg_weights *from, const char *suffix, char out[RG_NAME_SIZE]) {
    size_t tail = strlen(suffix);
    for (size_t i = 0; i < rg_weights_count(from); i++) {
        const char *name = rg_weights_at(from, i)->name;
        size_t length = strlen(name);
        if (length < tail || length - tail >= RG_NAME_SIZE || strcmp(name + length - tail, suffix) != 0) continue;
        size_t head = length - tail;
        if (head > 0 && name[head - 1] != '.') continue;
        snprintf(out, RG_NAME_SIZE, "%.*s", (int)head, name);
        return true;
    }
    return false;
}

int rg_rename_layers(const rg_weights *from, const char *prefix, const char *theirs) {
    int layers = 0;
    for (;; layers++) {
        char name[RG_NAME_SIZE];
        rg_rename_make(name, prefix, theirs, layers);
        if (!rg_weights_find(from, name)) return layers;
    }
}
