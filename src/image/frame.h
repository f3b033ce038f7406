/* frame.h - the one geometry: from a photo's pixels to the network's square, for pictures and for regions.
 *
 * Both go the same way. The photo lies on a *ground*: under RG_FRAME_PAD a square with the longer side's
 * length, photo in the middle (offset (side - length) / 2, rounded down), the rest the fill colour; under
 * RG_FRAME_SQUASH the photo itself. The ground is then made size x size. A region is a mask in the photo's
 * pixels; it lies on the same ground, where nothing is set beside the photo, and is sampled on the G x G
 * grid of the backbone's feature map.
 *
 * Nothing else in the program maps coordinates.
 */
#ifndef RG_IMAGE_FRAME_H
#define RG_IMAGE_FRAME_H

#include "image/resize.h"
#include "image/rle.h"

typedef enum rg_frame_kind {
    RG_FRAME_PAD,
    RG_FRAME_SQUASH,
} rg_frame_kind;

/* How a model wants to be shown photos. */
typedef struct rg_frame {
    rg_frame_kind kind;
    int size; /* S: side of the network's square in pixels */
    rg_filter filter;
    uint8_t fill[3];       /* of what is beside the photo */
    float mean[3], std[3]; /* of the network's inputs, for values 0 to 1 */
} rg_frame;

/* Bicubic; filled with the mean colour, 255 * mean rounded down (0.5 -> 127), as LLaVA does. */
void rg_frame_init(rg_frame_kind kind, int size, const float mean[3], const float std[3], rg_frame *out);

/* The S x S picture that the network sees. *out is new. */
rgpt_status rg_frame_image(const rg_frame *frame, const rg_image *image, rg_image *out, rgpt_error *err);

/* The same as the network's input: (value / 255 - mean) / std, [3, S, S]. `out` is the caller's. */
rgpt_status rg_frame_pixels(const rg_frame *frame, const rg_image *image, float *out, rgpt_error *err);

/* A place in the photo (pixels) as a place in the network's square (0 to S). */
void rg_frame_point(const rg_frame *frame, int width, int height, double x, double y, double *out_x, double *out_y);

/* A region's coverage map, [G, G], values 0 to 1: its mask on the ground, sampled bilinearly at the centres
 * of the grid's cells (half-pixel centres, no antialiasing: torch's interpolate with align_corners=False).
 * The mask is of the photo's size.
 *
 * Sampling may miss a region that is small or thin, and a map of zeros pools to nothing. Then *vanished is
 * set, and, unless `keep_empty` (what the authors' code does), each pixel of the region is counted for the
 * cell that it lies in, the fullest cell being 1: for a speck this is its one nearest cell. `vanished` may be NULL. */
rgpt_status rg_frame_coverage(const rg_frame *frame, const rg_rle *mask, int grid, bool keep_empty, float *out,
                              bool *vanished, rgpt_error *err);

#endif
