/* Every instruction set's dot products and conversions against plain C, from the same call site. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kern/dot.h"
#include "kern/linear.h"
#include "tensor/half.h"

enum { N = 37, MAX_K = 1024, MAX_M = 20 };

static const rg_dtype float_types[] = {RG_F32, RG_F16, RG_BF16};
enum { FLOAT_TYPES = 3 };

static uint64_t seed = 1;

static uint32_t draw_bits(void) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 32);
}

static float draw(void) {
    return (float)((int32_t)draw_bits() >> 8) * 0x1p-23F;
}

/* Where a block's float16 numbers lie. */
static int scales_of(rg_dtype type, size_t at[2]) {
    at[0] = 0, at[1] = 2;
    switch (type) {
    case RG_Q2_K:
        at[0] = 80, at[1] = 82;
        return 2;
    case RG_Q3_K:
        at[0] = 108;
        return 1;
    case RG_Q6_K:
        at[0] = 208;
        return 1;
    case RG_Q4_1:
    case RG_Q5_1:
    case RG_Q4_K:
    case RG_Q5_K:
        return 2;
    default:
        return 1;
    }
}

/* A matrix of random bytes whose scales are random, zero, subnormal, or large, of both signs. */
static void draw_weights(uint8_t *bytes, rg_dtype type, int64_t blocks) {
    static const uint16_t scales[] = {0x0000, 0x8000, 0x0001, 0x83FF, 0x5640, 0xD640, 0x2C00};
    const rg_dtype_traits *t = rg_dtype_get(type);
    for (size_t i = 0; i < (size_t)blocks * t->block_size; i++) bytes[i] = (uint8_t)draw_bits();
    size_t at[2];
    const int parts = scales_of(type, at);
    for (int64_t b = 0; b < blocks; b++) {
        for (int i = 0; i < parts; i++) {
            const uint32_t pick = draw_bits() % 14;
            rg_half_store(bytes + (size_t)b * t->block_size + at[i], pick < 7 ? scales[pick] : rg_f16_encode(draw()));
        }
    }
}

/* Blocks of ordinary numbers, and of zeros, of one outlier, of the tiniest, of the largest. */
static void draw_activations(float *x, int64_t count) {
    for (int64_t i = 0; i < count; i++) x[i] = draw();
    for (int64_t b = 0; b + 32 <= count; b += 32) {
        const uint32_t kind = draw_bits() % 8;
        const float factor = kind == 0 ? 0 : kind == 1 ? 1e-38F : kind == 2 ? 1e30F : 1;
        for (int i = 0; i < 32; i++) x[b + i] *= factor;
        if (kind == 3) x[b + draw_bits() % 32] = 1000;
    }
}

/* Two float sums of the same terms in another order differ by little of the sum of the terms' sizes. */
static void check_sum(float found, double wanted, double size) {
    if (!(fabs(found - wanted) <= 5e-7 * size + 1e-30)) {
        fail_msg("found %.9g, wanted %.9g, terms of %g", (double)found, wanted, size);
    }
}

static rg_q8_rows new_rows(int64_t rows, int64_t K) {
    size_t size;
    assert_true(rg_q8_rows_size(rows, K, &size));
    void *memory = aligned_alloc(64, size);
    memset(memory, 0x55, size);
    return rg_q8_rows_place(memory, rows, K);
}

static rg_q8_rows quantize_rows(const rg_dot_kernels *kernels, const float *x, int64_t M, int64_t K) {
    const rg_q8_rows rows = new_rows(M, K);
    for (int64_t m = 0; m < M; m++) kernels->quantize(&rows, m, x + m * K, K);
    return rows;
}

/* Sum over |w x|, from decoded weights. A low-bit product is the difference of two larger ones, of
 * unsigned weights and of their offset: then w counts as four times the largest of its block. */
static double term_size(rg_dtype type, const uint8_t *row, const float *x, int64_t K) {
    const int64_t step = rg_dtype_get(type)->block_count;
    float w[MAX_K];
    rg_dtype_get(type)->to_f32(w, row, K);
    double total = 0;
    for (int64_t start = 0; start < K; start += step) {
        double weight = 0, sum = 0;
        for (int64_t k = start; k < start + step; k++) {
            weight = fmax(weight, fabs((double)w[k]));
            sum += fabs((double)x[k]);
        }
        total += weight * sum * (step > 1 ? 4 : 1);
    }
    return total;
}

typedef void check_level(const rg_dot_kernels *kernels, const rg_dot_kernels *plain);

static void for_each_level(check_level *check) {
    const rg_dot_kernels *plain = rg_dot_kernels_get(RG_ISA_C);
    for (int isa = RG_ISA_AVX2; isa <= (int)rg_isa_detect(); isa++) {
        const rg_dot_kernels *kernels = rg_dot_kernels_get((rg_isa)isa);
        if (kernels != plain) check(kernels, plain);
    }
}

static void check_decode(const rg_dot_kernels *kernels, const rg_dot_kernels *plain) {
    (void)plain;
    uint8_t *bytes = malloc(4 * MAX_K + 1);
    float found[MAX_K], wanted[MAX_K];
    for (int t = 0; t < RG_DTYPE_COUNT; t++) {
        if (!kernels->decode[t]) continue;
        const rg_dtype_traits *traits = rg_dtype_get((rg_dtype)t);
        for (int64_t K = traits->block_count; K <= MAX_K; K += traits->block_count * 3) {
            draw_weights(bytes + 1, (rg_dtype)t, K / traits->block_count);
            traits->to_f32(wanted, bytes + 1, K);
            kernels->decode[t](found, bytes + 1, K);
            for (int64_t k = 0; k < K; k++) {
                if (isnan(wanted[k]) && isnan(found[k])) continue;
                assert_memory_equal(&found[k], &wanted[k], sizeof(float));
            }
        }
    }
    free(bytes);
}

static void check_quantize(const rg_dot_kernels *kernels, const rg_dot_kernels *plain) {
    float x[MAX_K];
    for (int64_t K = 32; K <= MAX_K; K += 32) {
        draw_activations(x, K);
        if (K == 320) x[300] = NAN;
        if (K == 352) x[7] = -INFINITY;
        const rg_q8_rows wanted = quantize_rows(plain, x, 1, K), found = quantize_rows(kernels, x, 1, K);
        assert_memory_equal(found.q, wanted.q, (size_t)wanted.groups * RG_GROUP);
        for (int64_t i = 0; i < wanted.groups * RG_GROUP_SCALES; i++) {
            if (isnan(wanted.scale[i])) {
                assert_true(isnan(found.scale[i]));
            } else {
                assert_memory_equal(&found.scale[i], &wanted.scale[i], sizeof(float));
            }
        }
        free(wanted.q), free(found.q);
    }
}

static void check_bf16(const rg_dot_kernels *kernels, const rg_dot_kernels *plain) {
    uint16_t found[MAX_K], wanted[MAX_K];
    float x[MAX_K];
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < MAX_K; i++) x[i] = rg_float_from_bits(draw_bits());
        x[3] = NAN, x[4] = INFINITY, x[5] = -0.0F;
        kernels->to_bf16(found, x, MAX_K - round);
        plain->to_bf16(wanted, x, MAX_K - round);
        assert_memory_equal(found, wanted, (size_t)(MAX_K - round) * sizeof *found);
    }
}

static void check_float_dots(const rg_dot_kernels *kernels, const rg_dot_kernels *plain) {
    static float x[RG_DOT_ROWS * MAX_K], found[RG_DOT_ROWS * N], wanted[RG_DOT_ROWS * N];
    uint8_t *bytes = malloc(N * MAX_K * 4 + 1);
    for (int t = 0; t < FLOAT_TYPES; t++) {
        const rg_dtype type = float_types[t];
        for (int64_t K = 1; K < MAX_K; K += K < 70 ? 1 : 61) {
            size_t row_size;
            assert_true(rg_dtype_size(type, K, &row_size));
            for (int64_t i = 0; i < RG_DOT_ROWS * K; i++) x[i] = draw();
            for (int64_t i = 0; i < N * K; i++) {
                const float value = draw();
                rg_dtype_get(type)->from_f32(bytes + 1 + (size_t)i * rg_dtype_get(type)->block_size, &value, 1);
            }
            const rg_weight_rows w = {.data = bytes + 1, .row_size = row_size, .count = N, .K = K};
            for (int M = 1; M <= RG_DOT_ROWS; M++) {
                plain->f32[type](&w, x, K, M, wanted, N);
                kernels->f32[type](&w, x, K, M, found, N);
                for (int i = 0; i < M * N; i++) {
                    check_sum(found[i], wanted[i],
                              term_size(type, w.data + (size_t)(i % N) * row_size, x + i / N * K, K));
                }
            }
        }
    }
    free(bytes);
}

/* What a low-bit product is to be: decoded weights by the activations that the int8 rows stand for. */
static double low_bit_product(rg_dtype type, const uint8_t *row, const rg_q8_rows *x, int64_t m, int64_t K) {
    float w[MAX_K];
    rg_dtype_get(type)->to_f32(w, row, K);
    double sum = 0;
    for (int64_t k = 0; k < K; k++) {
        const int64_t group = m * x->groups + k / RG_GROUP;
        const int b = (int)(k % RG_GROUP / RG_BLOCK), i = (int)(k % RG_BLOCK);
        sum += (double)w[k] * x->q[group * RG_GROUP + rg_q8_place(b, i)] * x->scale[group * RG_GROUP_SCALES + 2 * b];
    }
    return sum;
}

static void check_panel(const rg_panel_kernels *panel, rg_dtype type, const rg_weight_rows *w, const rg_q8_rows *x,
                        int M, const float *bias, float *y) {
    void *packed = aligned_alloc(64, panel->size(w->K));
    for (int64_t n = 0; n < w->count; n += RG_PANEL_ROWS) {
        rg_weight_rows part = *w;
        part.data += (size_t)n * w->row_size;
        part.count = w->count - n < RG_PANEL_ROWS ? w->count - n : RG_PANEL_ROWS;
        panel->pack[type](packed, &part);
        panel->multiply(packed, part.count, x, M, bias ? bias + n : NULL, y + n, N);
    }
    free(packed);
}

static void check_low_bit_type(const rg_dot_kernels *kernels, rg_dtype type, int64_t K) {
    static float x[MAX_M * MAX_K], found[MAX_M * N], bias[N];
    static double wanted[MAX_M * N], size[MAX_M * N];
    size_t row_size;
    assert_true(rg_dtype_size(type, K, &row_size));
    uint8_t *bytes = malloc(row_size * N); /* exact, so that a sanitizer sees a read past the end */
    draw_weights(bytes, type, N * K / rg_dtype_get(type)->block_count);
    draw_activations(x, MAX_M * K);
    for (int n = 0; n < N; n++) bias[n] = draw();
    const rg_weight_rows w = {.data = bytes, .row_size = row_size, .count = N, .K = K};
    const rg_q8_rows q = quantize_rows(kernels, x, MAX_M, K);
    for (int i = 0; i < MAX_M * N; i++) {
        wanted[i] = low_bit_product(type, bytes + (size_t)(i % N) * row_size, &q, i / N, K);
        size[i] = term_size(type, bytes + (size_t)(i % N) * row_size, x + i / N * K, K);
    }
    const bool has_panels = kernels->panel && kernels->panel->pack[type];
    for (int M = 1; M <= (has_panels ? MAX_M : RG_DOT_ROWS); M++) {
        const bool with_bias = M > RG_DOT_ROWS && M % 2;
        if (M <= RG_DOT_ROWS) {
            kernels->q8[type](&w, &q, M, found, N);
        } else {
            check_panel(kernels->panel, type, &w, &q, M, with_bias ? bias : NULL, found);
        }
        for (int i = 0; i < M * N; i++) {
            check_sum(found[i], wanted[i] + (with_bias ? bias[i % N] : 0), size[i] + with_bias);
        }
    }
    free(q.q);
    free(bytes);
}

static void check_low_bit_dots(const rg_dot_kernels *kernels, const rg_dot_kernels *plain) {
    (void)plain;
    for (int t = 0; t < RG_DTYPE_COUNT; t++) {
        const int step = rg_dtype_get((rg_dtype)t)->block_count;
        if (!kernels->q8[t]) continue;
        for (int64_t K = step; K <= MAX_K; K += K < 300 ? step : 3 * step) {
            check_low_bit_type(kernels, (rg_dtype)t, K);
        }
    }
}

/* The reference itself: int8 activations move a product by about half a percent of its size. */
static void low_bit_is_near_exact(void **state) {
    (void)state;
    enum { K = 512 };
    static const rg_dtype types[] = {RG_Q8_0, RG_Q4_0, RG_Q4_1};
    const rg_dot_kernels *plain = rg_dot_kernels_get(RG_ISA_C);
    float x[K], w[K], back[K], found;
    uint8_t bytes[2 * K];
    for (int t = 0; t < 3; t++) {
        double errors = 0, sizes = 0;
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < K; i++) x[i] = draw(), w[i] = draw();
            const rg_dtype_traits *traits = rg_dtype_get(types[t]);
            traits->from_f32(bytes, w, K);
            traits->to_f32(back, bytes, K);
            const rg_q8_rows q = quantize_rows(plain, x, 1, K);
            const rg_weight_rows row = {.data = bytes, .count = 1, .K = K};
            plain->q8[types[t]](&row, &q, 1, &found, 1);
            double wanted = 0;
            for (int i = 0; i < K; i++) wanted += (double)back[i] * x[i];
            errors += (found - wanted) * (found - wanted);
            sizes += wanted * wanted;
            free(q.q);
        }
        assert_true(sqrt(errors / sizes) < 0.007);
    }
}

static void nan_comes_through(void **state) {
    (void)state;
    uint8_t bytes[40];
    float x[64] = {0}, y;
    for (int isa = 0; isa <= (int)rg_isa_detect(); isa++) {
        const rg_dot_kernels *kernels = rg_dot_kernels_get((rg_isa)isa);
        x[40] = NAN;
        const rg_q8_rows q = quantize_rows(kernels, x, 1, 64);
        draw_weights(bytes, RG_Q4_0, 2);
        const rg_weight_rows w = {.data = bytes, .count = 1, .K = 64};
        kernels->q8[RG_Q4_0](&w, &q, 1, &y, 1);
        assert_true(isnan(y));
        free(q.q);
    }
}

static void decode_agrees(void **state) {
    (void)state, for_each_level(check_decode);
}
static void quantize_agrees(void **state) {
    (void)state, for_each_level(check_quantize);
}
static void bf16_agrees(void **state) {
    (void)state, for_each_level(check_bf16);
}
static void float_dots_agree(void **state) {
    (void)state, for_each_level(check_float_dots);
}
static void low_bit_dots_agree(void **state) {
    const rg_dot_kernels *plain = rg_dot_kernels_get(RG_ISA_C);
    check_low_bit_dots(plain, plain);
    (void)state, for_each_level(check_low_bit_dots);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_agrees),      cmocka_unit_test(quantize_agrees),
        cmocka_unit_test(bf16_agrees),        cmocka_unit_test(float_dots_agree),
        cmocka_unit_test(low_bit_dots_agree), cmocka_unit_test(low_bit_is_near_exact),
        cmocka_unit_test(nan_comes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
