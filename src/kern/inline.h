/* inline.h - for kernels that are written once and compiled for several types and row counts: what is
 * passed as a function or a constant must be known where the loop is, so nothing may stay a call. */
#ifndef RG_KERN_INLINE_H
#define RG_KERN_INLINE_H

#define RG_INLINE static inline __attribute__((always_inline))

#endif
