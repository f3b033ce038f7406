/* cpu.h - the instruction sets that kernels exist for, and which of them may run here.
 *
 * An ordinary build runs on any x86-64 (and, with plain C alone, on anything else): each kernel table
 * is filled per level, and the level is a value that the caller passes along, never a global. Levels
 * are ordered: a CPU that can run one can run all below it.
 */
#ifndef RG_KERN_CPU_H
#define RG_KERN_CPU_H

#include <stdbool.h>

typedef enum rg_isa {
    RG_ISA_C,      /* plain C, the reference */
    RG_ISA_AVX2,   /* AVX2, FMA, F16C (Haswell, Zen) */
    RG_ISA_AVX512, /* AVX-512 F BW DQ VL VNNI (Ice Lake, Zen 4) */
    RG_ISA_COUNT
} rg_isa;

/* The highest level that this CPU, its operating system and this build can all run. */
rg_isa rg_isa_detect(void);

/* Whether the CPU multiplies bf16 natively (AVX512-BF16): without it bf16 products are slower than f32. */
bool rg_cpu_has_bf16(void);

const char *rg_isa_name(rg_isa isa); /* "c", "avx2", "avx512" */
bool rg_isa_from_name(const char *name, rg_isa *out);

#endif
