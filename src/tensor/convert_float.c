/* The plain types: float32, float16, bfloat16. */
#include "tensor/convert.h"

#include <string.h>

#include "tensor/half.h"

void rg_f32_to_f32(float *to, const void *from, int64_t count) {
    memcpy(to, from, (size_t)count * sizeof *to);
}
void rg_f32_from_f32(void *to, const float *from, int64_t count) {
    memcpy(to, from, (size_t)count * sizeof *from);
}

void rg_f16_to_f32(float *to, const void *from, int64_t count) {
    const uint8_t *halves = from;
    for (int64_t i = 0; i < count; i++) to[i] = rg_f16_decode(rg_half_load(halves + 2 * i));
}

void rg_bf16_to_f32(float *to, const void *from, int64_t count) {
    const uint8_t *halves = from;
    for (int64_t i = 0; i < count; i++) to[i] = rg_bf16_decode(rg_half_load(halves + 2 * i));
}

void rg_f16_from_f32(void *to, const float *from, int64_t count) {
    uint8_t *halves = to;
    for (int64_t i = 0; i < count; i++) rg_half_store(halves + 2 * i, rg_f16_encode(from[i]));
}

void rg_bf16_from_f32(void *to, const float *from, int64_t count) {
    uint8_t *halves = to;
    for (int64_t i = 0; i < count; i++) rg_half_store(halves + 2 * i, rg_bf16_encode(from[i]));
}
