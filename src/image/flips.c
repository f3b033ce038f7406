#include "image/flips.h"

#include <stdlib.h>

#include "base/array.h"

rgpt_status rg_rle_check_size(uint32_t height, uint32_t width, rgpt_error *err) {
    if (height == 0 || width == 0) {
        return rg_fail(err, RGPT_FORMAT, "mask: size %u x %u (height x width): found no pixels, wanted at least one",
                       height, width);
    }
    if ((uint64_t)height * width > UINT32_MAX) {
        return rg_fail(err, RGPT_LIMIT, "mask: size %u x %u (height x width): more than %u pixels", height, width,
                       UINT32_MAX);
    }
    return RGPT_OK;
}

rgpt_status rg_flips_push(rg_flips *flips, uint32_t at, rgpt_error *err) {
    uint32_t *grown = rg_array_grow(flips->at, &flips->allocated, flips->count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "mask", (flips->count + 1) * sizeof *grown);
    flips->at = grown;
    flips->at[flips->count++] = at;
    return RGPT_OK;
}

static int compare_positions(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sort(rg_flips *flips) {
    for (size_t i = 1; i < flips->count; i++) {
        if (flips->at[i] >= flips->at[i - 1]) continue;
        qsort(flips->at, flips->count, sizeof *flips->at, compare_positions);
        return;
    }
}

/* Takes out pairs at one position; the rest ascends strictly. */
static void cancel_pairs(rg_flips *flips) {
    size_t kept = 0;
    for (size_t i = 0; i < flips->count; i++) {
        if (kept > 0 && flips->at[kept - 1] == flips->at[i]) {
            kept--;
        } else {
            flips->at[kept++] = flips->at[i];
        }
    }
    flips->count = kept;
}

rgpt_status rg_flips_finish(rg_flips *flips, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err) {
    *out = (rg_rle){0};
    sort(flips);
    cancel_pairs(flips);
    uint32_t end = height * width;
    bool is_ended = flips->count > 0 && flips->at[flips->count - 1] == end;
    rgpt_status status = is_ended ? RGPT_OK : rg_flips_push(flips, end, err);
    if (status != RGPT_OK) return status;

    uint32_t *runs = flips->at, last = 0;
    for (size_t i = 0; i < flips->count; i++) {
        uint32_t position = runs[i];
        runs[i] = position - last;
        last = position;
    }
    /* The slack of doubling is given back: an evaluator keeps hundreds of thousands of masks. */
    uint32_t *fitted = realloc(runs, flips->count * sizeof *runs);
    *out = (rg_rle){.height = height, .width = width, .run_count = flips->count, .runs = fitted ? fitted : runs};
    *flips = (rg_flips){0};
    return RGPT_OK;
}
