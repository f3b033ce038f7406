#include "image/segmentation.h"

#include <stdlib.h>

#include "base/checked.h"
#include "image/numbers.h"
#include "image/polygon.h"

/* ---- run lengths */

static rgpt_status parse_runs(const json_t *counts, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err) {
    size_t count = json_array_size(counts), size = SIZE_MAX;
    int64_t *runs = NULL;
    if (!rg_mul_size(count + 1, sizeof *runs, &size) || !(runs = malloc(size))) {
        return rg_fail_memory(err, "segmentation", size);
    }
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < count && status == RGPT_OK; i++) {
        const json_t *run = json_array_get(counts, i);
        if (!json_is_integer(run)) {
            status = rg_fail(err, RGPT_FORMAT, "segmentation: counts: run %zu: found %s, wanted a whole number", i,
                             json_is_real(run) ? "a fraction" : rg_json_type_name(run));
        }
        runs[i] = json_integer_value(run);
    }
    if (status == RGPT_OK) status = rg_rle_from_runs(height, width, runs, count, out, err);
    free(runs);
    return status;
}

static rgpt_status check_size(const json_t *size, uint32_t height, uint32_t width, rgpt_error *err) {
    const json_t *h = json_array_get(size, 0), *w = json_array_get(size, 1);
    if (json_array_size(size) != 2 || !json_is_integer(h) || !json_is_integer(w)) {
        return rg_fail(err, RGPT_FORMAT, "segmentation: size: wanted [height, width], two whole numbers");
    }
    if (json_integer_value(h) != height || json_integer_value(w) != width) {
        return rg_fail(err, RGPT_FORMAT,
                       "segmentation: size (height x width): found %" JSON_INTEGER_FORMAT " x %" JSON_INTEGER_FORMAT
                       ", wanted the image's %u x %u",
                       json_integer_value(h), json_integer_value(w), height, width);
    }
    return RGPT_OK;
}

static rgpt_status parse_rle(const json_t *object, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err) {
    rgpt_status status = check_size(json_object_get(object, "size"), height, width, err);
    if (status != RGPT_OK) return status;
    const json_t *counts = json_object_get(object, "counts");
    if (json_is_array(counts)) return parse_runs(counts, height, width, out, err);
    if (json_is_string(counts)) {
        return rg_rle_from_string(height, width, json_string_value(counts), json_string_length(counts), out, err);
    }
    return rg_fail(err, RGPT_FORMAT, "segmentation: counts: found %s, wanted a text or a list of runs",
                   rg_json_type_name(counts));
}

/* ---- polygons */

static rgpt_status parse_ring(const json_t *ring, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err) {
    double *xy;
    size_t point_count;
    rgpt_status status = rg_points_parse(ring, 3, &xy, &point_count, err);
    if (status == RGPT_OK) status = rg_polygon_rle(xy, point_count, height, width, out, err);
    free(xy);
    return status;
}

/* The union of all rings, kept as a running one. */
static rgpt_status parse_rings(const json_t *rings, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err) {
    if (json_array_size(rings) == 0) {
        return rg_fail(err, RGPT_FORMAT, "segmentation: found no polygon, wanted at least one");
    }
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < json_array_size(rings) && status == RGPT_OK; i++) {
        rg_rle pair[2] = {*out, {0}}, merged = {0};
        status = parse_ring(json_array_get(rings, i), height, width, &pair[1], err);
        if (status != RGPT_OK) {
            status = rg_fail_within(err, status, "segmentation: ring %zu", i);
            break;
        }
        if (i == 0) {
            *out = pair[1];
            continue;
        }
        status = rg_rle_merge(pair, 2, false, &merged, err);
        rg_rle_reset(&pair[0]);
        rg_rle_reset(&pair[1]);
        *out = merged;
    }
    if (status != RGPT_OK) rg_rle_reset(out);
    return status;
}

rgpt_status rg_segmentation_parse(const json_t *segmentation, uint32_t height, uint32_t width, rg_rle *out,
                                  rgpt_error *err) {
    *out = (rg_rle){0};
    if (json_is_array(segmentation)) return parse_rings(segmentation, height, width, out, err);
    if (json_is_object(segmentation)) return parse_rle(segmentation, height, width, out, err);
    return rg_fail(err, RGPT_FORMAT, "segmentation: found %s, wanted a list of polygons or an RLE object",
                   rg_json_type_name(segmentation));
}
