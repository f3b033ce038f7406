#include "kern/row_tables.h"

const rg_row_kernels *rg_row_kernels_get(rg_isa isa) {
    (void)isa;
    return &rg_row_kernels_c;
}
