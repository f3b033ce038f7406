/* place.h - where the labels of an overlay picture go (internal to src/image). */
#ifndef RG_IMAGE_PLACE_H
#define RG_IMAGE_PLACE_H

#include "image/rle.h"

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
rg_box rg_place_label(double width, double height, size_t own, const rg_surroundings *around);

#endif
