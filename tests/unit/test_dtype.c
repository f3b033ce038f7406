/* Element types: halves exhaustively, names and sizes, and what quantising and back must keep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tensor/dtype.h"
#include "tensor/half.h"

static void every_f16_survives(void **state) {
    (void)state;
    for (uint32_t h = 0; h < 0x10000; h++) {
        const float value = rg_f16_decode((uint16_t)h);
        if (isnan(value)) {
            assert_true(isnan(rg_f16_decode(rg_f16_encode(value))));
        } else {
            assert_int_equal(rg_f16_encode(value), h);
        }
    }
    assert_true(rg_f16_decode(0x3555) == 0x1.554p-2F);
    assert_true(rg_f16_decode(0x8001) == -0x1p-24F);
}

/* Between each number and the next: the middle goes to the even one, either side of it to the nearer. */
static void f16_rounds_to_nearest_even(void **state) {
    (void)state;
    for (uint16_t h = 0; h < 0x7BFF; h++) {
        const float middle = (rg_f16_decode(h) + rg_f16_decode((uint16_t)(h + 1))) / 2;
        assert_int_equal(rg_f16_encode(middle), h % 2 ? h + 1 : h);
        assert_int_equal(rg_f16_encode(nextafterf(middle, 0)), h);
        assert_int_equal(rg_f16_encode(-nextafterf(middle, INFINITY)), 0x8000 + h + 1);
    }
    assert_int_equal(rg_f16_encode(nextafterf(65520, 0)), 0x7BFF);
    assert_int_equal(rg_f16_encode(65520), 0x7C00);
    assert_int_equal(rg_f16_encode(-INFINITY), 0xFC00);
}

static void bf16_rounds_to_nearest_even(void **state) {
    (void)state;
    assert_int_equal(rg_bf16_encode(rg_float_from_bits(0x3F808000)), 0x3F80);
    assert_int_equal(rg_bf16_encode(rg_float_from_bits(0x3F818000)), 0x3F82);
    assert_int_equal(rg_bf16_encode(rg_float_from_bits(0x3F808001)), 0x3F81);
    assert_int_equal(rg_bf16_encode(rg_float_from_bits(0x7F7FFFFF)), 0x7F80); /* up to infinity */
    assert_int_equal(rg_bf16_encode(INFINITY), 0x7F80);
    assert_true(isnan(rg_bf16_decode(rg_bf16_encode(rg_float_from_bits(0x7F800001)))));
}

static void types_are_found_by_every_name(void **state) {
    (void)state;
    rg_dtype type;
    for (int i = 0; i < RG_DTYPE_COUNT; i++) {
        const rg_dtype_traits *t = rg_dtype_get((rg_dtype)i);
        assert_true(rg_dtype_from_name(t->name, &type) && type == (rg_dtype)i);
        if (t->gguf >= 0) assert_true(rg_dtype_from_gguf((uint32_t)t->gguf, &type) && type == (rg_dtype)i);
        if (t->safetensors) assert_true(rg_dtype_from_safetensors(t->safetensors, &type) && type == (rg_dtype)i);
    }
    assert_true(rg_dtype_from_name("q4_k", &type) && type == RG_Q4_K);
    assert_false(rg_dtype_from_name("q4", &type));
    assert_false(rg_dtype_from_gguf(4, &type)); /* a type GGUF removed */
    assert_false(rg_dtype_from_safetensors("F8_E4M3", &type));
}

static void sizes_are_whole_blocks(void **state) {
    (void)state;
    size_t size = 7;
    assert_false(rg_dtype_size(RG_Q4_1, 33, &size));
    assert_false(rg_dtype_size(RG_F32, -1, &size));
    assert_false(rg_dtype_size(RG_F64, INT64_MAX, &size));
    assert_int_equal(size, 7);
    assert_true(rg_dtype_size(RG_Q6_K, 512, &size));
    assert_int_equal(size, 420);
}

/* The quantisers' promise: no element moves further than a step of its block, scales being rounded to f16. */
static void quantising_moves_less_than_a_step(void **state) {
    (void)state;
    static const struct {
        rg_dtype type;
        float steps; /* in the range from the smallest to the largest element, 2 here */
    } cases[] = {{RG_F16, 1024}, {RG_BF16, 128}, {RG_Q8_0, 254}, {RG_Q5_1, 31},
                 {RG_Q5_0, 31},  {RG_Q4_1, 15},  {RG_Q4_0, 15}};
    float x[64], back[64];
    for (int i = 0; i < 64; i++) x[i] = sinf((float)(i * i));
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        uint8_t bytes[256];
        const rg_dtype_traits *t = rg_dtype_get(cases[c].type);
        t->from_f32(bytes + 1, x, 64); /* any alignment */
        t->to_f32(back, bytes + 1, 64);
        for (int i = 0; i < 64; i++) assert_true(fabsf(back[i] - x[i]) <= 2.02F / cases[c].steps);
    }
}

/* A block of zeros, one that is not finite, and one whose scale f16 cannot hold. */
static void odd_blocks_stay_honest(void **state) {
    (void)state;
    static const rg_dtype types[] = {RG_Q8_0, RG_Q4_0, RG_Q4_1, RG_Q5_0, RG_Q5_1};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const rg_dtype_traits *t = rg_dtype_get(types[i]);
        float x[32] = {0}, back[32];
        uint8_t bytes[64];
        t->from_f32(bytes, x, 32);
        t->to_f32(back, bytes, 32);
        for (int k = 0; k < 32; k++) assert_true(back[k] == 0);
        x[5] = NAN;
        t->from_f32(bytes, x, 32);
        t->to_f32(back, bytes, 32);
        assert_true(isnan(back[5]));
        x[5] = INFINITY;
        t->from_f32(bytes, x, 32);
        t->to_f32(back, bytes, 32);
        assert_false(isfinite(back[5]));
        x[5] = 1e30F;
        t->from_f32(bytes, x, 32);
        t->to_f32(back, bytes, 32);
        assert_false(isfinite(back[5]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_f16_survives),          cmocka_unit_test(f16_rounds_to_nearest_even),
        cmocka_unit_test(bf16_rounds_to_nearest_even), cmocka_unit_test(types_are_found_by_every_name),
        cmocka_unit_test(sizes_are_whole_blocks),      cmocka_unit_test(quantising_moves_less_than_a_step),
        cmocka_unit_test(odd_blocks_stay_honest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
