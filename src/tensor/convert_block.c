/* Blocks of 32 elements with one scale, and in the _1 kinds one minimum. As stored:
 *
 *     Q8_0  f16 d, i8 q[32]                       d * q
 *     Q4_0  f16 d, u8 nibbles[16]                 d * (q - 8)
 *     Q4_1  f16 d, f16 m, u8 nibbles[16]          d * q + m
 *     Q5_0  f16 d, u8 fifth[4], u8 nibbles[16]    d * (q - 16)
 *     Q5_1  f16 d, f16 m, u8 fifth[4], ...        d * q + m
 *
 * Nibble byte i holds element i below and element i + 16 above; bit i of `fifth` is element i's bit 4.
 */
#include "tensor/convert.h"

#include <math.h>

#include "tensor/half.h"

enum { BLOCK = 32 };

/* ------------------------------------------------------------------ to float32 */

/* The 32 unsigned integers of a block: nibbles, and with `fifth` a fifth bit each. */
static void unpack(uint8_t q[BLOCK], const uint8_t *nibbles, const uint8_t *fifth) {
    for (int i = 0; i < 16; i++) {
        q[i] = nibbles[i] & 0xF;
        q[i + 16] = nibbles[i] >> 4;
    }
    if (!fifth) return;
    for (int i = 0; i < BLOCK; i++) q[i] = (uint8_t)(q[i] | (fifth[i / 8] >> (i % 8) & 1) << 4);
}

void rg_q8_0_to_f32(float *to, const void *from, int64_t count) {
    const uint8_t *block = from;
    for (int64_t start = 0; start < count; start += BLOCK, block += 34) {
        const float d = rg_f16_decode(rg_half_load(block));
        for (int i = 0; i < BLOCK; i++) to[start + i] = d * (float)(int8_t)block[2 + i];
    }
}

/* d * (q - middle) */
static void decode_centred(float *to, const uint8_t *block, const uint8_t *fifth, const uint8_t *nibbles, int middle) {
    uint8_t q[BLOCK];
    unpack(q, nibbles, fifth);
    const float d = rg_f16_decode(rg_half_load(block));
    for (int i = 0; i < BLOCK; i++) to[i] = d * (float)(q[i] - middle);
}

/* d * q + m */
static void decode_affine(float *to, const uint8_t *block, const uint8_t *fifth, const uint8_t *nibbles) {
    uint8_t q[BLOCK];
    unpack(q, nibbles, fifth);
    const float d = rg_f16_decode(rg_half_load(block)), m = rg_f16_decode(rg_half_load(block + 2));
    for (int i = 0; i < BLOCK; i++) to[i] = d * (float)q[i] + m;
}

void rg_q4_0_to_f32(float *to, const void *from, int64_t count) {
    const uint8_t *block = from;
    for (int64_t i = 0; i < count; i += BLOCK, block += 18) decode_centred(to + i, block, NULL, block + 2, 8);
}

void rg_q4_1_to_f32(float *to, const void *from, int64_t count) {
    const uint8_t *block = from;
    for (int64_t i = 0; i < count; i += BLOCK, block += 20) decode_affine(to + i, block, NULL, block + 4);
}

void rg_q5_0_to_f32(float *to, const void *from, int64_t count) {
    const uint8_t *block = from;
    for (int64_t i = 0; i < count; i += BLOCK, block += 22) decode_centred(to + i, block, block + 2, block + 6, 16);
}

void rg_q5_1_to_f32(float *to, const void *from, int64_t count) {
    const uint8_t *block = from;
    for (int64_t i = 0; i < count; i += BLOCK, block += 24) decode_affine(to + i, block, block + 4, block + 8);
}

/* ------------------------------------------------------------------ from float32 */

/* Down to a whole number in [0, top]; NaN gives 0 (its block's scale is not finite then). */
static uint8_t whole(double value, int top) {
    if (!(value > 0)) return 0;
    return value < top ? (uint8_t)value : (uint8_t)top;
}

static void pack(uint8_t *nibbles, uint8_t *fifth, const uint8_t q[BLOCK]) {
    for (int i = 0; i < 16; i++) nibbles[i] = (uint8_t)((q[i] & 0xF) | (q[i + 16] & 0xF) << 4);
    if (!fifth) return;
    memset(fifth, 0, 4);
    for (int i = 0; i < BLOCK; i++) fifth[i / 8] = (uint8_t)(fifth[i / 8] | (q[i] >> 4) << (i % 8));
}

static float inverse(float d) {
    return d != 0 ? 1 / d : 0;
}

/* The element of largest size, with its sign; NaN if there is one. */
static float extreme(const float *x) {
    float best = 0;
    for (int i = 0; i < BLOCK; i++) {
        if (isnan(x[i])) return x[i];
        if (fabsf(x[i]) > fabsf(best)) best = x[i];
    }
    return best;
}

void rg_q8_0_from_f32(void *to, const float *from, int64_t count) {
    uint8_t *block = to;
    for (int64_t start = 0; start < count; start += BLOCK, block += 34) {
        const float *x = from + start;
        const float d = fabsf(extreme(x)) / 127, scale = inverse(d);
        rg_half_store(block, rg_f16_encode(d));
        for (int i = 0; i < BLOCK; i++) {
            const float rounded = roundf(x[i] * scale);
            block[2 + i] = fabsf(rounded) <= 127 ? (uint8_t)(int8_t)rounded : 0;
        }
    }
}

/* The extreme element becomes 0, the end of the range that reaches one step further. The product is
 * taken in double because the reference relies on a fused multiply-add. */
static void encode_centred(uint8_t *block, uint8_t *fifth, uint8_t *nibbles, const float *x, int middle) {
    const float d = extreme(x) / (float)-middle, scale = inverse(d);
    uint8_t q[BLOCK];
    for (int i = 0; i < BLOCK; i++) q[i] = whole((double)x[i] * scale + (middle + 0.5), 2 * middle - 1);
    rg_half_store(block, rg_f16_encode(d));
    pack(nibbles, fifth, q);
}

static void encode_affine(uint8_t *block, uint8_t *fifth, uint8_t *nibbles, const float *x, int top) {
    float min = x[0], max = x[0], sum = 0;
    for (int i = 0; i < BLOCK; i++) {
        min = x[i] < min ? x[i] : min;
        max = x[i] > max ? x[i] : max;
        sum += x[i];
    }
    if (isnan(sum)) min = sum; /* comparisons step over a NaN */
    const float d = (max - min) / (float)top, scale = inverse(d);
    uint8_t q[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
        const float steps = (x[i] - min) * scale;
        q[i] = whole((double)(steps + 0.5F), top);
    }
    rg_half_store(block, rg_f16_encode(d));
    rg_half_store(block + 2, rg_f16_encode(min));
    pack(nibbles, fifth, q);
}

void rg_q4_0_from_f32(void *to, const float *from, int64_t count) {
    uint8_t *block = to;
    for (int64_t i = 0; i < count; i += BLOCK, block += 18) encode_centred(block, NULL, block + 2, from + i, 8);
}

void rg_q4_1_from_f32(void *to, const float *from, int64_t count) {
    uint8_t *block = to;
    for (int64_t i = 0; i < count; i += BLOCK, block += 20) encode_affine(block, NULL, block + 4, from + i, 15);
}

void rg_q5_0_from_f32(void *to, const float *from, int64_t count) {
    uint8_t *block = to;
    for (int64_t i = 0; i < count; i += BLOCK, block += 22) encode_centred(block, block + 2, block + 6, from + i, 16);
}

void rg_q5_1_from_f32(void *to, const float *from, int64_t count) {
    uint8_t *block = to;
    for (int64_t i = 0; i < count; i += BLOCK, block += 24) encode_affine(block, block + 4, block + 8, from + i, 31);
}
