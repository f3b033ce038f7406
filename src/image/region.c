#include "image/region.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/file.h"
#include "image/flips.h"
#include "image/polygon.h"

static const char *const kind_names[] = {
#define X(name, parse) #name,
#include "image/region.def"
#undef X
};

/* ---- the list */

rgpt_status rgpt_regions_new(int image_width, int image_height, rgpt_regions **out, rgpt_error *err) {
    rg_error_clear(err);
    *out = NULL;
    if (image_width < 1 || image_height < 1) {
        return rg_fail(err, RGPT_INVALID, "regions: found a picture of %d x %d, wanted at least 1 x 1", image_width,
                       image_height);
    }
    rgpt_status status = rg_rle_check_size((uint32_t)image_height, (uint32_t)image_width, err);
    if (status != RGPT_OK) return status;
    rgpt_regions *regions = calloc(1, sizeof *regions);
    if (!regions) return rg_fail_memory(err, "regions", sizeof *regions);
    regions->width = (uint32_t)image_width;
    regions->height = (uint32_t)image_height;
    *out = regions;
    return RGPT_OK;
}

void rgpt_regions_free(rgpt_regions *regions) {
    if (!regions) return;
    rg_regions_cut(regions, 0);
    free(regions->items);
    free(regions);
}

void rg_regions_cut(rgpt_regions *regions, size_t count) {
    while (regions->count > count) rg_rle_reset(&regions->items[--regions->count].mask);
}

rgpt_status rg_regions_take(rgpt_regions *regions, rg_region_kind kind, rg_rle *mask, rgpt_error *err) {
    rg_rle taken = *mask;
    *mask = (rg_rle){0};
    rgpt_status status = RGPT_OK;
    rg_region *grown = NULL;
    if (rg_rle_area(&taken) == 0) {
        status = rg_fail(err, RGPT_INVALID, "%s: it covers no pixel of the picture, which is %u x %u", kind_names[kind],
                         regions->width, regions->height);
    } else if (regions->count == RG_REGIONS_MOST) {
        status = rg_fail(err, RGPT_LIMIT, "regions: found more than %d", RG_REGIONS_MOST);
    } else if (!(grown = rg_array_grow(regions->items, &regions->allocated, regions->count + 1, sizeof *grown))) {
        status = rg_fail_memory(err, "regions", (regions->count + 1) * sizeof *grown);
    }
    if (status != RGPT_OK) {
        rg_rle_reset(&taken);
        return status;
    }
    regions->items = grown;
    regions->items[regions->count++] = (rg_region){.kind = kind, .mask = taken};
    return RGPT_OK;
}

size_t rgpt_regions_count(const rgpt_regions *regions) {
    return regions->count;
}

bool rgpt_regions_get(const rgpt_regions *regions, size_t i, rgpt_region_info *out) {
    if (i >= regions->count) return false;
    const rg_region *region = &regions->items[i];
    rg_box box = rg_rle_bounds(&region->mask);
    *out = (rgpt_region_info){.kind = kind_names[region->kind],
                              .box = {box.x, box.y, box.width, box.height},
                              .area = (int64_t)rg_rle_area(&region->mask)};
    return true;
}

/* ---- adding from C: each draws a mask, and the list takes it */

rgpt_status rgpt_regions_add_box(rgpt_regions *r, double x, double y, double width, double height, rgpt_error *err) {
    rg_error_clear(err);
    rg_rle mask;
    rgpt_status status = rg_region_draw_box((rg_box){x, y, width, height}, r->height, r->width, &mask, err);
    return status == RGPT_OK ? rg_regions_take(r, RG_REGION_box, &mask, err) : status;
}

rgpt_status rgpt_regions_add_polygon(rgpt_regions *r, const double *xy, size_t point_count, rgpt_error *err) {
    rg_error_clear(err);
    rg_rle mask;
    rgpt_status status = rg_polygon_rle(xy, point_count, r->height, r->width, &mask, err);
    return status == RGPT_OK ? rg_regions_take(r, RG_REGION_polygon, &mask, err) : status;
}

/* Both kinds of stroke; `stroke` 0 is the default. */
static rgpt_status add_stroke(rgpt_regions *r, rg_region_kind kind, const double *xy, size_t point_count, double stroke,
                              rgpt_error *err) {
    rg_rle mask;
    if (stroke == 0) stroke = rg_region_default_stroke(r->height, r->width);
    rgpt_status status = rg_region_draw_stroke(xy, point_count, stroke, r->height, r->width, &mask, err);
    if (status != RGPT_OK) return rg_fail_within(err, status, "%s", kind_names[kind]);
    return rg_regions_take(r, kind, &mask, err);
}

rgpt_status rgpt_regions_add_point(rgpt_regions *r, double x, double y, double radius, rgpt_error *err) {
    rg_error_clear(err);
    const double xy[] = {x, y};
    return add_stroke(r, RG_REGION_point, xy, 1, 2 * radius, err);
}

rgpt_status rgpt_regions_add_scribble(rgpt_regions *r, const double *xy, size_t point_count, double width,
                                      rgpt_error *err) {
    rg_error_clear(err);
    return add_stroke(r, RG_REGION_scribble, xy, point_count, width, err);
}

rgpt_status rgpt_regions_add_mask(rgpt_regions *r, const uint8_t *pixels, int width, int height, rgpt_error *err) {
    rg_error_clear(err);
    if ((int64_t)width != r->width || (int64_t)height != r->height) {
        return rg_fail(err, RGPT_INVALID, "mask: found %d x %d pixels, wanted the picture's %u x %u", width, height,
                       r->width, r->height);
    }
    rg_rle mask;
    rgpt_status status = rg_rle_encode(pixels, r->height, r->width, &mask, err);
    return status == RGPT_OK ? rg_regions_take(r, RG_REGION_mask, &mask, err) : status;
}

rgpt_status rgpt_regions_add_mask_file(rgpt_regions *r, const char *path, rgpt_error *err) {
    rg_error_clear(err);
    enum { MOST_BYTES = 64 << 20 };
    char *png;
    size_t size;
    rgpt_status status = rg_file_read(path, MOST_BYTES, &png, &size, err);
    if (status != RGPT_OK) return status;
    rg_rle mask;
    status = rg_region_draw_mask(png, size, r->height, r->width, &mask, err);
    free(png);
    if (status == RGPT_OK) status = rg_regions_take(r, RG_REGION_mask, &mask, err);
    return status == RGPT_OK ? RGPT_OK : rg_fail_within(err, status, "%s", path);
}
