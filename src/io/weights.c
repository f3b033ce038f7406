#include "io/weights.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "io/names.h"

/* A block that is freed with the set. */
typedef struct block {
    struct block *next;
    void *data;
} block;

struct rg_weights {
    rg_weight *entries;
    size_t count, allocated;
    rg_names names; /* over entries, once sealed */
    bool is_sealed;
    rg_pool pool;  /* the names */
    block *blocks; /* the data that the set owns */
    rg_gguf *gguf; /* at most one of these two: the file behind */
    rg_safetensors *safetensors;
    rg_weights *kept; /* sets handed over, linked by `next` */
    rg_weights *next;
};

rgpt_status rg_weights_new(rg_weights **out, rgpt_error *err) {
    *out = calloc(1, sizeof **out);
    return *out ? RGPT_OK : rg_fail_memory(err, "weights", sizeof **out);
}

void rg_weights_close(rg_weights *w) {
    if (!w) return;
    while (w->kept) {
        rg_weights *next = w->kept->next;
        rg_weights_close(w->kept);
        w->kept = next;
    }
    while (w->blocks) {
        block *next = w->blocks->next;
        free(w->blocks->data);
        free(w->blocks);
        w->blocks = next;
    }
    rg_names_reset(&w->names);
    rg_pool_reset(&w->pool);
    free(w->entries);
    rg_gguf_close(w->gguf);
    rg_safetensors_close(w->safetensors);
    free(w);
}

/* ------------------------------------------------------------------ adding */

static rgpt_status add(rg_weights *w, const rg_weight *weight, rgpt_error *err) {
    if (w->is_sealed) return rg_fail(err, RGPT_INVALID, "tensor '%s': added to a sealed set", weight->name);
    rg_weight *grown = rg_array_grow(w->entries, &w->allocated, w->count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, weight->name, sizeof *grown);
    w->entries = grown;
    rg_weight entry = *weight;
    /* Copied even when a file's name would live long enough: one rule for all, and names are small. */
    entry.name = rg_pool_add(&w->pool, weight->name, strlen(weight->name));
    if (!entry.name) return rg_fail_memory(err, weight->name, strlen(weight->name));
    w->entries[w->count++] = entry;
    return RGPT_OK;
}

/* The set frees `data` from now on, even if this call fails. */
static rgpt_status own(rg_weights *w, void *data, rgpt_error *err) {
    block *b = malloc(sizeof *b);
    if (!b) {
        free(data);
        return rg_fail_memory(err, "weights", sizeof *b);
    }
    *b = (block){.next = w->blocks, .data = data};
    w->blocks = b;
    return RGPT_OK;
}

static bool is_aligned(const rg_weight *w) {
    return (uintptr_t)w->data % rg_weight_alignment(w->dtype) == 0;
}

rgpt_status rg_weights_add_view(rg_weights *w, const rg_weight *view, rgpt_error *err) {
    if (is_aligned(view) || view->size == 0) return add(w, view, err);
    rg_weight copy = *view;
    void *data = malloc(view->size);
    if (!data) return rg_fail_memory(err, view->name, view->size);
    copy.data = memcpy(data, view->data, view->size);
    return rg_weights_add_owned(w, &copy, err);
}

rgpt_status rg_weights_add_owned(rg_weights *w, const rg_weight *weight, rgpt_error *err) {
    rgpt_status status = own(w, (void *)(uintptr_t)weight->data, err);
    return status == RGPT_OK ? add(w, weight, err) : status;
}

void rg_weights_keep(rg_weights *w, rg_weights *source) {
    source->next = w->kept;
    w->kept = source;
}

rgpt_status rg_weights_seal(rg_weights *w, rgpt_error *err) {
    rg_names_reset(&w->names);
    rgpt_status status = rg_names_build(&w->names, w->entries, w->count, sizeof *w->entries, "tensor", err);
    w->is_sealed = status == RGPT_OK;
    return status;
}

/* ------------------------------------------------------------------ the tensors of a file */

static rgpt_status add_file(rg_weights *w, rgpt_error *err) {
    size_t count = w->gguf ? rg_gguf_tensor_count(w->gguf) : rg_safetensors_count(w->safetensors);
    for (size_t i = 0; i < count; i++) {
        const rg_weight *view = w->gguf ? rg_gguf_tensor_at(w->gguf, i) : rg_safetensors_at(w->safetensors, i);
        rgpt_status status = rg_weights_add_view(w, view, err);
        if (status != RGPT_OK) return status;
    }
    return rg_weights_seal(w, err);
}

/* Exactly one of the two files is there, and ours. */
static rgpt_status from_file(rg_gguf *gguf, rg_safetensors *safetensors, rg_weights **out, rgpt_error *err) {
    *out = NULL;
    rg_weights *w;
    rgpt_status status = rg_weights_new(&w, err);
    if (status != RGPT_OK) {
        rg_gguf_close(gguf);
        rg_safetensors_close(safetensors);
        return status;
    }
    w->gguf = gguf;
    w->safetensors = safetensors;
    status = add_file(w, err);
    if (status != RGPT_OK) {
        rg_weights_close(w);
        return status;
    }
    *out = w;
    return RGPT_OK;
}

rgpt_status rg_weights_from_gguf(rg_gguf *file, rg_weights **out, rgpt_error *err) {
    return from_file(file, NULL, out, err);
}

rgpt_status rg_weights_from_safetensors(rg_safetensors *file, rg_weights **out, rgpt_error *err) {
    return from_file(NULL, file, out, err);
}

/* ------------------------------------------------------------------ looking */

size_t rg_weights_count(const rg_weights *w) {
    return w->count;
}

const rg_weight *rg_weights_at(const rg_weights *w, size_t index) {
    return &w->entries[index];
}

const rg_weight *rg_weights_find(const rg_weights *w, const char *name) {
    return rg_names_find(&w->names, name);
}

const rg_gguf *rg_weights_gguf(const rg_weights *w) {
    return w->gguf;
}
