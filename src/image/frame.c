#include "image/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void rg_frame_init(rg_frame_kind kind, int size, const float mean[3], const float std[3], rg_frame *out) {
    *out = (rg_frame){.kind = kind, .size = size, .filter = RG_FILTER_BICUBIC};
    for (int c = 0; c < 3; c++) {
        out->mean[c] = mean[c];
        out->std[c] = std[c];
        out->fill[c] = (uint8_t)(255 * mean[c]);
    }
}

/* The ground that a photo of this size lies on, without the photo. */
static rg_canvas lay_out(const rg_frame *frame, int width, int height) {
    rg_canvas ground = {.width = width, .height = height};
    memcpy(ground.fill, frame->fill, sizeof ground.fill);
    if (frame->kind == RG_FRAME_PAD) {
        ground.width = ground.height = width > height ? width : height;
        ground.left = (ground.width - width) / 2;
        ground.top = (ground.height - height) / 2;
    }
    return ground;
}

/* ---- pictures */

rgpt_status rg_frame_image(const rg_frame *frame, const rg_image *image, rg_image *out, rgpt_error *err) {
    rg_canvas ground = lay_out(frame, image->width, image->height);
    ground.image = image;
    return rg_canvas_resize(&ground, frame->size, frame->size, frame->filter, out, err);
}

rgpt_status rg_frame_pixels(const rg_frame *frame, const rg_image *image, float *out, rgpt_error *err) {
    rg_image square;
    rgpt_status status = rg_frame_image(frame, image, &square, err);
    if (status != RGPT_OK) return status;
    size_t count = (size_t)frame->size * frame->size;
    for (size_t c = 0; c < 3; c++) {
        float value[256]; /* a byte has no more values than this */
        for (int i = 0; i < 256; i++) value[i] = ((float)i / 255.0f - frame->mean[c]) / frame->std[c];
        for (size_t i = 0; i < count; i++) out[c * count + i] = value[square.rgb[3 * i + c]];
    }
    rg_image_reset(&square);
    return RGPT_OK;
}

void rg_frame_point(const rg_frame *frame, int width, int height, double x, double y, double *out_x, double *out_y) {
    rg_canvas ground = lay_out(frame, width, height);
    *out_x = (x + ground.left) * frame->size / ground.width;
    *out_y = (y + ground.top) * frame->size / ground.height;
}

/* ---- regions */

/* Where the samples of one axis lie: between photo pixels `near` and `near` + 1 (or on `near`, at the far
 * edge of the ground), this share of the way. In float32, as torch computes it. */
typedef struct sample {
    int near, far;
    float share;
} sample;

static sample sample_at(int cell, int grid, int ground_size, int offset) {
    float scale = (float)ground_size / (float)grid;
    float at = scale * ((float)cell + 0.5f) - 0.5f;
    if (at < 0) at = 0;
    int near = (int)at;
    if (near > ground_size - 1) near = ground_size - 1;
    int far = near < ground_size - 1 ? near + 1 : near;
    return (sample){.near = near - offset, .far = far - offset, .share = at - (float)near};
}

/* A mask that can be asked for any pixel: ends[i] is where run i ends. */
typedef struct lookup {
    const rg_rle *mask;
    uint32_t *ends;
} lookup;

static rgpt_status lookup_init(const rg_rle *mask, lookup *out, rgpt_error *err) {
    *out = (lookup){.mask = mask, .ends = malloc(mask->run_count * sizeof *out->ends)};
    if (!out->ends) return rg_fail_memory(err, "region", mask->run_count * sizeof *out->ends);
    uint32_t end = 0;
    for (size_t i = 0; i < mask->run_count; i++) out->ends[i] = end += mask->runs[i];
    return RGPT_OK;
}

/* 1 inside, 0 outside or beside the photo. */
static float lookup_pixel(const lookup *l, int x, int y) {
    if (x < 0 || y < 0 || x >= (int)l->mask->width || y >= (int)l->mask->height) return 0;
    uint32_t at = (uint32_t)x * l->mask->height + (uint32_t)y;
    size_t low = 0, high = l->mask->run_count - 1; /* the first run that ends after `at` */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->ends[middle] > at) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return (float)(low % 2);
}

static float interpolate(const lookup *l, sample x, sample y) {
    float above = (1 - x.share) * lookup_pixel(l, x.near, y.near) + x.share * lookup_pixel(l, x.far, y.near);
    float below = (1 - x.share) * lookup_pixel(l, x.near, y.far) + x.share * lookup_pixel(l, x.far, y.far);
    return (1 - y.share) * above + y.share * below;
}

/* Counts each pixel for the cell that it lies in; the fullest cell becomes 1. */
static void count_pixels(const rg_canvas *ground, const rg_rle *mask, int grid, float *out) {
    size_t cell_count = (size_t)grid * grid;
    for (size_t i = 0; i < cell_count; i++) out[i] = 0;
    float most = 0;
    uint32_t at = 0;
    for (size_t i = 0; i < mask->run_count; at += mask->runs[i++]) {
        if (i % 2 == 0) continue;
        for (uint32_t k = at; k < at + mask->runs[i]; k++) {
            double x = (k / mask->height + ground->left + 0.5) * grid / ground->width;
            double y = (k % mask->height + ground->top + 0.5) * grid / ground->height;
            float *cell = &out[(size_t)y * grid + (size_t)x];
            *cell += 1;
            most = fmaxf(most, *cell);
        }
    }
    for (size_t i = 0; i < cell_count && most > 0; i++) out[i] /= most;
}

rgpt_status rg_frame_coverage(const rg_frame *frame, const rg_rle *mask, int grid, bool keep_empty, float *out,
                              bool *vanished, rgpt_error *err) {
    /* Below this a map is rounding dust; pooling adds 1e-8 to the sum, which then would count. */
    const double least = 1e-4;
    lookup l;
    rgpt_status status = lookup_init(mask, &l, err);
    if (status != RGPT_OK) return status;
    rg_canvas ground = lay_out(frame, (int)mask->width, (int)mask->height);
    double sum = 0;
    for (int i = 0; i < grid; i++) {
        sample y = sample_at(i, grid, ground.height, ground.top);
        for (int j = 0; j < grid; j++) {
            float value = interpolate(&l, sample_at(j, grid, ground.width, ground.left), y);
            out[(size_t)i * grid + j] = value;
            sum += value;
        }
    }
    free(l.ends);
    bool is_empty = sum < least;
    if (is_empty && !keep_empty) count_pixels(&ground, mask, grid, out);
    if (vanished) *vanished = is_empty;
    return RGPT_OK;
}
