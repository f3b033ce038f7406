/* polygon.h - COCO's polygon rasteriser.
 *
 * Which pixels a polygon covers is a convention, and COCO's masks, areas and scores depend on its: the
 * outline is drawn on a grid five times finer than the pixels, and a pixel column changes from outside to
 * inside where the fine outline crosses its centre line. Even-odd rule; parts beyond the image are cut
 * off. Exact to the pixel with pycocotools (tests: eval/mask).
 */
#ifndef RG_IMAGE_POLYGON_H
#define RG_IMAGE_POLYGON_H

#include "image/rle.h"

/* One ring of `point_count` >= 3 points, xy = x0, y0, x1, y1 ..., closed by itself. RGPT_INVALID for fewer
 * points or a coordinate that is not finite; RGPT_LIMIT for one beyond +-65536 pixels or an outline so
 * long that drawing it would be an attack. The result may be empty. */
rgpt_status rg_polygon_rle(const double *xy, size_t point_count, uint32_t height, uint32_t width, rg_rle *out,
                           rgpt_error *err);

/* The box as a polygon of its four corners, as COCO turns boxes into masks. */
rgpt_status rg_box_rle(rg_box box, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err);

#endif
