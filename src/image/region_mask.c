#include "image/region.h"

#include <stdlib.h>
#include <string.h>

#include "image/decode.h"
#include "image/numbers.h"

rgpt_status rg_region_draw_mask(const void *png, size_t size, uint32_t height, uint32_t width, rg_rle *out,
                                rgpt_error *err) {
    *out = (rg_rle){0};
    int w, h;
    uint8_t *pixels;
    rgpt_status status = rg_mask_decode(png, size, NULL, &w, &h, &pixels, err);
    if (status != RGPT_OK) return status;
    if ((uint32_t)w != width || (uint32_t)h != height) {
        status =
            rg_fail(err, RGPT_INVALID, "mask: found %d x %d pixels, wanted the picture's %u x %u", w, h, width, height);
    } else {
        status = rg_rle_encode(pixels, height, width, out, err);
    }
    free(pixels);
    return status;
}

/* ---- PNG in JSON */

/* The six bits of a base64 character; -1 for any other. */
static int base64_bits(char c) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(alphabet, c) : NULL;
    return found ? (int)(found - alphabet) : -1;
}

static rgpt_status decode_base64(const char *text, size_t text_size, uint8_t **out, size_t *size, rgpt_error *err) {
    *out = NULL;
    *size = 0;
    for (int i = 0; i < 2 && text_size > 0 && text[text_size - 1] == '='; i++) text_size--;
    uint8_t *bytes = malloc(text_size / 4 * 3 + 3);
    if (!bytes) return rg_fail_memory(err, "mask", text_size);
    unsigned bits = 0;
    size_t count = 0;
    for (size_t i = 0; i < text_size; i++) {
        int six = base64_bits(text[i]);
        if (six < 0) {
            free(bytes);
            return rg_fail(err, RGPT_FORMAT, "mask: character %zu: wanted a PNG in base64 (a path is not read)", i);
        }
        bits = bits << 6 | (unsigned)six;
        if (i % 4 != 0) bytes[count++] = (uint8_t)(bits >> (6 - i % 4 * 2));
    }
    *out = bytes;
    *size = count;
    return RGPT_OK;
}

rgpt_status rg_region_parse_mask(const json_t *value, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err) {
    static const char prefix[] = "data:image/png;base64,";
    *out = (rg_rle){0};
    if (!json_is_string(value)) {
        return rg_fail(err, RGPT_FORMAT, "mask: found %s, wanted a PNG in base64", rg_json_type_name(value));
    }
    const char *text = json_string_value(value);
    size_t text_size = json_string_length(value);
    if (strncmp(text, prefix, sizeof prefix - 1) == 0) {
        text += sizeof prefix - 1;
        text_size -= sizeof prefix - 1;
    }
    uint8_t *png;
    size_t size;
    rgpt_status status = decode_base64(text, text_size, &png, &size, err);
    if (status != RGPT_OK) return status;
    status = rg_region_draw_mask(png, size, height, width, out, err);
    free(png);
    return status;
}
