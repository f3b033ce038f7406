#include "tensor/dtype.h"

#include <string.h>
#include <strings.h>

#include "base/checked.h"
#include "tensor/convert.h"

/* clang-format off */
static const rg_dtype_traits traits[RG_DTYPE_COUNT] = {
    /*             name       safetensors  gguf  block: elements, bytes; to and from float32 */
    [RG_F32]  = {"F32",     "F32",        0,   1,   4, rg_f32_to_f32, rg_f32_from_f32},
    [RG_F16]  = {"F16",     "F16",        1,   1,   2, rg_f16_to_f32, rg_f16_from_f32},
    [RG_BF16] = {"BF16",    "BF16",      30,   1,   2, rg_bf16_to_f32, rg_bf16_from_f32},
    [RG_Q8_0] = {"Q8_0",    NULL,         8,  32,  34, rg_q8_0_to_f32, rg_q8_0_from_f32},
    [RG_Q4_0] = {"Q4_0",    NULL,         2,  32,  18, rg_q4_0_to_f32, rg_q4_0_from_f32},
    [RG_Q4_1] = {"Q4_1",    NULL,         3,  32,  20, rg_q4_1_to_f32, rg_q4_1_from_f32},
    [RG_Q5_0] = {"Q5_0",    NULL,         6,  32,  22, rg_q5_0_to_f32, rg_q5_0_from_f32},
    [RG_Q5_1] = {"Q5_1",    NULL,         7,  32,  24, rg_q5_1_to_f32, rg_q5_1_from_f32},
    [RG_Q2_K] = {"Q2_K",    NULL,        10, 256,  84, rg_q2_k_to_f32, NULL},
    [RG_Q3_K] = {"Q3_K",    NULL,        11, 256, 110, rg_q3_k_to_f32, NULL},
    [RG_Q4_K] = {"Q4_K",    NULL,        12, 256, 144, rg_q4_k_to_f32, NULL},
    [RG_Q5_K] = {"Q5_K",    NULL,        13, 256, 176, rg_q5_k_to_f32, NULL},
    [RG_Q6_K] = {"Q6_K",    NULL,        14, 256, 210, rg_q6_k_to_f32, NULL},
    [RG_I32]  = {"I32",     "I32",       26,   1,   4, NULL, NULL},
    [RG_I64]  = {"I64",     "I64",       27,   1,   8, NULL, NULL},
    [RG_I16]  = {"I16",     "I16",       25,   1,   2, NULL, NULL},
    [RG_I8]   = {"I8",      "I8",        24,   1,   1, NULL, NULL},
    [RG_U8]   = {"U8",      "U8",        -1,   1,   1, NULL, NULL},
    [RG_BOOL] = {"BOOL",    "BOOL",      -1,   1,   1, NULL, NULL},
    [RG_F64]  = {"F64",     "F64",       28,   1,   8, NULL, NULL},
};
/* clang-format on */

const rg_dtype_traits *rg_dtype_get(rg_dtype type) {
    return &traits[type];
}

bool rg_dtype_from_gguf(uint32_t number, rg_dtype *out) {
    for (int i = 0; i < RG_DTYPE_COUNT; i++) {
        if (traits[i].gguf < 0 || (uint32_t)traits[i].gguf != number) continue;
        *out = (rg_dtype)i;
        return true;
    }
    return false;
}

bool rg_dtype_from_safetensors(const char *name, rg_dtype *out) {
    for (int i = 0; i < RG_DTYPE_COUNT; i++) {
        if (!traits[i].safetensors || strcmp(traits[i].safetensors, name) != 0) continue;
        *out = (rg_dtype)i;
        return true;
    }
    return false;
}

bool rg_dtype_from_name(const char *name, rg_dtype *out) {
    for (int i = 0; i < RG_DTYPE_COUNT; i++) {
        if (strcasecmp(traits[i].name, name) != 0) continue;
        *out = (rg_dtype)i;
        return true;
    }
    return false;
}

bool rg_dtype_size(rg_dtype type, int64_t count, size_t *out) {
    const rg_dtype_traits *t = &traits[type];
    if (count < 0 || count % t->block_count != 0) return false;
    return rg_mul_size((size_t)(count / t->block_count), t->block_size, out);
}
