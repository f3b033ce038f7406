/* Any text as regions of a picture of 40 x 30. */
#include <stdlib.h>

#include "image/frame.h"
#include "image/region.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const float half[3] = {0.5f, 0.5f, 0.5f};
    rgpt_regions *regions;
    rgpt_error err = {0};
    if (rgpt_regions_new(40, 30, &regions, NULL) != RGPT_OK) return 0;
    rgpt_status status = rgpt_regions_add_json(regions, (const char *)data, size, "a.jpg", &err);
    size_t count = rgpt_regions_count(regions);
    if ((status == RGPT_OK) != (count > 0) || (status != RGPT_OK && err.message[0] == '\0')) abort();
    rg_frame frame;
    rg_frame_init(RG_FRAME_PAD, 16, half, half, &frame);
    for (size_t i = 0; i < count; i++) {
        rgpt_region_info info;
        if (!rgpt_regions_get(regions, i, &info) || info.area < 1 || info.box[2] < 1) abort();
        float map[64], sum = 0;
        if (rg_frame_coverage(&frame, &regions->items[i].mask, 8, false, map, NULL, NULL) != RGPT_OK) abort();
        for (int k = 0; k < 64; k++) sum += map[k];
        if (!(sum > 0)) abort(); /* a region must never pool to nothing */
    }
    rgpt_regions_free(regions);
    return 0;
}
