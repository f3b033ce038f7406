/* The row kernels in AVX-512. */
#define RG_ROW_TABLE rg_row_kernels_avx512
#include "kern/vector_avx512.h"

#include "kern/row_vector.h"
