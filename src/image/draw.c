#include "image/draw.h"

#include <cairo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "image/contour.h"
#include "image/encode.h"
#include "image/label.h"
#include "image/place.h"

static const double palette[][3] = {
    {0.902, 0.624, 0.000}, /* orange */
    {0.337, 0.706, 0.914}, /* sky blue */
    {0.000, 0.620, 0.451}, /* bluish green */
    {0.941, 0.894, 0.259}, /* yellow */
    {0.835, 0.369, 0.000}, /* vermilion */
    {0.000, 0.447, 0.698}, /* blue */
    {0.800, 0.475, 0.655}, /* reddish purple */
};

enum { COLOURS = sizeof palette / sizeof *palette };

/* What is drawn of one region. */
typedef struct mark {
    size_t region; /* its index */
    uint64_t area;
    rg_label label;
} mark;

/* One overlay being drawn. The arrays go together, the smallest region first: it chooses its label's place
 * first, having the fewest, and is tinted last, so that it is not lost in a larger one. */
typedef struct overlay {
    const rgpt_regions *regions;
    mark *marks;
    rg_site *sites; /* where each region is */
    rg_box *places; /* of labels, in pixels */
    cairo_surface_t *surface;
    cairo_t *cr;
    double width, height;
    double line; /* width of outlines */
    rgpt_error *err;
} overlay;

static const double *colour_of(size_t region) {
    return palette[region % COLOURS];
}

/* ---- pixels: 32 bits each, the lower 24 red, green and blue */

static uint32_t *surface_row(const overlay *o, int y) {
    uint8_t *rows = cairo_image_surface_get_data(o->surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(o->surface);
    return (uint32_t *)(void *)(rows + (size_t)y * stride); /* cairo aligns rows for this */
}

static rgpt_status start_surface(overlay *o, const rg_image *image) {
    o->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, image->width, image->height);
    if (cairo_surface_status(o->surface) != CAIRO_STATUS_SUCCESS) {
        return rg_fail(o->err, RGPT_NO_MEMORY, "overlay: %d x %d pixels: %s", image->width, image->height,
                       cairo_status_to_string(cairo_surface_status(o->surface)));
    }
    const uint8_t *rgb = image->rgb;
    for (int y = 0; y < image->height; y++) {
        uint32_t *row = surface_row(o, y);
        for (int x = 0; x < image->width; x++, rgb += 3) row[x] = (uint32_t)rgb[0] << 16 | rgb[1] << 8 | rgb[2];
    }
    cairo_surface_mark_dirty(o->surface);
    return RGPT_OK;
}

static uint32_t blend(uint32_t pixel, const double colour[3]) {
    const double opacity = 0.35;
    uint32_t out = 0;
    for (int c = 0; c < 3; c++) {
        int shift = 16 - 8 * c;
        double value = (pixel >> shift) & 0xFF;
        out |= (uint32_t)(value + opacity * (255 * colour[c] - value) + 0.5) << shift;
    }
    return out;
}

static void tint(overlay *o, size_t region) {
    const rg_rle *mask = &o->regions->items[region].mask;
    cairo_surface_flush(o->surface);
    uint32_t at = 0;
    for (size_t i = 0; i < mask->run_count; at += mask->runs[i++]) {
        if (i % 2 == 0) continue;
        for (uint32_t k = at; k < at + mask->runs[i]; k++) {
            uint32_t *pixel = surface_row(o, (int)(k % mask->height)) + k / mask->height;
            *pixel = blend(*pixel, colour_of(region));
        }
    }
    cairo_surface_mark_dirty(o->surface);
}

/* ---- lines */

static void stroke(overlay *o, double width, double red, double green, double blue, double opacity) {
    cairo_set_line_width(o->cr, width);
    cairo_set_source_rgba(o->cr, red, green, blue, opacity);
    cairo_stroke_preserve(o->cr);
}

/* A dark line under the coloured one: on some ground or other each colour would be lost by itself. */
static rgpt_status outline(overlay *o, size_t region) {
    enum { MOST_POINTS = 1 << 20 }; /* of dust; a real outline of a large photo has some ten thousand */
    rg_contours lines;
    rgpt_status status = rg_contours_trace(&o->regions->items[region].mask, MOST_POINTS, &lines, o->err);
    if (status != RGPT_OK) return status;
    size_t start = 0;
    cairo_new_path(o->cr);
    for (size_t i = 0; i < lines.line_count; start = lines.ends[i++]) {
        cairo_move_to(o->cr, lines.points[start].x, lines.points[start].y);
        for (size_t k = start + 1; k < lines.ends[i]; k++) cairo_line_to(o->cr, lines.points[k].x, lines.points[k].y);
        cairo_close_path(o->cr);
    }
    rg_contours_reset(&lines);

    const double *colour = colour_of(region), dashes[] = {4 * o->line, 3 * o->line};
    stroke(o, 2 * o->line, 0, 0, 0, 0.5);
    bool is_dashed = region / COLOURS % 2 == 1;
    cairo_set_dash(o->cr, dashes, is_dashed ? 2 : 0, 0);
    stroke(o, o->line, colour[0], colour[1], colour[2], 1);
    cairo_set_dash(o->cr, NULL, 0, 0);
    cairo_new_path(o->cr);
    return RGPT_OK;
}

/* From a label that found no room at its region to the region. */
static void lead(overlay *o, size_t i) {
    rg_box label = o->places[i], region = o->sites[i].box;
    double gap = 2 * o->line;
    bool is_near = label.x <= region.x + region.width + gap && region.x <= label.x + label.width + gap &&
                   label.y <= region.y + region.height + gap && region.y <= label.y + label.height + gap;
    if (is_near) return;
    const double *colour = colour_of(o->marks[i].region);
    cairo_move_to(o->cr, label.x + label.width / 2, label.y + label.height / 2);
    cairo_line_to(o->cr, o->sites[i].x, o->sites[i].y);
    cairo_arc(o->cr, o->sites[i].x, o->sites[i].y, o->line, 0, 7); /* once round: the point that is meant */
    stroke(o, 2 * o->line, 0, 0, 0, 0.5);
    stroke(o, o->line, colour[0], colour[1], colour[2], 1);
    cairo_new_path(o->cr);
}

/* ---- labels */

static int compare_area(const void *a, const void *b) {
    const mark *x = a, *y = b;
    if (x->area != y->area) return x->area > y->area ? 1 : -1;
    return (x->region > y->region) - (x->region < y->region);
}

static rgpt_status lay_out(overlay *o, mark *m, const char *text) {
    char *numbered = NULL;
    bool has_text = text && *text;
    if (asprintf(&numbered, "%zu%s%s", m->region + 1, has_text ? " " : "", has_text ? text : "") < 0) {
        return rg_fail_memory(o->err, "overlay", sizeof *m);
    }
    rg_label_lay_out(o->cr, numbered, fmin(o->width, fmax(0.4 * o->width, 200)), 0.4 * o->height, &m->label);
    free(numbered);
    return RGPT_OK;
}

static rgpt_status prepare(overlay *o, const char *const *labels) {
    size_t count = o->regions->count;
    o->marks = calloc(count + 1, sizeof *o->marks);
    o->sites = calloc(count + 1, sizeof *o->sites);
    o->places = calloc(count + 1, sizeof *o->places);
    if (!o->marks || !o->sites || !o->places) return rg_fail_memory(o->err, "overlay", count * sizeof *o->marks);
    for (size_t i = 0; i < count; i++) {
        o->marks[i].region = i;
        o->marks[i].area = rg_rle_area(&o->regions->items[i].mask);
    }
    qsort(o->marks, count, sizeof *o->marks, compare_area);
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < count && status == RGPT_OK; i++) {
        size_t region = o->marks[i].region;
        o->sites[i] = rg_site_of(&o->regions->items[region].mask);
        status = lay_out(o, &o->marks[i], labels ? labels[region] : NULL);
    }
    rg_surroundings around = {
        .width = o->width, .height = o->height, .labels = o->places, .sites = o->sites, .site_count = count};
    for (size_t i = 0; i < count && status == RGPT_OK; i++) {
        around.label_count = i;
        o->places[i] = rg_place_label(o->marks[i].label.width, o->marks[i].label.height, i, &around);
    }
    return status;
}

/* ---- the whole */

static rgpt_status draw(overlay *o) {
    size_t count = o->regions->count;
    for (size_t i = count; i-- > 0;) tint(o, o->marks[i].region);
    rgpt_status status = RGPT_OK;
    for (size_t i = count; i-- > 0 && status == RGPT_OK;) status = outline(o, o->marks[i].region);
    for (size_t i = 0; i < count; i++) lead(o, i);
    for (size_t i = 0; i < count; i++) {
        rg_label_draw(o->cr, &o->marks[i].label, o->places[i].x, o->places[i].y, colour_of(o->marks[i].region));
    }
    if (status == RGPT_OK && cairo_status(o->cr) != CAIRO_STATUS_SUCCESS) {
        status = rg_fail(o->err, RGPT_NO_MEMORY, "overlay: %s", cairo_status_to_string(cairo_status(o->cr)));
    }
    return status;
}

static void set_sizes(overlay *o, const rg_image *image) {
    double longer = image->width > image->height ? image->width : image->height;
    o->width = image->width;
    o->height = image->height;
    o->line = fmax(1.2, longer / 360);
    cairo_select_font_face(o->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
    double crowd = fmin(1, fmax(0.6, sqrt(12.0 / (double)(o->regions->count + 1))));
    cairo_set_font_size(o->cr, fmax(10, crowd * longer / 42)); /* 10 is the least that can be read */
    cairo_set_line_join(o->cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(o->cr, CAIRO_LINE_CAP_ROUND);
}

static rgpt_status save(overlay *o, const char *path) {
    rg_image picture;
    rgpt_status status = rg_image_init((int)o->width, (int)o->height, &picture, o->err);
    if (status != RGPT_OK) return status;
    cairo_surface_flush(o->surface);
    uint8_t *rgb = picture.rgb;
    for (int y = 0; y < picture.height; y++) {
        const uint32_t *row = surface_row(o, y);
        for (int x = 0; x < picture.width; x++, rgb += 3) {
            for (int c = 0; c < 3; c++) rgb[c] = (uint8_t)(row[x] >> (16 - 8 * c));
        }
    }
    status = rg_image_write(path, &picture, o->err);
    rg_image_reset(&picture);
    return status;
}

rgpt_status rg_overlay_write(const char *path, const rg_image *image, const rgpt_regions *regions,
                             const char *const *labels, rgpt_error *err) {
    if ((uint32_t)image->width != regions->width || (uint32_t)image->height != regions->height) {
        return rg_fail(err, RGPT_INVALID, "overlay: found regions of a picture of %u x %u, wanted %d x %d",
                       regions->width, regions->height, image->width, image->height);
    }
    overlay o = {.regions = regions, .err = err};
    rgpt_status status = start_surface(&o, image);
    o.cr = cairo_create(o.surface);
    set_sizes(&o, image);
    if (status == RGPT_OK) status = prepare(&o, labels);
    if (status == RGPT_OK) status = draw(&o);
    if (status == RGPT_OK) status = save(&o, path);
    cairo_destroy(o.cr);
    cairo_surface_destroy(o.surface);
    free(o.marks);
    free(o.sites);
    free(o.places);
    return status;
}
