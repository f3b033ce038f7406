/* region.h - which part of a picture is meant: every way to say it ends as a mask in the picture's pixels.
 *
 * rgpt_regions (public: rgpt.h) is the ordered list of one picture's regions. region.c keeps the list,
 * region_json.c reads it from JSON, region_KIND.c draws one kind (region.def lists them). What sticks out of
 * the picture is cut off; a region that covers no pixel of it is an error.
 */
#ifndef RG_IMAGE_REGION_H
#define RG_IMAGE_REGION_H

#include <jansson.h>

#include "image/rle.h"

typedef enum rg_region_kind {
#define X(name, parse) RG_REGION_##name,
#include "image/region.def"
#undef X
    RG_REGION_KIND_COUNT
} rg_region_kind;

typedef struct rg_region {
    rg_region_kind kind;
    rg_rle mask; /* of the picture's size, never empty; owned */
} rg_region;

struct rgpt_regions {
    uint32_t width, height; /* of the picture */
    rg_region *items;
    size_t count, allocated;
};

/* A list for one picture; the picture of a data set may well have hundreds of annotations. */
enum { RG_REGIONS_MOST = 4096 };

/* Appends a region and takes over *mask, which is empty afterwards, also on failure. RGPT_INVALID if it
 * covers nothing, RGPT_LIMIT if the list is full. */
rgpt_status rg_regions_take(rgpt_regions *regions, rg_region_kind kind, rg_rle *mask, rgpt_error *err);

/* Removes the last ones, so that `count` stay. */
void rg_regions_cut(rgpt_regions *regions, size_t count);

/* ---- drawing: the mask of a shape. It may come out empty only where that is said. */

/* The pixels whose centres the box covers, or if there are none, the one at its middle. RGPT_INVALID if it
 * is wholly outside, or not a box. */
rgpt_status rg_region_draw_box(rg_box box, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err);

/* A line through the points, `stroke` pixels wide, its ends and corners round; with one point, a disc. The
 * pixels whose centres it covers, and those that the points lie in. It may be empty (all outside). */
rgpt_status rg_region_draw_stroke(const double *xy, size_t point_count, double stroke, uint32_t height, uint32_t width,
                                  rg_rle *out, rgpt_error *err);

/* What a stroke is taken to be where the user does not say: 1/25 of the picture's longer side, at least 1. */
double rg_region_default_stroke(uint32_t height, uint32_t width);

/* From a PNG; see rg_mask_decode. It may be empty. */
rgpt_status rg_region_draw_mask(const void *png, size_t size, uint32_t height, uint32_t width, rg_rle *out,
                                rgpt_error *err);

/* ---- parsing: the mask of a JSON value. It may come out empty. */

typedef rgpt_status rg_region_parse_fn(const json_t *value, uint32_t height, uint32_t width, rg_rle *out,
                                       rgpt_error *err);

rg_region_parse_fn rg_region_parse_box;      /* [x, y, width, height] */
rg_region_parse_fn rg_region_parse_polygon;  /* [x1, y1, x2, y2, ...], or a list of such rings: their union */
rg_region_parse_fn rg_region_parse_rle;      /* {"size": [h, w], "counts": text or runs} */
rg_region_parse_fn rg_region_parse_mask;     /* a PNG in base64, alone or as a data: URL; never a path */
rg_region_parse_fn rg_region_parse_point;    /* [x, y] or [x, y, radius] */
rg_region_parse_fn rg_region_parse_scribble; /* [x1, y1, ...] or {"points": [...], "width": w} */

#endif
