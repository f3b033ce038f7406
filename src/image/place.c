#include "image/place.h"

#include <math.h>

rg_site rg_site_of(const rg_rle *mask) {
    rg_site site = {.box = rg_rle_bounds(mask), .top_from = mask->width, .bottom_from = mask->width};
    uint32_t h = mask->height, top = (uint32_t)site.box.y, bottom = top + (uint32_t)site.box.height - 1;
    uint64_t to_middle = rg_rle_area(mask) / 2;
    uint32_t at = 0;
    for (size_t i = 0; i < mask->run_count; at += mask->runs[i++]) {
        uint32_t run = mask->runs[i];
        if (i % 2 == 0 || run == 0) continue;
        /* A run that goes on in the next column has both a top and a bottom pixel. */
        uint32_t first_x = at / h, last_x = (at + run - 1) / h, first_y = at % h, last_y = (at + run - 1) % h;
        bool wraps = first_x != last_x;
        if (first_y == top || wraps) {
            site.top_from = fmin(site.top_from, first_y == top ? first_x : first_x + 1);
            site.top_to = last_x + 1;
        }
        if (last_y == bottom || wraps) {
            site.bottom_from = fmin(site.bottom_from, first_x);
            site.bottom_to = last_y == bottom ? last_x + 1 : last_x;
        }
        if (to_middle < run) { /* the middle pixel, counted column by column */
            site.x = (at + (uint32_t)to_middle) / h + 0.5;
            site.y = (at + (uint32_t)to_middle) % h + 0.5;
            to_middle = UINT64_MAX;
        } else if (to_middle != UINT64_MAX) {
            to_middle -= run;
        }
    }
    return site;
}

/* ---- cost */

/* Distance between two boxes, 0 if they touch. */
static double distance(rg_box a, rg_box b) {
    double dx = fmax(0, fmax(b.x - a.x - a.width, a.x - b.x - b.width));
    double dy = fmax(0, fmax(b.y - a.y - a.height, a.y - b.y - b.height));
    return hypot(dx, dy);
}

/* How bad a place is. The weights only rank: hiding a label is worst, then being away from one's own region,
 * then hiding what other regions show, then hiding much of one's own. Stops at `least`. */
static double cost_of(rg_box place, size_t own, const rg_surroundings *around, double least) {
    rg_box region = around->sites[own].box;
    double area = place.width * place.height;
    double cost = 2 * distance(place, region) / hypot(around->width, around->height);
    cost += 0.6 * rg_box_shared_area(place, region) / (region.width * region.height);
    for (size_t i = 0; i < around->label_count && cost < least; i++) {
        cost += 20 * rg_box_shared_area(place, around->labels[i]) / area;
    }
    for (size_t i = 0; i < around->site_count && cost < least; i++) {
        rg_box other = around->sites[i].box;
        if (i != own) cost += 0.3 * rg_box_shared_area(place, other) / fmin(area, other.width * other.height);
    }
    return cost;
}

/* ---- candidates */

enum {
    ROWS = 2,   /* above the region's uppermost row of pixels, and below its lowest */
    SPOTS = 13, /* at the box around it */
    GRID = 24   /* anywhere in the picture: GRID x GRID places */
};

/* Left and top of the label, in shares of box and label: above, below, inside, beside. The order is the order
 * of preference. */
static const struct {
    double box_x, label_x, box_y, label_y;
} spots[SPOTS] = {
    {0, 0, 0, -1},  {1, -1, 0, -1}, {0, 0, 1, 0},  {1, -1, 1, 0}, {0, 0, 0, 0},   {1, -1, 0, 0},      {0, 0, 1, -1},
    {1, -1, 1, -1}, {1, 0, 0, 0},   {0, -1, 0, 0}, {1, 0, 1, -1}, {0, -1, 1, -1}, {.5, -.5, .5, -.5},
};

/* Where a label begins that stands above or below a row of pixels: with the row, or, where that is shorter,
 * in its middle. */
static double align(double from, double to, double width) {
    return to - from >= width ? from : (from + to - width) / 2;
}

/* Keeps the label in the picture. */
static double clamp(double value, double size, double room) {
    return fmax(0, fmin(value, room - size));
}

static rg_box candidate(int i, double width, double height, const rg_site *site, const rg_surroundings *around) {
    rg_box place = {.width = width, .height = height}, box = site->box;
    if (i == 0) {
        place.x = align(site->top_from, site->top_to, width);
        place.y = box.y - height;
    } else if (i == 1) {
        place.x = align(site->bottom_from, site->bottom_to, width);
        place.y = box.y + box.height;
    } else if (i < ROWS + SPOTS) {
        place.x = box.x + spots[i - ROWS].box_x * box.width + spots[i - ROWS].label_x * width;
        place.y = box.y + spots[i - ROWS].box_y * box.height + spots[i - ROWS].label_y * height;
    } else {
        int cell = i - ROWS - SPOTS;
        place.x = cell % GRID * (around->width - width) / (GRID - 1);
        place.y = (double)(cell / GRID) * (around->height - height) / (GRID - 1);
    }
    place.x = clamp(place.x, width, around->width);
    place.y = clamp(place.y, height, around->height);
    return place;
}

rg_box rg_place_label(double width, double height, size_t own, const rg_surroundings *around) {
    const double step = 0.01; /* each candidate is a little less welcome than the one before */
    rg_box best = {0};
    double least = INFINITY;
    for (int i = 0; i < ROWS + SPOTS + GRID * GRID; i++) {
        rg_box place = candidate(i, width, height, &around->sites[own], around);
        double handicap = step * fmin(i, ROWS + SPOTS);
        double cost = handicap + cost_of(place, own, around, least - handicap);
        if (cost >= least) continue;
        least = cost;
        best = place;
    }
    return best;
}
