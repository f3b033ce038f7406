/* Block formats: TYPE.bytes decoded must be TYPE.f32, x quantised must be TYPE.quantized, for every TYPE. */
#include "golden.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/safetensors.h"
#include "tensor/half.h"

typedef struct tally {
    int types, quantisers;
    int64_t worst; /* distance in float32 numbers */
} tally;

/* How many float32 numbers apart, 0 for the same number or two NaNs. */
static int64_t distance(float a, float b) {
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b) ? 0 : INT64_MAX;
    const int64_t x = (int32_t)rg_float_bits(fabsf(a)), y = (int32_t)rg_float_bits(fabsf(b));
    return llabs((signbit(a) ? -x : x) - (signbit(b) ? -y : y));
}

static const rg_weight *find(const rg_safetensors *s, const char *type, const char *suffix) {
    char name[96];
    snprintf(name, sizeof name, "%s.%s", type, suffix);
    return rg_safetensors_find(s, name);
}

static bool check_decoding(const rg_dtype_traits *traits, const rg_weight *bytes, const rg_weight *wanted, tally *t) {
    const int64_t count = (int64_t)(wanted->size / sizeof(float));
    if (wanted->dtype != RG_F32 || bytes->size != (size_t)(count / traits->block_count) * traits->block_size)
        return false;
    float *found = malloc(wanted->size), value;
    if (!found) return false;
    traits->to_f32(found, bytes->data, count);
    for (int64_t i = 0; i < count; i++) {
        memcpy(&value, (const uint8_t *)wanted->data + (size_t)i * sizeof value, sizeof value);
        const int64_t apart = distance(found[i], value);
        if (apart > t->worst) t->worst = apart;
    }
    free(found);
    t->types++;
    return t->worst <= 1;
}

static bool check_quantising(const rg_dtype_traits *traits, const rg_weight *x, const rg_weight *wanted, tally *t) {
    const int64_t count = (int64_t)(x->size / sizeof(float));
    if (!traits->from_f32 || wanted->size != (size_t)(count / traits->block_count) * traits->block_size) return false;
    float *values = malloc(x->size); /* the file promises no alignment */
    void *found = malloc(wanted->size);
    bool same = values && found;
    if (same) {
        memcpy(values, x->data, x->size);
        traits->from_f32(found, values, count);
        same = memcmp(found, wanted->data, wanted->size) == 0;
    }
    free(values);
    free(found);
    t->quantisers++;
    return same;
}

/* One TYPE; false, with what is wrong in `line`. */
static bool check_type(const rg_safetensors *s, const char *type, tally *t, char *line, size_t line_size) {
    const rg_weight *bytes = find(s, type, "bytes"), *decoded = find(s, type, "f32");
    const rg_weight *quantised = find(s, type, "quantized"), *x = rg_safetensors_find(s, "x");
    rg_dtype dtype;
    if (!rg_dtype_from_name(type, &dtype) || !rg_dtype_get(dtype)->to_f32) {
        snprintf(line, line_size, "%s: no such format in this build", type);
        return false;
    }
    if (!decoded || !check_decoding(rg_dtype_get(dtype), bytes, decoded, t)) {
        snprintf(line, line_size, "%s: decodes to other numbers, or sizes do not fit", type);
        return false;
    }
    if (quantised && (!x || !check_quantising(rg_dtype_get(dtype), x, quantised, t))) {
        snprintf(line, line_size, "%s: quantises to other bytes, or sizes do not fit", type);
        return false;
    }
    return true;
}

int rg_golden_quant(const char *dir, char *line, size_t line_size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/expected.safetensors", dir);
    rg_safetensors *s;
    rgpt_error err = {0};
    if (rg_safetensors_open(path, &s, &err) != RGPT_OK) {
        snprintf(line, line_size, "%s", err.message);
        return RG_CASE_FAIL;
    }
    tally t = {0};
    bool passed = true;
    for (size_t i = 0; i < rg_safetensors_count(s) && passed; i++) {
        char type[64];
        snprintf(type, sizeof type, "%s", rg_safetensors_at(s, i)->name);
        char *dot = strrchr(type, '.');
        if (!dot || strcmp(dot, ".bytes") != 0) continue;
        *dot = '\0';
        passed = check_type(s, type, &t, line, line_size);
    }
    rg_safetensors_close(s);
    if (passed && t.types == 0) snprintf(line, line_size, "no tensor's name ends with .bytes");
    if (!passed || t.types == 0) return RG_CASE_FAIL;
    snprintf(line, line_size, "%d formats decode within %lld of a float, %d quantisers exact", t.types,
             (long long)t.worst, t.quantisers);
    return RG_CASE_PASS;
}
