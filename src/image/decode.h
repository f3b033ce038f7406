/* decode.h - pictures in: JPEG, PNG and WebP, told apart by their contents.
 *
 * Total on any bytes: a file is decoded whole or refused with the reason. Damage is an error also where
 * other programs show half a picture, because half a picture gives a confident wrong answer. Sizes are
 * checked from the header, before memory is taken for them.
 *
 * What becomes of the pixels (as PIL's convert("RGB") has it): grey is repeated; alpha is dropped, not
 * blended; 16 bits become the upper 8; CMYK is inverted (Adobe's way) and R = (255-C)(255-K)/255.
 */
#ifndef RG_IMAGE_DECODE_H
#define RG_IMAGE_DECODE_H

#include "image/image.h"

/* Zero in a field means its default. */
typedef struct rg_image_limits {
    size_t encoded_size; /* bytes of the file; 64 MiB */
    int side;            /* pixels; 16,384 */
    int64_t pixels;      /* width x height; 50 million */
    int scans;           /* of a progressive JPEG, each of which repaints the whole picture; 100 */
} rg_image_limits;

/* Which pixels the caller means. */
typedef enum rg_orientation {
    RG_AS_DISPLAYED, /* turned as EXIF says, what viewers show and users point at */
    RG_AS_STORED,    /* as in the file, what data sets annotate (PIL does not turn either) */
} rg_orientation;

/* RGPT_FORMAT: damaged; RGPT_LIMIT: over a limit; RGPT_UNSUPPORTED: another format, or animated. `limits`
 * may be NULL. On failure *out is empty. */
rgpt_status rg_image_decode(const void *bytes, size_t size, const rg_image_limits *limits, rg_orientation orientation,
                            rg_image *out, rgpt_error *err);

/* The same from a file; errors start with its path. */
rgpt_status rg_image_read(const char *path, const rg_image_limits *limits, rg_orientation orientation, rg_image *out,
                          rgpt_error *err);

/* A mask from a PNG: one byte a pixel, 1 inside, row-major; free() it. Inside is whatever is not zero: any
 * channel, any bit of 16, any palette index. An alpha channel decides alone (inside: not transparent),
 * unless all of it is opaque and so says nothing. */
rgpt_status rg_mask_decode(const void *bytes, size_t size, const rg_image_limits *limits, int *width, int *height,
                           uint8_t **out, rgpt_error *err);

#endif
