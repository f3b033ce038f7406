#include "io/weight.h"

#include "base/checked.h"

/* Data is used where the file is mapped, and both formats are little-endian. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "weights are mapped, not converted");

/* More than any address space holds, and so small that elements, and their bytes as float64, fit int64. */
static const size_t size_limit = (size_t)1 << 48;

/* The product of the dimensions in bytes, with every zero taken for a one. */
static bool size_without_zeros(rg_dtype dtype, int rank, const int64_t *dim, size_t *out) {
    size_t size = 0;
    if (!rg_dtype_size(dtype, rank > 0 ? dim[rank - 1] : 1, &size)) return false;
    if (size == 0) size = 1;
    for (int i = 0; i < rank - 1; i++) {
        if (dim[i] > 0 && !rg_mul_size(size, (size_t)dim[i], &size)) return false;
    }
    *out = size;
    return size <= size_limit;
}

rgpt_status rg_weight_init(rg_weight *out, const char *name, rg_dtype dtype, int rank, const int64_t *dim,
                           rgpt_error *err) {
    *out = (rg_weight){.name = name, .dtype = dtype, .rank = rank, .dim = {1, 1, 1, 1}};
    if (rank < 0 || rank > RG_MAX_RANK) {
        return rg_fail(err, RGPT_FORMAT, "tensor '%s': found %d dimensions, at most %d", name, rank, RG_MAX_RANK);
    }
    bool is_empty = false;
    for (int i = 0; i < rank; i++) {
        if (dim[i] < 0) {
            return rg_fail(err, RGPT_FORMAT, "tensor '%s': dimension %d is %lld", name, i, (long long)dim[i]);
        }
        out->dim[i] = dim[i];
        is_empty = is_empty || dim[i] == 0;
    }
    const rg_dtype_traits *traits = rg_dtype_get(dtype);
    int64_t width = rank > 0 ? dim[rank - 1] : 1;
    if (width % traits->block_count != 0) {
        return rg_fail(err, RGPT_FORMAT, "tensor '%s': found rows of %lld elements, %s wants a multiple of %d", name,
                       (long long)width, traits->name, traits->block_count);
    }
    if (!size_without_zeros(dtype, rank, dim, &out->size)) {
        return rg_fail(err, RGPT_FORMAT, "tensor '%s': the product of its dimensions is too large", name);
    }
    if (is_empty) out->size = 0;
    return RGPT_OK;
}

size_t rg_weight_alignment(rg_dtype dtype) {
    const rg_dtype_traits *traits = rg_dtype_get(dtype);
    return traits->block_count == 1 ? traits->block_size : 2; /* blocks hold 16-bit scales and bytes */
}
