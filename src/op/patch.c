/* patch.c - an image cut into the rows of a matrix, so that the patch convolution is a linear layer. */
#include <string.h>

#include "op/check.h"
#include "op/tape.h"

typedef struct patch_saved {
    const rg_tensor *pixels;
    int patch;
} patch_saved;

/* A line of a patch, `count` pixels: its place in the matrix, and in the image. */
typedef void line_copy(rg_real *in_matrix, rg_real *in_image, int64_t count);

static void copy_line(rg_real *in_matrix, rg_real *in_image, int64_t count) {
    memcpy(in_matrix, in_image, (size_t)count * sizeof *in_matrix);
}

static void add_line(rg_real *in_matrix, rg_real *in_image, int64_t count) {
    for (int64_t i = 0; i < count; i++) in_image[i] += in_matrix[i];
}

static void walk_patches(const rg_tensor *pixels, int patch, rg_real *matrix, rg_real *image, line_copy *copy) {
    int64_t channels = pixels->dim[0], side = pixels->dim[1], cells = side / patch;
    for (int64_t cell = 0; cell < cells * cells; cell++) {
        int64_t top = cell / cells * patch, left = cell % cells * patch;
        for (int64_t c = 0; c < channels; c++) {
            for (int64_t row = 0; row < patch; row++, matrix += patch)
                copy(matrix, image + (c * side + top + row) * side + left, patch);
        }
    }
}

rg_tensor *rg_patch(rg_run *run, const rg_tensor *pixels, int patch) {
    if (!RG_OP_READY(run, pixels)) return NULL;
    int64_t channels = pixels->dim[0], side = pixels->dim[1], cells = patch > 0 ? side / patch : 0;
    if (pixels->rank != 3 || pixels->dim[2] != side || cells < 1 || side % patch != 0) {
        return rg_run_fail(run, RGPT_INVALID, "patch: an image of %lld x %lld does not divide into patches of %d",
                           (long long)side, (long long)pixels->dim[2], patch);
    }
    rg_tensor *y = rg_tensor_new2(run, cells * cells, channels * patch * patch);
    RG_TAPE_ADD(run, patch, y, ((patch_saved){pixels, patch}), pixels);
    if (!y || rg_run_is_dry(run)) return y;

    walk_patches(pixels, patch, rg_tensor_reals(y), rg_tensor_reals(pixels), copy_line);
    return y;
}

/* Learning an image is nobody's aim, but the map is one-to-one, so its gradient costs nothing to have. */
void rg_patch_backward(rg_run *run, rg_tensor *y, const void *saved) {
    const patch_saved *s = saved;
    rg_real *dpixels = rg_grad_add(run, s->pixels);
    if (rg_run_computes(run)) walk_patches(s->pixels, s->patch, y->grad, dpixels, add_line);
}
