#include "kern/dot_tables.h"

const rg_dot_kernels *rg_dot_kernels_get(rg_isa isa) {
#ifdef __x86_64__
    if (isa >= RG_ISA_AVX512) return &rg_dot_kernels_avx512;
    if (isa >= RG_ISA_AVX2) return &rg_dot_kernels_avx2;
#endif
    (void)isa;
    return &rg_dot_kernels_c;
}
