#include "base/array.h"

#include <stdlib.h>

#include "base/checked.h"

void *rg_array_grow(void *items, size_t *allocated, size_t needed, size_t item_size) {
    if (needed <= *allocated && items) return items;
    size_t wanted = *allocated < 8 ? 16 : 2 * *allocated;
    if (wanted < needed) wanted = needed;
    size_t bytes;
    if (!rg_mul_size(wanted, item_size, &bytes)) return NULL;
    void *grown = realloc(items, bytes);
    if (grown) *allocated = wanted;
    return grown;
}
