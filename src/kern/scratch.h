/* scratch.h - memory that grows to the largest use and is then reused. */
#ifndef RG_KERN_SCRATCH_H
#define RG_KERN_SCRATCH_H

#include "base/error.h"

enum { RG_SCRATCH_ALIGN = 64 }; /* a cache line, and the widest vector */

/* Zero-initialise. `data` is aligned to RG_SCRATCH_ALIGN; NULL while size is 0. */
typedef struct rg_scratch {
    void *data;
    size_t size;
} rg_scratch;

/* At least `size` bytes; what was in it is lost when it grows. On failure the old memory stays. */
rgpt_status rg_scratch_reserve(rg_scratch *s, size_t size, rgpt_error *err);
void rg_scratch_reset(rg_scratch *s);

#endif
