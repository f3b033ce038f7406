/* resize.h - Pillow's antialiased resize, exact to the last bit on 8-bit pictures.
 *
 * The vision backbones were trained on pictures that Pillow made small, and a feature shifts with the way
 * that is done, so this is not "a bicubic" but Pillow's: a filter widened by the scale, weights rounded to
 * 22-bit fixed point, one axis after the other, each pass rounded to 8 bits. (Image.resize of Pillow 13,
 * without box or reducing_gap; tests: golden/resize.)
 */
#ifndef RG_IMAGE_RESIZE_H
#define RG_IMAGE_RESIZE_H

#include "image/image.h"

typedef enum rg_filter {
    RG_FILTER_BILINEAR,
    RG_FILTER_BICUBIC, /* a = -1/2 */
} rg_filter;

/* A picture lying on a plain ground of width x height pixels, its top left corner at (left, top); all of it
 * is on the ground. */
typedef struct rg_canvas {
    const rg_image *image;
    int width, height;
    int left, top;
    uint8_t fill[3]; /* the ground's colour */
} rg_canvas;

/* The ground with the picture on it, made width x height; *out is new. Runs on all cores when it is worth it. */
rgpt_status rg_canvas_resize(const rg_canvas *canvas, int width, int height, rg_filter filter, rg_image *out,
                             rgpt_error *err);

/* The picture alone. */
rgpt_status rg_image_resize(const rg_image *image, int width, int height, rg_filter filter, rg_image *out,
                            rgpt_error *err);

#endif
