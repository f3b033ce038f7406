/* kvcache.h - the keys and values of positions already seen, one pair of matrices a layer.
 *
 * A slot holds one position. Slots need not be in the order of the conversation: which of them a row
 * sees is said by spans (op.h, rg_visible), so branches and trees share a prefix.
 */
#ifndef RG_MODEL_KVCACHE_H
#define RG_MODEL_KVCACHE_H

#include "op/op.h"

typedef struct rg_kvcache {
    int layer_count;
    int64_t capacity; /* slots */
    int64_t width;    /* kv heads * head width */
    rg_tensor *k, *v; /* [layer_count] matrices [capacity, width], owned */
} rg_kvcache;

/* Bytes that `capacity` slots take. */
size_t rg_kvcache_size(int layer_count, int64_t width, int64_t capacity);

/* Empty: no slots. */
rgpt_status rg_kvcache_open(rg_kvcache *cache, int layer_count, int64_t width, rgpt_error *err);
void rg_kvcache_close(rg_kvcache *cache);

/* Grows to at least `capacity` slots, keeping what is stored; never shrinks. On failure nothing is lost. */
rgpt_status rg_kvcache_grow(rg_kvcache *cache, int64_t capacity, rgpt_error *err);

/* Writes rows into slots slot, slot + 1, ... of a layer's matrix and returns a view of all slots up to
 * there, [slot + rows, width]. */
rg_tensor *rg_kvcache_put(rg_run *run, rg_tensor *layer, const rg_tensor *rows, int64_t slot);

#endif
