/* Any points as a polygon. The library goes straight to where the outline crosses the pixel columns; here
 * the outline is walked step by step, as the rule is stated, and the masks must be the same. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image/polygon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FINE = 5 };

typedef struct walk {
    uint8_t *flips; /* where the mask changes, column by column; one more for the end */
    int height, width;
    int u, v; /* the step before */
    bool has_started;
} walk;

static void step_to(walk *w, int u, int v) {
    if (w->has_started && u != w->u) {
        double x = ((u < w->u ? u : w->u) + .5) / FINE - .5;
        double y = fmin(fmax(((v < w->v ? v : w->v) + .5) / FINE - .5, 0), w->height);
        if (x == floor(x) && x >= 0 && x <= w->width - 1) w->flips[(size_t)x * w->height + (size_t)ceil(y)] ^= 1;
    }
    *w = (walk){w->flips, w->height, w->width, u, v, true};
}

static void walk_edge(walk *w, int x0, int y0, int x1, int y1) {
    int dx = abs(x1 - x0), dy = abs(y1 - y0), length = dx > dy ? dx : dy;
    bool is_reversed = dx >= dy ? x0 > x1 : y0 > y1;
    int from_x = is_reversed ? x1 : x0, from_y = is_reversed ? y1 : y0;
    int to_x = is_reversed ? x0 : x1, to_y = is_reversed ? y0 : y1;
    for (int d = 0; d <= length; d++) {
        int t = is_reversed ? length - d : d;
        if (length == 0) {
            step_to(w, x0, y0);
        } else if (dx >= dy) {
            double slope = (double)(to_y - from_y) / dx;
            step_to(w, from_x + t, (int)(from_y + slope * t + .5));
        } else {
            double slope = (double)(to_x - from_x) / dy;
            step_to(w, (int)(from_x + slope * t + .5), from_y + t);
        }
    }
}

static void compare(const double *xy, size_t count, uint32_t height, uint32_t width, const rg_rle *found) {
    size_t pixels = (size_t)height * width;
    uint8_t *flips = calloc(pixels + 1, 1), *mask = malloc(pixels);
    if (!flips || !mask) abort();
    walk w = {.flips = flips, .height = (int)height, .width = (int)width};
    for (size_t i = 0; i < count; i++) {
        size_t k = (i + 1) % count;
        walk_edge(&w, (int)(FINE * xy[2 * i] + .5), (int)(FINE * xy[2 * i + 1] + .5), (int)(FINE * xy[2 * k] + .5),
                  (int)(FINE * xy[2 * k + 1] + .5));
    }
    rg_rle_decode(found, mask);
    uint8_t inside = 0;
    for (size_t i = 0; i < pixels; i++) {
        inside ^= flips[i];
        if (mask[i % height * width + i / height] != inside) abort();
    }
    free(flips);
    free(mask);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { MOST_POINTS = 64 };
    if (size < 4) return 0;
    uint32_t height = data[0] % 100u + 1, width = data[1] % 100u + 1;
    bool is_wild = data[2] % 4 == 0; /* doubles of any bits; else hundredths around the picture */
    double xy[2 * MOST_POINTS];
    size_t item = is_wild ? sizeof(double) : sizeof(int16_t), count = 0;
    for (size_t at = 4; at + item <= size && count < 2 * MOST_POINTS; at += item) {
        int16_t hundredths;
        memcpy(&hundredths, data + at, sizeof hundredths);
        xy[count] = hundredths / 100.0;
        if (is_wild) memcpy(&xy[count], data + at, sizeof *xy);
        count++;
    }
    rg_rle rle;
    if (rg_polygon_rle(xy, count / 2, height, width, &rle, NULL) == RGPT_OK) {
        bool is_near = true;
        for (size_t i = 0; i < count; i++) is_near &= fabs(xy[i]) < 1000;
        if (is_near) compare(xy, count / 2, height, width, &rle);
    }
    rg_rle_reset(&rle);
    return 0;
}
