/* image.h - a picture in memory: 8-bit RGB, row-major, no padding between rows.
 *
 * Pixel (x, y) is rgb[3 * (y * width + x)] and on; x to the right, y down. Values are sRGB as stored in the
 * file: colour profiles and gamma are not applied, as no training pipeline applies them.
 */
#ifndef RG_IMAGE_IMAGE_H
#define RG_IMAGE_IMAGE_H

#include "base/error.h"

typedef struct rg_image {
    int width, height; /* at least 1 */
    uint8_t *rgb;      /* owned */
} rg_image;

/* Room for a picture, its pixels not set. RGPT_INVALID for a side below 1. */
rgpt_status rg_image_init(int width, int height, rg_image *out, rgpt_error *err);

void rg_image_reset(rg_image *image); /* frees and clears; {0} is fine */

/* What EXIF's tag 274 says about the way the camera was held: 1 upright, 2 mirrored, 3 upside down, 4 both,
 * 5 to 8 the same with rows and columns exchanged. Turns a picture as stored into the one to show. */
rgpt_status rg_image_orient(rg_image *image, int orientation, rgpt_error *err);

#endif
