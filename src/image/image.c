#include "image/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

rgpt_status rg_image_init(int width, int height, rg_image *out, rgpt_error *err) {
    *out = (rg_image){0};
    if (width < 1 || height < 1) {
        return rg_fail(err, RGPT_INVALID, "image: found %d x %d pixels, wanted at least 1 x 1", width, height);
    }
    size_t size = SIZE_MAX;
    bool fits = rg_mul_size((size_t)width * 3, (size_t)height, &size);
    uint8_t *rgb = fits ? malloc(size) : NULL;
    if (!rgb) return rg_fail_memory(err, "image", size);
    *out = (rg_image){.width = width, .height = height, .rgb = rgb};
    return RGPT_OK;
}

void rg_image_reset(rg_image *image) {
    free(image->rgb);
    *image = (rg_image){0};
}

/* Copies a picture whose pixel (x, y) lies at from + x * step_x + y * step_y. In square tiles, because when
 * step_x is a whole row, every pixel of a row of `to` comes from another cache line. */
static void copy_tiled(const uint8_t *from, ptrdiff_t step_x, ptrdiff_t step_y, rg_image *to) {
    enum { TILE = 64 };
    for (int top = 0; top < to->height; top += TILE) {
        int bottom = top + TILE < to->height ? top + TILE : to->height;
        for (int left = 0; left < to->width; left += TILE) {
            int right = left + TILE < to->width ? left + TILE : to->width;
            for (int y = top; y < bottom; y++) {
                uint8_t *out = to->rgb + 3 * ((size_t)y * to->width + left);
                const uint8_t *in = from + left * step_x + y * step_y;
                for (int x = left; x < right; x++, out += 3, in += step_x) memcpy(out, in, 3);
            }
        }
    }
}

rgpt_status rg_image_orient(rg_image *image, int orientation, rgpt_error *err) {
    if (orientation < 1 || orientation > 8) {
        return rg_fail(err, RGPT_INVALID, "image: orientation: found %d, wanted 1 to 8", orientation);
    }
    if (orientation == 1) return RGPT_OK;

    int w = image->width, h = image->height;
    bool is_transposed = orientation >= 5;
    /* Which stored corner is shown at the top left. */
    bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;

    rg_image turned;
    rgpt_status status = rg_image_init(is_transposed ? h : w, is_transposed ? w : h, &turned, err);
    if (status != RGPT_OK) return status;
    ptrdiff_t along = from_right ? -3 : 3, down = (ptrdiff_t)w * (from_bottom ? -3 : 3);
    size_t corner = (from_right ? (size_t)w - 1 : 0) + (from_bottom ? (size_t)w * (h - 1) : 0);
    copy_tiled(image->rgb + 3 * corner, is_transposed ? down : along, is_transposed ? along : down, &turned);
    rg_image_reset(image);
    *image = turned;
    return RGPT_OK;
}
