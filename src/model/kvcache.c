#include "model/kvcache.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "op/tape.h"

size_t rg_kvcache_size(int layer_count, int64_t width, int64_t capacity) {
    return 2 * (size_t)layer_count * (size_t)width * (size_t)capacity * sizeof(rg_real);
}

rgpt_status rg_kvcache_open(rg_kvcache *cache, int layer_count, int64_t width, rgpt_error *err) {
    *cache = (rg_kvcache){.layer_count = layer_count, .width = width};
    cache->k = calloc((size_t)layer_count, sizeof *cache->k);
    cache->v = calloc((size_t)layer_count, sizeof *cache->v);
    if (cache->k && cache->v) return RGPT_OK;
    rg_kvcache_close(cache);
    return rg_fail_memory(err, "KV cache", 2 * (size_t)layer_count * sizeof *cache->k);
}

void rg_kvcache_close(rg_kvcache *cache) {
    for (int i = 0; i < cache->layer_count; i++) {
        if (cache->k) free(cache->k[i].data);
        if (cache->v) free(cache->v[i].data);
    }
    free(cache->k);
    free(cache->v);
    *cache = (rg_kvcache){0};
}

static rgpt_status grow_matrix(rg_tensor *t, int64_t capacity, int64_t width, rgpt_error *err) {
    size_t size = 0;
    if (!rg_mul_size((size_t)capacity, (size_t)width * sizeof(rg_real), &size)) size = SIZE_MAX;
    void *data = realloc(t->data, size);
    if (!data) return rg_fail_memory(err, "KV cache", size);
    *t = (rg_tensor){.dtype = RG_REAL, .rank = 2, .dim = {capacity, width, 1, 1}, .data = data};
    return RGPT_OK;
}

rgpt_status rg_kvcache_grow(rg_kvcache *cache, int64_t capacity, rgpt_error *err) {
    if (capacity <= cache->capacity) return RGPT_OK;
    rgpt_status status = RGPT_OK;
    for (int i = 0; status == RGPT_OK && i < cache->layer_count; i++) {
        status = grow_matrix(&cache->k[i], capacity, cache->width, err);
        if (status == RGPT_OK) status = grow_matrix(&cache->v[i], capacity, cache->width, err);
    }
    /* Layers that did grow are merely larger than `capacity` says. */
    if (status == RGPT_OK) cache->capacity = capacity;
    return status;
}

rg_tensor *rg_kvcache_put(rg_run *run, rg_tensor *layer, const rg_tensor *rows, int64_t slot) {
    if (!RG_OP_READY(run, layer, rows)) return NULL;
    int64_t width = rg_tensor_width(rows), count = rg_tensor_rows(rows);
    if (run->tape && rg_grad_wanted(rows))
        return rg_run_fail(run, RGPT_INVALID, "KV cache: it cannot be trained through");
    if (slot < 0 || slot + count > layer->dim[0] || layer->dim[1] != width) {
        return rg_run_fail(run, RGPT_LIMIT, "KV cache: %lld positions from slot %lld, it has %lld", (long long)count,
                           (long long)slot, (long long)layer->dim[0]);
    }
    if (!rg_run_is_dry(run)) {
        memcpy(rg_tensor_reals(layer) + slot * width, rows->data, (size_t)(count * width) * sizeof(rg_real));
    }
    return rg_tensor_rows_view(run, layer, 0, slot + count);
}
