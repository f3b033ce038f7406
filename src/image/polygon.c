#include "image/polygon.h"

#include <math.h>
#include <stdlib.h>

#include "image/flips.h"

/* Fine pixels a pixel, and the fine column at a pixel's centre: the outline changes pixel column X where
 * it steps from fine column FINE*X + CENTRE to the next, and the pixels from row (v + CENTRE) / FINE on,
 * v being the upper end of that step, change sides. */
enum { FINE = 5, CENTRE = 2 };

/* Largest coordinate, in pixels: four times the largest image side, and far from overflowing an int. */
#define MOST_COORDINATE 65536.0

/* Most outline crossings in a polygon: 64 MiB of them. A comb over 16,384 columns needs 512 teeth. */
enum { MOST_CROSSINGS = 1 << 24 };

typedef struct point {
    int u, v; /* column and row of the fine grid */
} point;

/* An edge runs along its longer axis in unit steps t = 0 ... length; its other coordinate is rounded from
 * the exact line. Both ends of the walk give the same points, so `from` is the end with the smaller
 * coordinate on the longer axis. */
typedef struct edge {
    point from;
    int length;
    double slope;
    bool is_flat; /* the longer axis is u */
} edge;

static edge edge_between(point a, point b) {
    int du = abs(b.u - a.u), dv = abs(b.v - a.v);
    bool is_flat = du >= dv;
    if (is_flat ? a.u > b.u : a.v > b.v) {
        point swap = a;
        a = b;
        b = swap;
    }
    edge e = {.from = a, .length = is_flat ? du : dv, .is_flat = is_flat};
    if (e.length > 0) e.slope = (double)(is_flat ? b.v - a.v : b.u - a.u) / e.length;
    return e;
}

static point edge_point(const edge *e, int t) {
    if (e->is_flat) return (point){e->from.u + t, (int)(e->from.v + e->slope * t + .5)};
    return (point){(int)(e->from.u + e->slope * t + .5), e->from.v + t};
}

/* The last step t before the outline leaves fine column `u` for u + 1 (or, on a steep edge running left,
 * before it enters u); the edge is known to cross there. */
static int crossing_step(const edge *e, int u) {
    if (e->is_flat) return u - e->from.u;
    int low = 0, high = e->length; /* the ends lie on different sides; u changes monotonically */
    bool starts_right = edge_point(e, low).u > u;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if ((edge_point(e, middle).u > u) == starts_right) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static rgpt_status cross_columns(const edge *e, uint32_t height, uint32_t width, rg_flips *flips, rgpt_error *err) {
    int u0 = edge_point(e, 0).u, u1 = edge_point(e, e->length).u;
    int low = u0 < u1 ? u0 : u1, high = u0 < u1 ? u1 : u0;
    /* Columns X with low <= FINE X + CENTRE < high. */
    int first = low <= CENTRE ? 0 : (low - CENTRE + FINE - 1) / FINE;
    rgpt_status status = RGPT_OK;
    for (int x = first; x < (int)width && FINE * x + CENTRE < high && status == RGPT_OK; x++) {
        int t = crossing_step(e, FINE * x + CENTRE);
        int v0 = edge_point(e, t).v, v1 = edge_point(e, t + 1).v;
        int v = v0 < v1 ? v0 : v1;
        uint32_t y = v < 0 ? 0 : (uint32_t)(v + CENTRE) / FINE;
        if (y > height) y = height;
        if (flips->count >= MOST_CROSSINGS) {
            return rg_fail(err, RGPT_LIMIT, "polygon: its outline crosses more than %d pixel columns", MOST_CROSSINGS);
        }
        status = rg_flips_push(flips, (uint32_t)x * height + y, err);
    }
    return status;
}

static rgpt_status fine_point(const double *xy, size_t i, point *out, rgpt_error *err) {
    double x = xy[2 * i], y = xy[2 * i + 1];
    if (!isfinite(x) || !isfinite(y)) {
        return rg_fail(err, RGPT_INVALID, "polygon: point %zu: found (%g, %g), wanted finite numbers", i, x, y);
    }
    if (fabs(x) > MOST_COORDINATE || fabs(y) > MOST_COORDINATE) {
        return rg_fail(err, RGPT_LIMIT, "polygon: point %zu: found (%g, %g), wanted at most +-%g", i, x, y,
                       MOST_COORDINATE);
    }
    *out = (point){(int)(FINE * x + .5), (int)(FINE * y + .5)};
    return RGPT_OK;
}

/* Crossings of all edges, in the order of the outline. */
static rgpt_status trace(const double *xy, size_t point_count, uint32_t height, uint32_t width, rg_flips *flips,
                         rgpt_error *err) {
    point first, previous;
    rgpt_status status = fine_point(xy, 0, &first, err);
    previous = first;
    for (size_t i = 1; i <= point_count && status == RGPT_OK; i++) {
        point next = first;
        if (i < point_count) status = fine_point(xy, i, &next, err);
        if (status != RGPT_OK) break;
        edge e = edge_between(previous, next);
        status = cross_columns(&e, height, width, flips, err);
        previous = next;
    }
    return status;
}

rgpt_status rg_polygon_rle(const double *xy, size_t point_count, uint32_t height, uint32_t width, rg_rle *out,
                           rgpt_error *err) {
    *out = (rg_rle){0};
    if (point_count < 3) {
        return rg_fail(err, RGPT_INVALID, "polygon: found %zu points, wanted at least 3", point_count);
    }
    rgpt_status status = rg_rle_check_size(height, width, err);
    rg_flips flips = {0};
    if (status == RGPT_OK) status = trace(xy, point_count, height, width, &flips, err);
    if (status == RGPT_OK) status = rg_flips_finish(&flips, height, width, out, err);
    free(flips.at);
    return status;
}

rgpt_status rg_box_rle(rg_box box, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err) {
    double right = box.x + box.width, bottom = box.y + box.height;
    double corners[] = {box.x, box.y, box.x, bottom, right, bottom, right, box.y};
    return rg_polygon_rle(corners, 4, height, width, out, err);
}
