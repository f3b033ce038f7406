/* picture.h - inside rgpt_image. */
#ifndef RG_ENGINE_PICTURE_H
#define RG_ENGINE_PICTURE_H

#include "image/image.h"

struct rgpt_image {
    rg_image pixels;
};

#endif
