#include "image/decode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "image/codec.h"

/* What a file begins with. A dot in the signature stands for any byte. */
typedef struct known_format {
    const char *name;
    const char *signature;
    size_t signature_size;
    rgpt_status (*decode)(const rg_encoded *in, rg_image *out, int *orientation, rgpt_error *err); /* NULL: no */
} known_format;

#define SIGNATURE(text) text, sizeof text - 1

static const known_format formats[] = {
    {"JPEG", SIGNATURE("\xFF\xD8"), rg_jpeg_decode},
    {"PNG", SIGNATURE("\x89PNG\r\n\x1A\n"), rg_png_decode},
    {"WebP", SIGNATURE("RIFF....WEBP"), rg_webp_decode},
    /* Known only to be named: "found a GIF" helps more than "not a picture". */
    {"GIF", SIGNATURE("GIF8"), NULL},
    {"TIFF", SIGNATURE("II*\0"), NULL},
    {"TIFF", SIGNATURE("MM\0*"), NULL},
    {"BMP", SIGNATURE("BM"), NULL},
    {"HEIC", SIGNATURE("....ftyphei"), NULL},
    {"AVIF", SIGNATURE("....ftypavi"), NULL},
    {"JPEG 2000", SIGNATURE("\0\0\0\x0CjP  "), NULL},
    {"JPEG XL", SIGNATURE("\xFF\x0A"), NULL},
    {"PDF", SIGNATURE("%PDF-"), NULL},
};

static const known_format *find_format(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const known_format *f = &formats[i];
        bool matches = size >= f->signature_size;
        for (size_t k = 0; matches && k < f->signature_size; k++) {
            matches = f->signature[k] == '.' || (uint8_t)f->signature[k] == bytes[k];
        }
        if (matches) return f;
    }
    return NULL;
}

static rg_image_limits fill_limits(const rg_image_limits *given) {
    rg_image_limits limits = given ? *given : (rg_image_limits){0};
    if (limits.encoded_size == 0) limits.encoded_size = 64u << 20;
    if (limits.side == 0) limits.side = 16384;
    if (limits.pixels == 0) limits.pixels = 50000000;
    if (limits.scans == 0) limits.scans = 100;
    return limits;
}

rgpt_status rg_encoded_check_size(const rg_encoded *in, const char *format, int64_t width, int64_t height,
                                  rgpt_error *err) {
    const rg_image_limits *limits = &in->limits;
    if (width <= limits->side && height <= limits->side && width * height <= limits->pixels) return RGPT_OK;
    return rg_fail(err, RGPT_LIMIT,
                   "%s: found %" PRId64 " x %" PRId64 " pixels, wanted at most %d a side and %" PRId64 " in all",
                   format, width, height, limits->side, limits->pixels);
}

/* Checks what can be checked before the format's decoder is called. */
static rgpt_status open_encoded(const void *bytes, size_t size, const rg_image_limits *limits, const char *wanted,
                                rg_encoded *out, const known_format **format, rgpt_error *err) {
    *out = (rg_encoded){.bytes = bytes, .size = size, .limits = fill_limits(limits)};
    *format = NULL;
    if (size == 0) return rg_fail(err, RGPT_FORMAT, "image: found no bytes, wanted %s", wanted);
    if (size > out->limits.encoded_size) {
        return rg_fail(err, RGPT_LIMIT, "image: found %zu bytes, wanted at most %zu", size, out->limits.encoded_size);
    }
    *format = find_format(bytes, size);
    if (!*format) return rg_fail(err, RGPT_FORMAT, "image: found an unknown format, wanted %s", wanted);
    return RGPT_OK;
}

rgpt_status rg_image_decode(const void *bytes, size_t size, const rg_image_limits *limits, rg_orientation orientation,
                            rg_image *out, rgpt_error *err) {
    static const char wanted[] = "JPEG, PNG or WebP";
    *out = (rg_image){0};
    rg_encoded in;
    const known_format *format;
    rgpt_status status = open_encoded(bytes, size, limits, wanted, &in, &format, err);
    if (status != RGPT_OK) return status;
    if (!format->decode) return rg_fail(err, RGPT_UNSUPPORTED, "image: found %s, wanted %s", format->name, wanted);

    int stored = 1;
    status = format->decode(&in, out, &stored, err);
    if (status == RGPT_OK && orientation == RG_AS_DISPLAYED) status = rg_image_orient(out, stored, err);
    if (status != RGPT_OK) rg_image_reset(out);
    return status;
}

rgpt_status rg_image_read(const char *path, const rg_image_limits *limits, rg_orientation orientation, rg_image *out,
                          rgpt_error *err) {
    *out = (rg_image){0};
    char *bytes;
    size_t size;
    rgpt_status status = rg_file_read(path, fill_limits(limits).encoded_size, &bytes, &size, err);
    if (status != RGPT_OK) return status;
    status = rg_image_decode(bytes, size, limits, orientation, out, err);
    free(bytes);
    return status == RGPT_OK ? RGPT_OK : rg_fail_within(err, status, "%s", path);
}

rgpt_status rg_mask_decode(const void *bytes, size_t size, const rg_image_limits *limits, int *width, int *height,
                           uint8_t **out, rgpt_error *err) {
    *out = NULL;
    rg_encoded in;
    const known_format *format;
    rgpt_status status = open_encoded(bytes, size, limits, "PNG", &in, &format, err);
    if (status != RGPT_OK) return status;
    if (format->decode != rg_png_decode) {
        return rg_fail(err, RGPT_UNSUPPORTED, "mask: found %s, wanted PNG", format->name);
    }
    return rg_png_decode_mask(&in, width, height, out, err);
}
