/* row_tables.h - the row kernel tables by name, for row.c, which chooses among them. */
#ifndef RG_KERN_ROW_TABLES_H
#define RG_KERN_ROW_TABLES_H

#include "kern/row.h"

extern const rg_row_kernels rg_row_kernels_c;
extern const rg_row_kernels rg_row_kernels_avx2;
extern const rg_row_kernels rg_row_kernels_avx512;

#endif
