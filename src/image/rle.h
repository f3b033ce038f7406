/* rle.h - binary masks as run lengths, the form COCO keeps them in.
 *
 * A mask of `height` x `width` pixels is read column by column, top to bottom, and written as the
 * lengths of its runs, zeros first: runs[0] zeros, runs[1] ones, runs[2] zeros ... Their sum is height x
 * width, always: every function here that makes an rg_rle checks it, so one that exists can be walked
 * without further checks. (The reference implementation trusts its input and writes past its buffer.)
 * Pixel buffers, by contrast, are row-major like every picture of this library: one byte a pixel.
 *
 * Ownership: functions fill the caller's struct, which on failure holds nothing; rg_rle_reset frees it.
 * Source: the mask API of the COCO data set, pycocotools 2.0 (written anew from its definition).
 */
#ifndef RG_IMAGE_RLE_H
#define RG_IMAGE_RLE_H

#include "base/buffer.h"
#include "image/box.h"

typedef struct rg_rle {
    uint32_t height, width; /* pixels; their product fits 32 bits */
    size_t run_count;       /* at least 1 */
    uint32_t *runs;         /* owned */
} rg_rle;

void rg_rle_reset(rg_rle *rle); /* frees the runs and clears; {0} is fine */

/* ---- making one. RGPT_FORMAT: the runs are not a mask of this size; RGPT_LIMIT: height x width is
 * over 2^32 - 1 pixels. A size of 0 is refused. */

/* From run lengths (COCO's "uncompressed" counts), copied. Runs of length zero are allowed. */
rgpt_status rg_rle_from_runs(uint32_t height, uint32_t width, const int64_t *runs, size_t run_count, rg_rle *out,
                             rgpt_error *err);

/* From COCO's compressed counts: five bits a character, and from the fourth run on each as the
 * difference from the run two before. The text need not end in a zero byte. */
rgpt_status rg_rle_from_string(uint32_t height, uint32_t width, const char *text, size_t text_size, rg_rle *out,
                               rgpt_error *err);

/* From pixels, row-major; any non-zero byte is inside. */
rgpt_status rg_rle_encode(const uint8_t *mask, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err);

/* Union of `count` masks of one size (RGPT_INVALID if not), or their intersection. */
rgpt_status rg_rle_merge(const rg_rle *masks, size_t count, bool intersect, rg_rle *out, rgpt_error *err);

/* ---- reading one */

/* Writes height x width bytes, row-major, 1 inside and 0 outside. */
void rg_rle_decode(const rg_rle *rle, uint8_t *mask);

/* Appends the compressed counts. */
rgpt_status rg_rle_to_string(const rg_rle *rle, rg_buffer *out, rgpt_error *err);

uint64_t rg_rle_area(const rg_rle *rle); /* pixels inside */
rg_box rg_rle_bounds(const rg_rle *rle); /* the smallest box of whole pixels around them; all 0 if none */

/* As rg_box_iou, counted in pixels. Masks of different sizes have no overlap: -1. */
double rg_rle_iou(const rg_rle *detection, const rg_rle *truth, bool is_crowd);

#endif
