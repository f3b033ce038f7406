/* A picture as the user's commands open it. */
#include "bad.h"

#include "image/decode.h"

/* Every pixel is looked at, so that a sanitizer sees one that was never written. */
static unsigned sum_pixels(const rg_image *image) {
    unsigned sum = 0;
    size_t size = (size_t)image->width * image->height * 3;
    for (size_t i = 0; i < size; i++) sum += image->rgb[i];
    return sum;
}

rgpt_status rg_bad_image(const char *path, rgpt_error *err) {
    rg_image image;
    rgpt_status status = rg_image_read(path, NULL, RG_AS_DISPLAYED, &image, err);
    if (status != RGPT_OK) return status;
    volatile unsigned sum = sum_pixels(&image);
    (void)sum;
    rg_image_reset(&image);
    return RGPT_OK;
}
