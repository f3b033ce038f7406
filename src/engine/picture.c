/* picture.c - rgpt_image: a decoded photo as its viewers see it. */
#include "engine/picture.h"

#include <stdlib.h>
#include <string.h>

#include "image/decode.h"
#include "image/draw.h"

/* An empty one to decode into. */
static rgpt_status new_image(rgpt_image **out, rgpt_error *err) {
    rg_error_clear(err);
    *out = calloc(1, sizeof **out);
    return *out ? RGPT_OK : rg_fail_memory(err, "image", sizeof **out);
}

static rgpt_status finish(rgpt_image **out, rgpt_status status) {
    if (status == RGPT_OK) return status;
    rgpt_image_close(*out);
    *out = NULL;
    return status;
}

rgpt_status rgpt_image_open(const char *path, rgpt_image **out, rgpt_error *err) {
    rgpt_status status = new_image(out, err);
    if (status == RGPT_OK) status = rg_image_read(path, NULL, RG_AS_DISPLAYED, &(*out)->pixels, err);
    return finish(out, status);
}

rgpt_status rgpt_image_decode(const void *bytes, size_t size, rgpt_image **out, rgpt_error *err) {
    rgpt_status status = new_image(out, err);
    if (status == RGPT_OK) status = rg_image_decode(bytes, size, NULL, RG_AS_DISPLAYED, &(*out)->pixels, err);
    return finish(out, status);
}

rgpt_status rgpt_image_from_rgb(const uint8_t *rgb, int width, int height, size_t stride, rgpt_image **out,
                                rgpt_error *err) {
    rgpt_status status = new_image(out, err);
    if (status == RGPT_OK) status = rg_image_init(width, height, &(*out)->pixels, err);
    size_t row_size = 3 * (size_t)width;
    if (status == RGPT_OK && stride < row_size) {
        status = rg_fail(err, RGPT_INVALID, "image: rows are %zu bytes apart, wanted at least %zu", stride, row_size);
    }
    for (int y = 0; status == RGPT_OK && y < height; y++) {
        memcpy((*out)->pixels.rgb + (size_t)y * row_size, rgb + (size_t)y * stride, row_size);
    }
    return finish(out, status);
}

rgpt_status rgpt_overlay_write(const char *path, const rgpt_image *image, const rgpt_regions *regions,
                               const char *const *labels, rgpt_error *err) {
    rg_error_clear(err);
    return rg_overlay_write(path, &image->pixels, regions, labels, err);
}

int rgpt_image_width(const rgpt_image *image) {
    return image->pixels.width;
}

int rgpt_image_height(const rgpt_image *image) {
    return image->pixels.height;
}

void rgpt_image_close(rgpt_image *image) {
    if (!image) return;
    rg_image_reset(&image->pixels);
    free(image);
}
