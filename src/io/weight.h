/* weight.h - one named tensor of a file: what both readers yield and the model layer binds.
 *
 * Dimensions are row-major with the outermost first, as PyTorch prints them (GGUF stores them the other
 * way round; its reader reverses them). Nothing here owns memory: `name` and `data` belong to the reader
 * or the set (weights.h) that the weight was found in.
 */
#ifndef RG_IO_WEIGHT_H
#define RG_IO_WEIGHT_H

#include "tensor/tensor.h"

typedef struct rg_weight {
    const char *name; /* first member: rg_names relies on it */
    rg_dtype dtype;
    int rank;                 /* 0 (a scalar) to RG_MAX_RANK */
    int64_t dim[RG_MAX_RANK]; /* dims past the rank are 1 */
    const void *data;         /* little-endian; readers promise no alignment, rg_weights does */
    size_t size;              /* bytes of data */
} rg_weight;

/* Fills in everything but `data` and checks the shape: rank at most RG_MAX_RANK, no negative dimension,
 * rows of whole blocks, and a size that no partial product of the dimensions can overflow (a zero among
 * them must not excuse the others: code downstream multiplies them in its own order). RGPT_FORMAT. */
rgpt_status rg_weight_init(rg_weight *out, const char *name, rg_dtype dtype, int rank, const int64_t *dim,
                           rgpt_error *err);

/* Where the data of a type may be read through a typed pointer: 4 for F32, 2 for Q4_1 and for F16. */
size_t rg_weight_alignment(rg_dtype dtype);

#endif
