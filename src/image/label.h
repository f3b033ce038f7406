/* label.h - the names written into an overlay picture: lines that fit, and places for them (internal to
 * src/image). */
#ifndef RG_IMAGE_LABEL_H
#define RG_IMAGE_LABEL_H

#include <stddef.h>

#include <cairo.h>

#include "image/rle.h"

enum { RG_LABEL_LINES = 3, RG_LABEL_LINE_SIZE = 256 };

/* Text broken into lines, and the size of the box around them. */
typedef struct rg_label {
    char lines[RG_LABEL_LINES][RG_LABEL_LINE_SIZE]; /* UTF-8, each ended by a zero byte */
    int line_count;
    double line_height, padding; /* pixels */
    double width, height;        /* pixels, padding included */
} rg_label;

/* Breaks `text` with the font set on `cr` so that no line is wider than `most_width`; what does not fit into
 * `most_lines` lines ends in an ellipsis. Control characters become spaces, bytes that are not UTF-8 become
 * the replacement character. */
void rg_label_lay_out(cairo_t *cr, const char *text, double most_width, int most_lines, rg_label *out);

/* Draws the box, `colour` (red, green, blue, 0 to 1), and on it the text in black or white. */
void rg_label_draw(cairo_t *cr, const rg_label *label, double x, double y, const double colour[3]);

/* What a label can hold on to: of one region, in pixels. */
typedef struct rg_site {
    rg_box box;                    /* around it */
    double top_from, top_to;       /* its uppermost row of pixels, from left to right; with gaps, perhaps */
    double bottom_from, bottom_to; /* its lowest */
    double x, y;                   /* a place inside, as near the middle as can be had cheaply */
} rg_site;

rg_site rg_site_of(const rg_rle *mask);

/* What a label's place must keep clear of. */
typedef struct rg_surroundings {
    double width, height; /* of the picture, in which the label must lie */
    const rg_box *labels; /* placed already: hardly ever to be covered */
    size_t label_count;
    const rg_site *sites; /* of all regions: better not covered */
    size_t site_count;
} rg_surroundings;

/* The best place for a label of `width` x `height` that belongs to site number `own`: at its edge if that is
 * free, or else nearby. */
rg_box rg_label_place(double width, double height, size_t own, const rg_surroundings *around);

#endif
