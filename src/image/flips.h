/* flips.h - making an RLE from the positions at which the mask changes (internal to src/image).
 *
 * Walk a mask column by column: it starts outside, and every "flip" turns outside into inside or back.
 * Two flips at one position undo each other, so what comes out has no empty runs but perhaps the first.
 */
#ifndef RG_IMAGE_FLIPS_H
#define RG_IMAGE_FLIPS_H

#include "image/rle.h"

typedef struct rg_flips {
    uint32_t *at; /* positions x * height + y; owned */
    size_t count;
    size_t allocated;
} rg_flips;

/* Refuses a mask of no pixels (RGPT_FORMAT) or of more than 32 bits can count (RGPT_LIMIT). */
rgpt_status rg_rle_check_size(uint32_t height, uint32_t width, rgpt_error *err);

/* Adds a flip, in any order (though ascending ones need no sorting later). */
rgpt_status rg_flips_push(rg_flips *flips, uint32_t at, rgpt_error *err);

/* Turns the flips, all <= height * width, into runs. On success `flips` is empty; free(flips.at) is right
 * in any case. */
rgpt_status rg_flips_finish(rg_flips *flips, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err);

#endif
