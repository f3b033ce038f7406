/* real.h - the type of activations and of every sum: float32, or double where gradients are proved. */
#ifndef RG_TENSOR_REAL_H
#define RG_TENSOR_REAL_H

#ifdef RG_REAL_DOUBLE
typedef double rg_real;
#else
typedef float rg_real;
#endif

#endif
