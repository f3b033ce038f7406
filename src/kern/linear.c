#include "kern/linear.h"

#include "base/checked.h"
#include "kern/scratch.h"

bool rg_q8_rows_size(int64_t rows, int64_t K, size_t *size) {
    const size_t group_size = RG_GROUP + RG_GROUP_SCALES * sizeof(float);
    return rg_mul_size((size_t)rows, (size_t)rg_q8_groups(K), size) && rg_mul_size(*size, group_size, size) &&
           rg_align_size(*size, RG_SCRATCH_ALIGN, size);
}

rg_q8_rows rg_q8_rows_place(void *memory, int64_t rows, int64_t K) {
    const int64_t groups = rg_q8_groups(K);
    int8_t *q = memory;
    return (rg_q8_rows){.q = q, .scale = (float *)(void *)(q + rows * groups * RG_GROUP), .groups = groups};
}

int rg_linear_threads(const rg_linear *l, size_t work) {
    enum { WORTH_A_THREAD = 256 << 10 };
    return work < 2 * WORTH_A_THREAD ? 1 : l->threads;
}

void rg_linear_decode(const rg_linear *l, float *to, const uint8_t *from, int64_t count) {
    if (l->kernels->decode[l->type]) {
        l->kernels->decode[l->type](to, from, count);
    } else {
        rg_dtype_get(l->type)->to_f32(to, from, count);
    }
}
