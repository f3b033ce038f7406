#include "image/codec.h"

#include <string.h>

#include <webp/decode.h>

static uint32_t read32(const uint8_t *b) {
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* The container is RIFF: "RIFF", size of the rest, "WEBP", then chunks: name, size, data, padded to even. */
enum { RIFF_HEADER = 12, CHUNK_HEADER = 8 };

/* The library decodes what is there of a picture that is cut off after its first chunk of pixels; a file
 * shorter than it says it is has lost something. */
static rgpt_status check_length(const rg_encoded *in, rgpt_error *err) {
    uint64_t wanted = (uint64_t)read32(in->bytes + 4) + 8;
    if (wanted <= in->size) return RGPT_OK;
    return rg_fail(err, RGPT_FORMAT, "WebP: found %zu bytes, wanted %llu as its header says", in->size,
                   (unsigned long long)wanted);
}

static int find_orientation(const rg_encoded *in) {
    size_t at = RIFF_HEADER;
    while (in->size - at >= CHUNK_HEADER) {
        const uint8_t *chunk = in->bytes + at;
        size_t left = in->size - at - CHUNK_HEADER, size = read32(chunk + 4);
        if (size > left) break;
        if (memcmp(chunk, "EXIF", 4) == 0) return rg_exif_orientation(chunk + CHUNK_HEADER, size);
        at += CHUNK_HEADER + size;
        if (size % 2 == 1 && at < in->size) at++;
    }
    return 1;
}

static rgpt_status explain(VP8StatusCode code, rgpt_error *err) {
    switch (code) {
    case VP8_STATUS_OK:
        return RGPT_OK;
    case VP8_STATUS_OUT_OF_MEMORY:
        return rg_fail(err, RGPT_NO_MEMORY, "WebP: out of memory");
    case VP8_STATUS_NOT_ENOUGH_DATA:
        return rg_fail(err, RGPT_FORMAT, "WebP: the file is cut off");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return rg_fail(err, RGPT_UNSUPPORTED, "WebP: a feature that the library does not know");
    default:
        return rg_fail(err, RGPT_FORMAT, "WebP: the data is damaged");
    }
}

rgpt_status rg_webp_decode(const rg_encoded *in, rg_image *out, int *orientation, rgpt_error *err) {
    *out = (rg_image){0};
    *orientation = 1;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return rg_fail(err, RGPT_UNSUPPORTED, "WebP: libwebp of another version");
    rgpt_status status = check_length(in, err);
    if (status == RGPT_OK) status = explain(WebPGetFeatures(in->bytes, in->size, &config.input), err);
    if (status != RGPT_OK) return status;
    if (config.input.has_animation) {
        return rg_fail(err, RGPT_UNSUPPORTED, "WebP: found an animation, wanted a single picture");
    }
    int width = config.input.width, height = config.input.height;
    status = rg_encoded_check_size(in, "WebP", width, height, err);
    if (status == RGPT_OK) status = rg_image_init(width, height, out, err);
    if (status != RGPT_OK) return status;

    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = out->rgb;
    config.output.u.RGBA.stride = 3 * width;
    config.output.u.RGBA.size = (size_t)3 * width * height;
    status = explain(WebPDecode(in->bytes, in->size, &config), err);
    if (status != RGPT_OK) rg_image_reset(out);
    *orientation = find_orientation(in);
    return status;
}
