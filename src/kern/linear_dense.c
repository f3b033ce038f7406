/* A linear layer through oneDNN: weights that are not already what it multiplies are decoded, a panel of
 * rows at a time by all threads, and multiplied while they are still in the cache. */
#include "kern/linear.h"

#include "base/checked.h"
#include "kern/scratch.h"
#include "tensor/half.h"

enum { PANEL_SIZE = 4 << 20, LEAST_PANEL_ROWS = 16 };

static size_t element_size(const rg_linear *l) {
    return l->is_reduced ? sizeof(uint16_t) : sizeof(float);
}

/* Weights that need no decoding. */
static bool is_direct(const rg_linear *l) {
    return l->type == (l->is_reduced ? RG_BF16 : RG_F32);
}

static int64_t panel_rows(const rg_linear *l) {
    if (is_direct(l)) return l->N;
    const int64_t rows = PANEL_SIZE / ((int64_t)element_size(l) * l->K);
    const int64_t at_least = rows < LEAST_PANEL_ROWS ? LEAST_PANEL_ROWS : rows;
    return at_least < l->N ? at_least : l->N;
}

static bool matrix_size(int64_t rows, int64_t columns, size_t element, size_t *size) {
    return rg_mul_size((size_t)rows, (size_t)columns, size) && rg_mul_size(*size, element, size) &&
           rg_align_size(*size, RG_SCRATCH_ALIGN, size);
}

/* Scratch is the panel and, in bf16, the activations after it. */
static bool lay_out(const rg_linear *l, size_t *panel, size_t *activations) {
    *panel = *activations = 0;
    if (!is_direct(l) && !matrix_size(panel_rows(l), l->K, element_size(l), panel)) return false;
    return !l->is_reduced || matrix_size(l->M, l->K, sizeof(uint16_t), activations);
}

bool rg_linear_dense_scratch(const rg_linear *l, size_t *size) {
    size_t activations;
    return lay_out(l, size, &activations) && rg_add_size(*size, activations, size);
}

/* A row of the weight to bf16, by way of a few float32 at a time. */
static void decode_bf16(const rg_linear *l, uint16_t *to, const uint8_t *from) {
    enum { STEP = 256 }; /* whole blocks of every type */
    const rg_dtype_traits *traits = rg_dtype_get(l->type);
    float values[STEP];
    for (int64_t k = 0; k < l->K; k += STEP) {
        const int64_t count = l->K - k < STEP ? l->K - k : STEP;
        rg_linear_decode(l, values, from + (size_t)(k / traits->block_count) * traits->block_size, count);
        l->kernels->to_bf16(to + k, values, count);
    }
}

/* Rows [first, first + count): decoded into `panel`, or where they lie. */
static const void *decode_panel(const rg_linear *l, int64_t first, int64_t count, void *panel) {
    const uint8_t *from = l->w + (size_t)first * l->row_size;
    if (is_direct(l)) return from;
#pragma omp parallel for schedule(dynamic, 4) num_threads(l->threads)
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *row = from + (size_t)i * l->row_size;
        if (l->is_reduced) {
            decode_bf16(l, (uint16_t *)panel + i * l->K, row);
        } else {
            rg_linear_decode(l, (float *)panel + i * l->K, row, l->K);
        }
    }
    return panel;
}

static void convert_activations(const rg_linear *l, uint16_t *to) {
#pragma omp parallel for schedule(static) num_threads(l->threads)
    for (int64_t m = 0; m < l->M; m++) l->kernels->to_bf16(to + m * l->K, l->x + m * l->ldx, l->K);
}

/* Rows of activations that oneDNN gets: at 577, what a ViT-L/14-336 has, and some others that its blocks do
 * not fit, it is a fifth slower than at the next multiple of four. */
static int64_t even_rows(const rg_linear *l) {
    return l->M / 4 * 4;
}

/* The others, by the same panel of weights. */
static void multiply_rest(const rg_linear *l, const void *panel, int64_t first, int64_t count) {
    const int64_t done = even_rows(l);
    rg_linear rest = *l;
    rest.x += done * l->ldx;
    rest.M -= done;
    rest.w = panel;
    rest.type = l->is_reduced ? RG_BF16 : RG_F32;
    rest.row_size = (size_t)l->K * element_size(l);
    rest.N = count;
    rest.bias = l->bias ? l->bias + first : NULL;
    rest.y += done * l->ldy + first;
    rest.is_reduced = false;
    rg_linear_dots(&rest, NULL);
}

rgpt_status rg_linear_dense(const rg_linear *l, rg_dense *dense, void *scratch, rgpt_error *err) {
    size_t panel_size, activations_size;
    if (!lay_out(l, &panel_size, &activations_size)) return rg_fail_memory(err, "matrix product", SIZE_MAX);
    const void *x = l->x;
    if (l->is_reduced) convert_activations(l, (uint16_t *)(x = (uint8_t *)scratch + panel_size));

    rgpt_status status = RGPT_OK;
    const int64_t step = panel_rows(l);
    for (int64_t first = 0; first < l->N && status == RGPT_OK; first += step) {
        const int64_t count = l->N - first < step ? l->N - first : step;
        const rg_dense_shape shape = {.batch = 1,
                                      .M = even_rows(l),
                                      .N = count,
                                      .K = l->K,
                                      .a = {0, l->is_reduced ? l->K : l->ldx, 1},
                                      .b = {0, 1, l->K},
                                      .y = {0, l->ldy, 1},
                                      .is_bf16 = l->is_reduced,
                                      .has_bias = l->bias != NULL};
        const void *panel = decode_panel(l, first, count, scratch);
        status = rg_dense_multiply(dense, &shape, x, panel, l->bias ? l->bias + first : NULL, l->y + first, err);
        if (status == RGPT_OK && l->M > even_rows(l)) multiply_rest(l, panel, first, count);
    }
    return status;
}

rgpt_status rg_linear_dense_back(const rg_linear *l, bool accumulate, rg_dense *dense, void *scratch, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    const int64_t step = panel_rows(l);
    for (int64_t first = 0; first < l->N && status == RGPT_OK; first += step) {
        const int64_t count = l->N - first < step ? l->N - first : step;
        const rg_dense_shape shape = {.batch = 1,
                                      .M = l->M,
                                      .N = l->K,
                                      .K = count,
                                      .a = {0, l->ldx, 1},
                                      .b = {0, l->K, 1},
                                      .y = {0, l->ldy, 1},
                                      .accumulate = accumulate || first > 0};
        const void *panel = decode_panel(l, first, count, scratch);
        status = rg_dense_multiply(dense, &shape, l->x + first, panel, NULL, l->y, err);
    }
    return status;
}
