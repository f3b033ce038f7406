#include "kern/cpu.h"

#include <stddef.h>
#include <strings.h>

#ifdef __x86_64__
#include <cpuid.h>

/* __builtin_cpu_supports asks xgetbv too, so it says no where the operating system does not save the
 * wide registers. F16C is not a name every compiler knows there, and every CPU with AVX2 has it, but a
 * hypervisor may hide it. */
static bool has_f16c(void) {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
}

static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni");
}

rg_isa rg_isa_detect(void) {
    __builtin_cpu_init();
    if (has_avx512()) return RG_ISA_AVX512;
    return has_avx2() ? RG_ISA_AVX2 : RG_ISA_C;
}

bool rg_cpu_has_bf16(void) {
    __builtin_cpu_init();
    return has_avx512() && __builtin_cpu_supports("avx512bf16");
}

#else

rg_isa rg_isa_detect(void) {
    return RG_ISA_C;
}
bool rg_cpu_has_bf16(void) {
    return false;
}

#endif

static const char *const isa_names[RG_ISA_COUNT] = {
    [RG_ISA_C] = "c",
    [RG_ISA_AVX2] = "avx2",
    [RG_ISA_AVX512] = "avx512",
};

const char *rg_isa_name(rg_isa isa) {
    return (unsigned)isa < RG_ISA_COUNT ? isa_names[isa] : "unknown";
}

bool rg_isa_from_name(const char *name, rg_isa *out) {
    for (int i = 0; i < RG_ISA_COUNT; i++) {
        if (strcasecmp(name, isa_names[i]) != 0) continue;
        *out = (rg_isa)i;
        return true;
    }
    return false;
}
