/* patch.c - an image cut into the rows of a matrix, so that the patch convolution is a linear layer. */
#include <string.h>

#include "op/check.h"

rg_tensor *rg_patch(rg_run *run, const rg_tensor *pixels, int patch) {
    if (!RG_OP_READY(run, pixels)) return NULL;
    int64_t channels = pixels->dim[0], side = pixels->dim[1], cells = patch > 0 ? side / patch : 0;
    if (pixels->rank != 3 || pixels->dim[2] != side || cells < 1 || side % patch != 0) {
        return rg_run_fail(run, RGPT_INVALID, "patch: an image of %lld x %lld does not divide into patches of %d",
                           (long long)side, (long long)pixels->dim[2], patch);
    }
    rg_tensor *y = rg_tensor_new2(run, cells * cells, channels * patch * patch);
    if (!y || rg_run_is_dry(run)) return y;

    rg_real *to = rg_tensor_reals(y);
    for (int64_t cell = 0; cell < cells * cells; cell++) {
        int64_t top = cell / cells * patch, left = cell % cells * patch;
        for (int64_t c = 0; c < channels; c++) {
            for (int64_t row = 0; row < patch; row++, to += patch) {
                const rg_real *from = rg_tensor_reals(pixels) + (c * side + top + row) * side + left;
                memcpy(to, from, (size_t)patch * sizeof *to);
            }
        }
    }
    return y;
}
