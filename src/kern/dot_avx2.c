/* The dot products in AVX2 with FMA and F16C. There are no panels: without VNNI an int8 product takes three
 * instructions, and oneDNN's float32 product is as fast. */
#define RG_DOT_TABLE rg_dot_kernels_avx2
#define RG_DOT_PANEL NULL
#include "kern/unpack_avx2.h"

#include "kern/dot_vector.h"
