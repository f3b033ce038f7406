/* segmentation.h - the "segmentation" field of a COCO annotation, in each of its forms. */
#ifndef RG_IMAGE_SEGMENTATION_H
#define RG_IMAGE_SEGMENTATION_H

#include <jansson.h>

#include "image/rle.h"

/* A list of polygon rings, [[x,y,...],...] (their union); or {"size":[h,w],"counts":TEXT or [run,...]},
 * whose size must be the image's. Anything else is RGPT_FORMAT with the reason. The mask may be empty. */
rgpt_status rg_segmentation_parse(const json_t *segmentation, uint32_t height, uint32_t width, rg_rle *out,
                                  rgpt_error *err);

#endif
