/* reduce.h - sums over the rows of a matrix, as the gradients of biases and gains are. */
#ifndef RG_OP_REDUCE_H
#define RG_OP_REDUCE_H

#include "op/run.h"

/* to[c] += sum over t of x[t,c], or of x[t,c] y[t,c] where y is not NULL. [rows, width]. Each column is summed
 * from top to bottom, in double: thousands of rows would cost a float sum its last digits. */
void rg_add_column_sums(const rg_run *run, rg_real *to, const rg_real *x, const rg_real *y, int64_t rows,
                        int64_t width);

#endif
