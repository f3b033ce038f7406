/* contour.h - the outline of a mask as closed lines, for drawing.
 *
 * The line runs through the middles of the pixel edges between inside and outside, so that a slope comes out
 * as a slope and not as stairs, and is then smoothed a little. Holes have lines of their own. Coordinates are
 * pixels of the picture, (0, 0) its top left corner.
 */
#ifndef RG_IMAGE_CONTOUR_H
#define RG_IMAGE_CONTOUR_H

#include "image/rle.h"

typedef struct rg_point {
    float x, y;
} rg_point;

typedef struct rg_contours {
    rg_point *points; /* of all lines, one after the other; owned */
    size_t point_count, point_room;
    size_t *ends; /* of each line: the index after its last point; owned */
    size_t line_count, line_room;
} rg_contours;

/* Traces all lines, up to `most_points` pixel edges in all: a mask of dust may have more edges than pixels.
 * What is beyond is left out. */
rgpt_status rg_contours_trace(const rg_rle *mask, size_t most_points, rg_contours *out, rgpt_error *err);

void rg_contours_reset(rg_contours *contours);

#endif
