/* array.h - room at the end of an array that grows by appending. */
#ifndef RG_BASE_ARRAY_H
#define RG_BASE_ARRAY_H

#include <stddef.h>

/* Makes room for `needed` items of `item_size` bytes in the heap block `items` (NULL at first) whose room is
 * *allocated items: doubling, so that appending one by one costs O(1). Returns the block, moved or not, or
 * NULL when there is no memory; the old block is then as it was:
 *
 *     T *grown = rg_array_grow(a->items, &a->allocated, a->count + 1, sizeof *grown);
 *     if (!grown) return rg_fail_memory(err, "what", ...);
 *     a->items = grown;
 */
void *rg_array_grow(void *items, size_t *allocated, size_t needed, size_t item_size);

#endif
