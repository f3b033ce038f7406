#include "image/contour.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"

/* Pixels of a mask while it is traced. SEEN: the pixel's upper edge is on a line that was followed; every
 * line has an upper edge somewhere, so this is all there is to remember. */
enum { INSIDE = 1, SEEN = 2 };

typedef struct trace {
    uint8_t *pixels;
    int width, height;
    rg_contours *out;
    rgpt_error *err;
} trace;

static bool is_inside(const trace *t, int x, int y) {
    if (x < 0 || y < 0 || x >= t->width || y >= t->height) return false;
    return t->pixels[(size_t)y * t->width + x] & INSIDE;
}

static rgpt_status push_point(rg_contours *c, float x, float y, rgpt_error *err) {
    rg_point *grown = rg_array_grow(c->points, &c->point_room, c->point_count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "contour", (c->point_count + 1) * sizeof *grown);
    c->points = grown;
    c->points[c->point_count++] = (rg_point){x, y};
    return RGPT_OK;
}

static rgpt_status end_line(rg_contours *c, rgpt_error *err) {
    size_t *grown = rg_array_grow(c->ends, &c->line_room, c->line_count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "contour", (c->line_count + 1) * sizeof *grown);
    c->ends = grown;
    c->ends[c->line_count++] = c->point_count;
    return RGPT_OK;
}

/* Walks along pixel edges with the inside on the right, from the upper left corner of pixel (x, y) until it
 * is back there, noting the middle of each edge. */
static rgpt_status follow_line(trace *t, int start_x, int start_y) {
    int x = start_x, y = start_y, dx = 1, dy = 0; /* a corner, and the way to the next one */
    rgpt_status status = RGPT_OK;
    do {
        if (dx == 1) t->pixels[(size_t)y * t->width + x] |= SEEN;
        status = push_point(t->out, (float)x + 0.5f * (float)dx, (float)y + 0.5f * (float)dy, t->err);
        x += dx;
        y += dy;
        /* The two pixels ahead, as offsets from the corner: (dx, dy) turned half right and half left. */
        bool right = is_inside(t, x + (dx - dy - 1) / 2, y + (dx + dy - 1) / 2);
        bool left = is_inside(t, x + (dx + dy - 1) / 2, y + (dy - dx - 1) / 2);
        int turn = !right ? 1 : left ? -1 : 0; /* pixels that touch only at a corner stay apart */
        if (turn != 0) {
            int old_dx = dx;
            dx = -turn * dy;
            dy = turn * old_dx;
        }
    } while (status == RGPT_OK && (x != start_x || y != start_y || dx != 1));
    return status == RGPT_OK ? end_line(t->out, t->err) : status;
}

/* ---- smoothing, on one closed line */

/* Each point moves to the weighted middle of itself and its two neighbours. */
static void smooth(rg_point *p, size_t count) {
    rg_point first = p[0], previous = p[count - 1];
    for (size_t i = 0; i < count; i++) {
        rg_point here = p[i], next = i + 1 < count ? p[i + 1] : first;
        p[i] = (rg_point){(previous.x + 2 * here.x + next.x) / 4, (previous.y + 2 * here.y + next.y) / 4};
        previous = here;
    }
}

/* Leaves out points on the straight line between the last kept one and the next. Returns how many stay. */
static size_t thin(rg_point *p, size_t count) {
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        rg_point a = p[kept - 1], b = p[i], c = p[(i + 1) % count];
        float area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
        if (fabsf(area) > 1e-3f) p[kept++] = b;
    }
    return kept;
}

static void finish_line(rg_contours *c) {
    enum { ROUNDS = 2 };
    size_t start = c->line_count > 1 ? c->ends[c->line_count - 2] : 0;
    rg_point *line = c->points + start;
    for (int i = 0; i < ROUNDS; i++) smooth(line, c->point_count - start);
    c->point_count = start + thin(line, c->point_count - start);
    c->ends[c->line_count - 1] = c->point_count;
}

/* ---- all lines */

rgpt_status rg_contours_trace(const rg_rle *mask, size_t most_points, rg_contours *out, rgpt_error *err) {
    *out = (rg_contours){0};
    size_t size = (size_t)mask->height * mask->width;
    trace t = {.pixels = malloc(size), .width = (int)mask->width, .height = (int)mask->height, .out = out, .err = err};
    if (!t.pixels) return rg_fail_memory(err, "contour", size);
    rg_rle_decode(mask, t.pixels); /* 1 is INSIDE */
    rgpt_status status = RGPT_OK;
    for (int y = 0; y < t.height && status == RGPT_OK; y++) {
        for (int x = 0; x < t.width && status == RGPT_OK; x++) {
            bool is_start = t.pixels[(size_t)y * t.width + x] == INSIDE && !is_inside(&t, x, y - 1);
            if (!is_start || out->point_count > most_points) continue;
            status = follow_line(&t, x, y);
            if (status == RGPT_OK) finish_line(out);
        }
    }
    free(t.pixels);
    if (status != RGPT_OK) rg_contours_reset(out);
    return status;
}

void rg_contours_reset(rg_contours *contours) {
    free(contours->points);
    free(contours->ends);
    *contours = (rg_contours){0};
}
