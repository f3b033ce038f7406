/* The dot products in AVX-512 with VNNI. */
#define RG_DOT_TABLE rg_dot_kernels_avx512
#define RG_DOT_PANEL &rg_panel_kernels_avx512
#include "kern/unpack_avx512.h"

#include "kern/dot_vector.h"
