/* codec.h - what decode.c asks of each format (internal to src/image). */
#ifndef RG_IMAGE_CODEC_H
#define RG_IMAGE_CODEC_H

#include "image/decode.h"

/* The bytes of a file that starts with the format's signature; limits with the defaults filled in. */
typedef struct rg_encoded {
    const uint8_t *bytes;
    size_t size;
    rg_image_limits limits;
} rg_encoded;

/* Each decodes the picture as stored and reports the orientation that the file's EXIF data asks for (1 to
 * 8; 1 without any). On failure *out is empty. */
rgpt_status rg_jpeg_decode(const rg_encoded *in, rg_image *out, int *orientation, rgpt_error *err);
rgpt_status rg_png_decode(const rg_encoded *in, rg_image *out, int *orientation, rgpt_error *err);
rgpt_status rg_webp_decode(const rg_encoded *in, rg_image *out, int *orientation, rgpt_error *err);

/* See rg_mask_decode. */
rgpt_status rg_png_decode_mask(const rg_encoded *in, int *width, int *height, uint8_t **out, rgpt_error *err);

/* RGPT_LIMIT if a header promises too large a picture. */
rgpt_status rg_encoded_check_size(const rg_encoded *in, const char *format, int64_t width, int64_t height,
                                  rgpt_error *err);

/* EXIF's tag 274 in a TIFF block; 1 if there is none, or it makes no sense. */
int rg_exif_orientation(const uint8_t *tiff, size_t size);

#endif
