#include "image/resize.h"

#include <math.h>
#include <stdlib.h>

#include "base/checked.h"

/* ---- filters: a weight for a distance in pixels of the smaller picture */

static double weigh_bilinear(double x) {
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

static double weigh_bicubic(double x) {
    const double a = -0.5;
    x = fabs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

static const struct {
    double (*weigh)(double x);
    double support; /* no weight from this distance on */
} filters[] = {
    [RG_FILTER_BILINEAR] = {weigh_bilinear, 1},
    [RG_FILTER_BICUBIC] = {weigh_bicubic, 2},
};

/* ---- one axis: which inputs each output is made of */

enum { FRACTION_BITS = 22, HALF = 1 << (FRACTION_BITS - 1) };

/* Inputs first ... first + count - 1 of the picture, with weights; `ground` is the summed weight of the
 * inputs beside the picture, which all have one colour. */
typedef struct tap {
    int first, count;
    int32_t ground;
    const int32_t *weights;
} tap;

typedef struct axis {
    tap *taps; /* one an output */
    int32_t *weights;
} axis;

static void axis_free(axis *a) {
    free(a->taps);
    free(a->weights);
    *a = (axis){0};
}

static int32_t to_fixed(double weight) {
    double scaled = weight * (1 << FRACTION_BITS);
    return (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

/* The weights of the output centred at `centre` (in inputs), for inputs first ... first + count - 1. */
static void weigh_inputs(rg_filter filter, double centre, double filter_scale, int first, int count, double *scratch,
                         int32_t *out) {
    double sum = 0, step = 1 / filter_scale;
    for (int i = 0; i < count; i++) {
        scratch[i] = filters[filter].weigh((i + first - centre + 0.5) * step);
        sum += scratch[i];
    }
    for (int i = 0; i < count; i++) out[i] = to_fixed(sum != 0 ? scratch[i] / sum : scratch[i]);
}

/* Cuts a tap over the whole ground down to the picture, which begins at `left`. */
static void cut_to_picture(tap *t, int left, int size) {
    int first = t->first - left, end = first + t->count;
    int kept_first = first < 0 ? 0 : first, kept_end = end > size ? size : end;
    if (kept_end < kept_first) kept_first = kept_end = 0;
    for (int i = first; i < end; i++) {
        if (i < kept_first || i >= kept_end) t->ground += t->weights[i - first];
    }
    *t = (tap){.first = kept_first,
               .count = kept_end - kept_first,
               .ground = t->ground,
               .weights = kept_first > first ? t->weights + (kept_first - first) : t->weights};
}

static rgpt_status axis_init(int ground_size, int left, int picture_size, int out_size, rg_filter filter, axis *a,
                             rgpt_error *err) {
    double scale = (double)ground_size / out_size, filter_scale = scale < 1 ? 1 : scale;
    double support = filters[filter].support * filter_scale;
    size_t most = (size_t)ceil(support) * 2 + 1, count = 0, size = SIZE_MAX;
    *a = (axis){0};
    bool fits = rg_mul_size(most, (size_t)out_size, &count) && rg_mul_size(count, sizeof *a->weights, &size);
    double *scratch = malloc(most * sizeof *scratch);
    a->weights = fits ? malloc(size) : NULL;
    a->taps = calloc((size_t)out_size, sizeof *a->taps);
    if (!scratch || !a->weights || !a->taps) {
        free(scratch);
        axis_free(a);
        return rg_fail_memory(err, "resize", size);
    }
    for (int i = 0; i < out_size; i++) {
        double centre = (i + 0.5) * scale;
        int first = (int)(centre - support + 0.5), end = (int)(centre + support + 0.5);
        if (first < 0) first = 0;
        if (end > ground_size) end = ground_size;
        int32_t *weights = a->weights + (size_t)i * most;
        weigh_inputs(filter, centre, filter_scale, first, end - first, scratch, weights);
        a->taps[i] = (tap){.first = first, .count = end - first, .weights = weights};
        cut_to_picture(&a->taps[i], left, picture_size);
    }
    free(scratch);
    return RGPT_OK;
}

/* ---- the two passes */

static uint8_t to_byte(int32_t sum) {
    int32_t value = sum >> FRACTION_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* One row, made `width` pixels wide. */
static void resize_row(const uint8_t *in, const axis *columns, const uint8_t fill[3], int width, uint8_t *out) {
    for (int x = 0; x < width; x++) {
        const tap *t = &columns->taps[x];
        const uint8_t *p = in + 3 * (size_t)t->first;
        int32_t red = HALF + t->ground * fill[0], green = HALF + t->ground * fill[1], blue = HALF + t->ground * fill[2];
        for (int i = 0; i < t->count; i++, p += 3) {
            int32_t w = t->weights[i];
            red += p[0] * w;
            green += p[1] * w;
            blue += p[2] * w;
        }
        *out++ = to_byte(red);
        *out++ = to_byte(green);
        *out++ = to_byte(blue);
    }
}

/* One row of the result from the rows above each other in `in`, a piece at a time so that the sums stay in
 * the nearest cache. */
static void mix_rows(const rg_image *in, const tap *t, const uint8_t fill[3], uint8_t *out) {
    enum { PIECE = 3 * 128 };
    size_t row_size = (size_t)in->width * 3;
    for (size_t left = 0; left < row_size; left += PIECE) {
        size_t size = row_size - left < PIECE ? row_size - left : PIECE;
        int32_t sums[PIECE];
        for (size_t k = 0; k < size; k++) sums[k] = HALF + t->ground * fill[k % 3];
        for (int i = 0; i < t->count; i++) {
            const uint8_t *row = in->rgb + (size_t)(t->first + i) * row_size + left;
            int32_t w = t->weights[i];
            for (size_t k = 0; k < size; k++) sums[k] += row[k] * w;
        }
        for (size_t k = 0; k < size; k++) out[left + k] = to_byte(sums[k]);
    }
}

/* Threads cost some microseconds to wake, as long as a small picture takes. */
static bool is_worth_threads(const rg_image *in) {
    return (int64_t)in->width * in->height > 1 << 18;
}

static void resize_rows(const rg_image *in, const axis *columns, const uint8_t fill[3], rg_image *out) {
    size_t in_row = (size_t)in->width * 3, out_row = (size_t)out->width * 3;
#pragma omp parallel for schedule(static) if (is_worth_threads(in))
    for (int y = 0; y < out->height; y++) {
        resize_row(in->rgb + y * in_row, columns, fill, out->width, out->rgb + y * out_row);
    }
}

static void resize_columns(const rg_image *in, const axis *rows, const uint8_t fill[3], rg_image *out) {
    size_t out_row = (size_t)out->width * 3;
#pragma omp parallel for schedule(static) if (is_worth_threads(in))
    for (int y = 0; y < out->height; y++) mix_rows(in, &rows->taps[y], fill, out->rgb + y * out_row);
}

/* Rounding between the passes makes their order visible. Rows go first, except (Pillow 13; found by
 * experiment, without a counterexample in 6,000 pictures) when the height loses more than twice as many
 * pixels as the width. */
static rgpt_status run_passes(const rg_canvas *canvas, const axis *columns, const axis *rows, rg_image *out,
                              rgpt_error *err) {
    const rg_image *image = canvas->image;
    int64_t lost_height = (int64_t)canvas->height - out->height, lost_width = (int64_t)canvas->width - out->width;
    bool columns_first = lost_height > 0 && lost_height > 2 * lost_width;
    rg_image half_way;
    rgpt_status status = columns_first ? rg_image_init(image->width, out->height, &half_way, err)
                                       : rg_image_init(out->width, image->height, &half_way, err);
    if (status != RGPT_OK) return status;
    if (columns_first) {
        resize_columns(image, rows, canvas->fill, &half_way);
        resize_rows(&half_way, columns, canvas->fill, out);
    } else {
        resize_rows(image, columns, canvas->fill, &half_way);
        resize_columns(&half_way, rows, canvas->fill, out);
    }
    rg_image_reset(&half_way);
    return RGPT_OK;
}

rgpt_status rg_canvas_resize(const rg_canvas *canvas, int width, int height, rg_filter filter, rg_image *out,
                             rgpt_error *err) {
    const rg_image *image = canvas->image;
    axis columns = {0}, rows = {0};
    rgpt_status status = rg_image_init(width, height, out, err);
    if (status == RGPT_OK) status = axis_init(canvas->width, canvas->left, image->width, width, filter, &columns, err);
    if (status == RGPT_OK) status = axis_init(canvas->height, canvas->top, image->height, height, filter, &rows, err);
    if (status == RGPT_OK) status = run_passes(canvas, &columns, &rows, out, err);
    axis_free(&columns);
    axis_free(&rows);
    if (status != RGPT_OK) rg_image_reset(out);
    return status;
}

rgpt_status rg_image_resize(const rg_image *image, int width, int height, rg_filter filter, rg_image *out,
                            rgpt_error *err) {
    rg_canvas canvas = {.image = image, .width = image->width, .height = image->height};
    return rg_canvas_resize(&canvas, width, height, filter, out, err);
}
