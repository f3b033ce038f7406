/* draw.h - the overlay: a photo with its regions tinted, outlined and named, as a PNG file.
 *
 * Colours are those of Okabe and Ito, which people with any common colour blindness can tell apart; from the
 * eighth region on they come again with dashed outlines. Sizes follow the photo's, so that a large one looks
 * the same when shown small.
 */
#ifndef RG_IMAGE_DRAW_H
#define RG_IMAGE_DRAW_H

#include "image/image.h"
#include "image/region.h"

/* labels[i] (UTF-8; NULL: none; labels itself may be NULL) stands after region i's number: "1 dog 0.93". It
 * is wrapped, then cut. The file is replaced in one step or not at all. RGPT_INVALID if the regions are of a
 * picture of another size. */
rgpt_status rg_overlay_write(const char *path, const rg_image *image, const rgpt_regions *regions,
                             const char *const *labels, rgpt_error *err);

#endif
