/* Any text as the compressed counts of a mask of up to 256 x 256: what is accepted must cover the mask
 * exactly, survive the way to text and to pixels and back, and agree with itself in every measure. */
#include <stdlib.h>
#include <string.h>

#include "image/rle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
    if (!holds) abort();
}

static void check_text(const rg_rle *rle) {
    rg_buffer text = {.cap = 1 << 20};
    rg_rle again;
    require(rg_rle_to_string(rle, &text, NULL) == RGPT_OK);
    require(rg_rle_from_string(rle->height, rle->width, text.data, text.size, &again, NULL) == RGPT_OK);
    require(again.run_count == rle->run_count);
    require(memcmp(again.runs, rle->runs, rle->run_count * sizeof *rle->runs) == 0);
    rg_rle_reset(&again);
    rg_buffer_reset(&text);
}

static void check_pixels(const rg_rle *rle) {
    size_t count = (size_t)rle->height * rle->width;
    uint8_t *pixels = malloc(count);
    require(pixels != NULL);
    rg_rle_decode(rle, pixels);
    uint64_t area = 0;
    for (size_t i = 0; i < count; i++) area += pixels[i];
    require(area == rg_rle_area(rle));
    rg_rle pair[2] = {*rle, {0}}, merged[2];
    require(rg_rle_encode(pixels, rle->height, rle->width, &pair[1], NULL) == RGPT_OK);
    require(rg_rle_iou(&pair[0], &pair[1], false) == (area > 0 ? 1 : 0));
    for (int intersect = 0; intersect < 2; intersect++) {
        require(rg_rle_merge(pair, 2, intersect, &merged[intersect], NULL) == RGPT_OK);
        require(rg_rle_area(&merged[intersect]) == area);
        rg_rle_reset(&merged[intersect]);
    }
    rg_box a = rg_rle_bounds(&pair[0]), b = rg_rle_bounds(&pair[1]);
    require(memcmp(&a, &b, sizeof a) == 0);
    require(a.width * a.height >= (double)area && a.x + a.width <= rle->width && a.y + a.height <= rle->height);
    rg_rle_reset(&pair[1]);
    free(pixels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    rg_rle rle;
    if (rg_rle_from_string(data[0] + 1u, data[1] + 1u, (const char *)data + 2, size - 2, &rle, NULL) != RGPT_OK) {
        require(rle.runs == NULL);
        return 0;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < rle.run_count; i++) sum += rle.runs[i];
    require(sum == (uint64_t)rle.height * rle.width);
    check_text(&rle);
    check_pixels(&rle);
    rg_rle_reset(&rle);
    return 0;
}
