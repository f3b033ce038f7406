/* convert.h - the conversions that fill the table of dtype.c, one pair a type. Others go through
 * rg_dtype_get(). `count` elements in whole blocks, any alignment of the typed side.
 *
 * Every to_f32 rounds as the format's definition does: scale times integer, then plus the minimum, each
 * step in float32. The quantisers give the same bytes as the GGUF tools' reference ones. A block with
 * NaN or infinity in it decodes to something with NaN in it, never to plausible numbers.
 */
#ifndef RG_TENSOR_CONVERT_H
#define RG_TENSOR_CONVERT_H

#include <stdint.h>

/* convert_float.c */
void rg_f32_to_f32(float *to, const void *from, int64_t count);
void rg_f16_to_f32(float *to, const void *from, int64_t count);
void rg_bf16_to_f32(float *to, const void *from, int64_t count);
void rg_f32_from_f32(void *to, const float *from, int64_t count);
void rg_f16_from_f32(void *to, const float *from, int64_t count);
void rg_bf16_from_f32(void *to, const float *from, int64_t count);

/* convert_block.c: blocks of 32 with one scale */
void rg_q8_0_to_f32(float *to, const void *from, int64_t count);
void rg_q4_0_to_f32(float *to, const void *from, int64_t count);
void rg_q4_1_to_f32(float *to, const void *from, int64_t count);
void rg_q5_0_to_f32(float *to, const void *from, int64_t count);
void rg_q5_1_to_f32(float *to, const void *from, int64_t count);
void rg_q8_0_from_f32(void *to, const float *from, int64_t count);
void rg_q4_0_from_f32(void *to, const float *from, int64_t count);
void rg_q4_1_from_f32(void *to, const float *from, int64_t count);
void rg_q5_0_from_f32(void *to, const float *from, int64_t count);
void rg_q5_1_from_f32(void *to, const float *from, int64_t count);

/* convert_k.c: superblocks of 256 with quantised scales */
void rg_q2_k_to_f32(float *to, const void *from, int64_t count);
void rg_q3_k_to_f32(float *to, const void *from, int64_t count);
void rg_q4_k_to_f32(float *to, const void *from, int64_t count);
void rg_q5_k_to_f32(float *to, const void *from, int64_t count);
void rg_q6_k_to_f32(float *to, const void *from, int64_t count);

#endif
