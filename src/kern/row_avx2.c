/* The row kernels in AVX2. */
#define RG_ROW_TABLE rg_row_kernels_avx2
#include "kern/vector_avx2.h"

#include "kern/row_vector.h"
