/* Points and scribbles: a brush of round tip, drawn along straight lines. */
#include "image/region.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "image/flips.h"
#include "image/numbers.h"

/* Far beyond any picture, and small enough that distances squared stay exact. */
#define MOST_COORDINATE 65536.0

/* Pixels painted, counting again those painted before: a stroke that goes on longer is an attack. */
enum { MOST_PAINT = 1 << 30 };

typedef struct canvas {
    uint8_t *pixels; /* row-major, 1 where painted */
    uint32_t height, width;
    uint64_t painted;
} canvas;

typedef struct interval {
    double from, to; /* empty if from > to */
} interval;

static const interval nothing = {INFINITY, -INFINITY};

static interval hull(interval a, interval b) {
    return (interval){fmin(a.from, b.from), fmax(a.to, b.to)};
}

/* What a disc covers of the line at height y. */
static interval disc_at(double x, double centre_y, double radius, double y) {
    double dy = y - centre_y, square = radius * radius - dy * dy;
    if (square < 0) return nothing;
    return (interval){x - sqrt(square), x + sqrt(square)};
}

/* What an edge of a convex shape adds to what the shape covers of the line at height y. */
static interval edge_at(double x0, double y0, double x1, double y1, double y) {
    if ((y0 < y) == (y1 < y)) return nothing;
    double x = x0 + (x1 - x0) * (y - y0) / (y1 - y0);
    return (interval){x, x};
}

/* What the brush covers of the line at height y when moved from a to b. The shape is convex: two discs, and
 * the two sides that touch both. */
static interval brush_at(const double *a, const double *b, double radius, double y) {
    interval covered = hull(disc_at(a[0], a[1], radius, y), disc_at(b[0], b[1], radius, y));
    double dx = b[0] - a[0], dy = b[1] - a[1], length = hypot(dx, dy);
    if (length == 0) return covered;
    double across_x = -dy / length * radius, across_y = dx / length * radius;
    interval one = edge_at(a[0] + across_x, a[1] + across_y, b[0] + across_x, b[1] + across_y, y);
    interval other = edge_at(a[0] - across_x, a[1] - across_y, b[0] - across_x, b[1] - across_y, y);
    return hull(covered, hull(one, other));
}

static void paint_row(canvas *c, uint32_t y, interval covered) {
    double first = ceil(fmax(covered.from, 0) - 0.5), end = ceil(fmin(covered.to, c->width) - 0.5);
    if (!(first < end)) return;
    memset(c->pixels + (size_t)y * c->width + (size_t)first, 1, (size_t)(end - first));
    c->painted += (uint64_t)(end - first);
}

static void paint_pixel(canvas *c, const double *at) {
    if (at[0] < 0 || at[1] < 0 || at[0] >= c->width || at[1] >= c->height) return;
    c->pixels[(size_t)at[1] * c->width + (size_t)at[0]] = 1;
}

static rgpt_status paint_line(canvas *c, const double *a, const double *b, double radius, rgpt_error *err) {
    double top = fmin(a[1], b[1]) - radius, bottom = fmax(a[1], b[1]) + radius;
    double first = ceil(fmax(top, 0) - 0.5), end = ceil(fmin(bottom, c->height) - 0.5);
    for (double y = first; y < end; y++) paint_row(c, (uint32_t)y, brush_at(a, b, radius, y + 0.5));
    paint_pixel(c, a); /* a thin brush may pass between all centres */
    paint_pixel(c, b);
    c->painted += (uint64_t)fmax(end - first, 0) + 1;
    if (c->painted <= MOST_PAINT) return RGPT_OK;
    return rg_fail(err, RGPT_LIMIT, "stroke: it paints more than %d pixels, counting each again that is painted over",
                   MOST_PAINT);
}

static rgpt_status check_stroke(const double *xy, size_t point_count, double stroke, rgpt_error *err) {
    if (!(stroke > 0 && stroke <= MOST_COORDINATE)) {
        return rg_fail(err, RGPT_INVALID, "stroke: found width %g, wanted more than 0 and at most %g", stroke,
                       MOST_COORDINATE);
    }
    if (point_count == 0) return rg_fail(err, RGPT_INVALID, "stroke: found no points, wanted at least 1");
    for (size_t i = 0; i < point_count; i++) {
        if (fabs(xy[2 * i]) <= MOST_COORDINATE && fabs(xy[2 * i + 1]) <= MOST_COORDINATE) continue; /* no NaN */
        return rg_fail(err, RGPT_INVALID, "stroke: point %zu: found (%g, %g), wanted finite numbers within +-%g", i,
                       xy[2 * i], xy[2 * i + 1], MOST_COORDINATE);
    }
    return RGPT_OK;
}

rgpt_status rg_region_draw_stroke(const double *xy, size_t point_count, double stroke, uint32_t height, uint32_t width,
                                  rg_rle *out, rgpt_error *err) {
    *out = (rg_rle){0};
    rgpt_status status = rg_rle_check_size(height, width, err);
    if (status == RGPT_OK) status = check_stroke(xy, point_count, stroke, err);
    if (status != RGPT_OK) return status;
    canvas c = {.pixels = calloc(height, width), .height = height, .width = width};
    if (!c.pixels) return rg_fail_memory(err, "stroke", (size_t)height * width);
    status = paint_line(&c, xy, xy, stroke / 2, err);
    for (size_t i = 1; i < point_count && status == RGPT_OK; i++) {
        status = paint_line(&c, xy + 2 * i - 2, xy + 2 * i, stroke / 2, err);
    }
    if (status == RGPT_OK) status = rg_rle_encode(c.pixels, height, width, out, err);
    free(c.pixels);
    return status;
}

double rg_region_default_stroke(uint32_t height, uint32_t width) {
    return fmax(1, (height > width ? height : width) / 25.0);
}

rgpt_status rg_region_parse_point(const json_t *value, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err) {
    double *n;
    size_t count;
    *out = (rg_rle){0};
    rgpt_status status = rg_numbers_parse(value, 2, 3, "x, y or x, y, radius", &n, &count, err);
    if (status == RGPT_OK) {
        double stroke = count == 3 ? 2 * n[2] : rg_region_default_stroke(height, width);
        status = rg_region_draw_stroke(n, 1, stroke, height, width, out, err);
    }
    free(n);
    return status == RGPT_OK ? RGPT_OK : rg_fail_within(err, status, "point");
}

rgpt_status rg_region_parse_scribble(const json_t *value, uint32_t height, uint32_t width, rg_rle *out,
                                     rgpt_error *err) {
    *out = (rg_rle){0};
    const json_t *points = json_is_object(value) ? json_object_get(value, "points") : value;
    const json_t *stroke = json_object_get(value, "width"); /* NULL where the value is the list itself */
    double *xy = NULL;
    size_t point_count;
    rgpt_status status = RGPT_OK;
    if (stroke && !json_is_number(stroke)) {
        status = rg_fail(err, RGPT_FORMAT, "width: found %s, wanted a number", rg_json_type_name(stroke));
    }
    if (status == RGPT_OK) status = rg_points_parse(points, 1, &xy, &point_count, err);
    if (status == RGPT_OK) {
        double pixels = stroke ? json_number_value(stroke) : rg_region_default_stroke(height, width);
        status = rg_region_draw_stroke(xy, point_count, pixels, height, width, out, err);
    }
    free(xy);
    return status == RGPT_OK ? RGPT_OK : rg_fail_within(err, status, "scribble");
}
