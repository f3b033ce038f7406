/* check.h - what ops share: shape complaints that name the op, and when a loop is worth threads. */
#ifndef RG_OP_CHECK_H
#define RG_OP_CHECK_H

#include "op/op.h"

/* Fails the run with "op: what is [a, b], wanted width n" and returns false. */
bool rg_want_width(rg_run *run, const char *op, const char *what, const rg_tensor *x, int64_t width);
bool rg_want_rows(rg_run *run, const char *op, const char *what, const rg_tensor *x, int64_t rows);
bool rg_want_grid(rg_run *run, const char *op, const rg_tensor *x, int64_t h, int64_t w);

/* Starting threads costs some microseconds: as much as this many elements. */
enum { RG_PARALLEL_ELEMENTS = 8192 };

#endif
