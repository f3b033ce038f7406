/* Any bytes as a picture, and as a mask. Every pixel is read, so that one never written shows. */
#include <stdlib.h>
#include <string.h>

#include "image/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

static uint32_t crc32_of(const uint8_t *bytes, size_t size) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int k = 0; k < 8; k++) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

/* A mutated PNG would hardly ever get past its checksums, so they are made right again. */
static void mend_png(uint8_t *data, size_t size) {
    enum { SIGNATURE = 8, HEAD = 8, CHECK = 4 };
    if (size < SIGNATURE || memcmp(data, "\x89PNG\r\n\x1A\n", SIGNATURE) != 0) return;
    for (size_t at = SIGNATURE; size - at >= HEAD + CHECK;) {
        uint8_t *chunk = data + at;
        size_t length = (size_t)chunk[0] << 24 | chunk[1] << 16 | chunk[2] << 8 | chunk[3];
        if (length > size - at - HEAD - CHECK) return;
        uint32_t crc = crc32_of(chunk + 4, length + 4);
        for (int i = 0; i < 4; i++) chunk[HEAD + length + i] = (uint8_t)(crc >> (24 - 8 * i));
        at += HEAD + length + CHECK;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    size = LLVMFuzzerMutate(data, size, max_size);
    if (seed % 16 != 0) mend_png(data, size);
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const rg_image_limits limits = {.pixels = 1 << 20, .side = 1 << 14};
    rg_image image;
    rgpt_error err = {0};
    volatile unsigned sum = 0;
    if (rg_image_decode(data, size, &limits, RG_AS_DISPLAYED, &image, &err) == RGPT_OK) {
        size_t count = (size_t)image.width * image.height * 3;
        if (count > 3 << 20) abort();
        for (size_t i = 0; i < count; i++) sum = sum + image.rgb[i];
    } else if (image.rgb || err.message[0] == '\0') {
        abort();
    }
    rg_image_reset(&image);

    int width, height;
    uint8_t *mask;
    if (rg_mask_decode(data, size, &limits, &width, &height, &mask, NULL) == RGPT_OK) {
        for (size_t i = 0; i < (size_t)width * height; i++) {
            if (mask[i] > 1) abort();
        }
    }
    free(mask);
    return 0;
}
