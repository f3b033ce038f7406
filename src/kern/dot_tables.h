/* dot_tables.h - the dot product tables by name, for dot.c, which chooses among them. */
#ifndef RG_KERN_DOT_TABLES_H
#define RG_KERN_DOT_TABLES_H

#include "kern/dot.h"

extern const rg_dot_kernels rg_dot_kernels_c;
extern const rg_dot_kernels rg_dot_kernels_avx2;
extern const rg_dot_kernels rg_dot_kernels_avx512;
extern const rg_panel_kernels rg_panel_kernels_avx512;

#endif
