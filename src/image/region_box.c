#include "image/region.h"

#include <math.h>
#include <stdlib.h>

#include "image/flips.h"
#include "image/numbers.h"

/* The pixels first ... end - 1 whose centres lie in an interval that is at least partly in the picture; if
 * it is too thin for one, the pixel at its middle. */
static void snap(double from, double to, uint32_t size, uint32_t *first, uint32_t *end) {
    from = fmax(from, 0);
    to = fmin(to, size);
    *first = (uint32_t)ceil(from - 0.5);
    *end = (uint32_t)ceil(to - 0.5);
    if (*first >= *end) {
        *first = (uint32_t)fmin((from + to) / 2, size - 1);
        *end = *first + 1;
    }
}

static rgpt_status check_box(rg_box box, uint32_t height, uint32_t width, rgpt_error *err) {
    const char *fault = NULL;
    double right = box.x + box.width, bottom = box.y + box.height;
    if (!isfinite(right) || !isfinite(bottom) || !isfinite(box.x) || !isfinite(box.y)) {
        fault = "wanted finite numbers";
    } else if (!(box.width > 0 && box.height > 0)) {
        fault = "wanted a width and a height above 0";
    } else if (box.x >= width || box.y >= height || right <= 0 || bottom <= 0) {
        fault = "all of it is outside the picture";
    }
    if (!fault) return RGPT_OK;
    return rg_fail(err, RGPT_INVALID, "box: found x %g, y %g, width %g, height %g in a picture of %u x %u: %s", box.x,
                   box.y, box.width, box.height, width, height, fault);
}

rgpt_status rg_region_draw_box(rg_box box, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err) {
    *out = (rg_rle){0};
    rgpt_status status = rg_rle_check_size(height, width, err);
    if (status == RGPT_OK) status = check_box(box, height, width, err);
    if (status != RGPT_OK) return status;
    uint32_t left, right, top, bottom;
    snap(box.x, box.x + box.width, width, &left, &right);
    snap(box.y, box.y + box.height, height, &top, &bottom);
    rg_flips flips = {0};
    for (uint32_t x = left; x < right && status == RGPT_OK; x++) {
        status = rg_flips_push(&flips, x * height + top, err);
        if (status == RGPT_OK) status = rg_flips_push(&flips, x * height + bottom, err);
    }
    if (status == RGPT_OK) status = rg_flips_finish(&flips, height, width, out, err);
    free(flips.at);
    return status;
}

rgpt_status rg_region_parse_box(const json_t *value, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err) {
    double *n;
    size_t count;
    *out = (rg_rle){0};
    rgpt_status status = rg_numbers_parse(value, 4, 4, "x, y, width, height", &n, &count, err);
    if (status != RGPT_OK) return rg_fail_within(err, status, "box");
    status = rg_region_draw_box((rg_box){n[0], n[1], n[2], n[3]}, height, width, out, err);
    free(n);
    return status;
}
