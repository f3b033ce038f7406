/* dtype.h - the element types a weight can have on disk and in memory, one traits row each.
 *
 * Quantised types store blocks: `block_count` elements along the innermost dimension share
 * `block_size` bytes (scales and packed integers, the layouts of GGUF). A row's length is a multiple of
 * block_count. Adding a type: one row in dtype.c, one reference dot product, one fast one.
 */
#ifndef RG_TENSOR_DTYPE_H
#define RG_TENSOR_DTYPE_H

#include "base/error.h"

typedef enum rg_dtype {
    RG_F32,
    RG_F16,
    RG_BF16,
    RG_Q8_0,
    RG_Q4_0,
    RG_Q4_1,
    RG_Q5_0,
    RG_Q5_1,
    RG_Q2_K,
    RG_Q3_K,
    RG_Q4_K,
    RG_Q5_K,
    RG_Q6_K,
    RG_I32, /* indices; never a weight */
    RG_I64,
    RG_I16,
    RG_I8,
    RG_U8,
    RG_BOOL,
    RG_F64,
    RG_DTYPE_COUNT
} rg_dtype;

typedef struct rg_dtype_traits {
    const char *name;        /* "Q4_1" */
    const char *safetensors; /* "BF16", or NULL: that format has no such type */
    int gguf;                /* GGUF's type number, or -1 */
    int block_count;         /* elements a block; 1 for plain types */
    size_t block_size;       /* bytes a block */
    /* `count` elements (whole blocks) to float32; NULL for the integer types. Any alignment. */
    void (*to_f32)(float *to, const void *from, int64_t count);
    /* The reference quantiser: round to nearest as the GGUF tools do; NULL where there is none yet. */
    void (*from_f32)(void *to, const float *from, int64_t count);
} rg_dtype_traits;

const rg_dtype_traits *rg_dtype_get(rg_dtype type); /* never NULL for a valid type */

/* By GGUF number or by safetensors name: false if this build does not know it. */
bool rg_dtype_from_gguf(uint32_t number, rg_dtype *out);
bool rg_dtype_from_safetensors(const char *name, rg_dtype *out);
bool rg_dtype_from_name(const char *name, rg_dtype *out); /* "q4_1", any case */

/* Bytes of `count` elements; false when count is negative, no whole number of blocks, or overflows. */
bool rg_dtype_size(rg_dtype type, int64_t count, size_t *out);

#endif
