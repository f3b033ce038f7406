/* encode.h - pictures out, as PNG. */
#ifndef RG_IMAGE_ENCODE_H
#define RG_IMAGE_ENCODE_H

#include "image/image.h"

/* Replaces the file in one step, or leaves it as it was. Pixels are kept exactly; the compression is the
 * fast one (12 megapixels in a second; the smallest file would be a few percent smaller). */
rgpt_status rg_image_write(const char *path, const rg_image *image, rgpt_error *err);

#endif
