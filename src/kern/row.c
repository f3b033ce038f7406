#include "kern/row_tables.h"

const rg_row_kernels *rg_row_kernels_get(rg_isa isa) {
#if defined(__x86_64__) && !defined(RG_REAL_DOUBLE)
    if (isa >= RG_ISA_AVX512) return &rg_row_kernels_avx512;
    if (isa >= RG_ISA_AVX2) return &rg_row_kernels_avx2;
#endif
    (void)isa;
    return &rg_row_kernels_c;
}
