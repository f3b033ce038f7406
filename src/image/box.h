/* box.h - axis-aligned boxes in pixels, COCO's x, y, width, height.
 *
 * The first pixel covers [0,1) x [0,1); x runs to the right, y down. Boxes are real-valued: turning one
 * into pixels is the rasteriser's job (polygon.h for COCO's rule, region.h for a user's box).
 */
#ifndef RG_IMAGE_BOX_H
#define RG_IMAGE_BOX_H

#include <stdbool.h>

typedef struct rg_box {
    double x, y; /* top left corner */
    double width, height;
} rg_box;

/* Square pixels that two boxes share; 0 for boxes that do not overlap, or are not numbers. */
double rg_box_shared_area(rg_box a, rg_box b);

/* Overlap of a detection with a ground truth box: intersection / union, or with `is_crowd`
 * intersection / detection (COCO: a crowd annotation may swallow any number of detections).
 * 0 when they do not overlap in a positive area. */
double rg_box_iou(rg_box detection, rg_box truth, bool is_crowd);

#endif
