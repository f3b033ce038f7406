/* label.h - a name written into an overlay picture: lines that fit, a box around them (internal to src/image). */
#ifndef RG_IMAGE_LABEL_H
#define RG_IMAGE_LABEL_H

#include <cairo.h>

enum { RG_LABEL_LINES = 3, RG_LABEL_LINE_SIZE = 256 };

/* Text broken into lines, and the size of the box around them. */
typedef struct rg_label {
    char lines[RG_LABEL_LINES][RG_LABEL_LINE_SIZE]; /* UTF-8, each ended by a zero byte */
    int line_count;
    double line_height, padding; /* pixels */
    double width, height;        /* pixels, padding included */
} rg_label;

/* Breaks `text` with the font set on `cr` so that the box is no larger than given, though it has at least one
 * line, and each line a character; what does not fit ends in an ellipsis. Control characters become spaces,
 * bytes that are not UTF-8 the replacement character. */
void rg_label_lay_out(cairo_t *cr, const char *text, double most_width, double most_height, rg_label *out);

/* Draws the box, `colour` (red, green, blue, 0 to 1), and on it the text in black or white. */
void rg_label_draw(cairo_t *cr, const rg_label *label, double x, double y, const double colour[3]);

#endif
