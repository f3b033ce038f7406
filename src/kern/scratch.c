#include "kern/scratch.h"

#include <stdlib.h>

#include "base/checked.h"

rgpt_status rg_scratch_reserve(rg_scratch *s, size_t size, rgpt_error *err) {
    if (size <= s->size) return RGPT_OK;
    size_t whole;
    if (!rg_align_size(size, RG_SCRATCH_ALIGN, &whole)) return rg_fail_memory(err, "matrix product", size);
    void *data = aligned_alloc(RG_SCRATCH_ALIGN, whole);
    if (!data) return rg_fail_memory(err, "matrix product", whole);
    free(s->data);
    *s = (rg_scratch){.data = data, .size = whole};
    return RGPT_OK;
}

void rg_scratch_reset(rg_scratch *s) {
    free(s->data);
    *s = (rg_scratch){0};
}
