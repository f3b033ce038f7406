/* The typed getters of gguf.h. Values are unaligned in the file, so each is copied out by memcpy. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "io/gguf_format.h"

typedef enum kind { OTHER, UNSIGNED, SIGNED, REAL } kind;

static const struct {
    const char *name;
    size_t size;
    kind kind;
} types[RG_GGUF_TYPE_COUNT] = {
    [RG_GGUF_U8] = {"u8", 1, UNSIGNED},      [RG_GGUF_I8] = {"i8", 1, SIGNED},
    [RG_GGUF_U16] = {"u16", 2, UNSIGNED},    [RG_GGUF_I16] = {"i16", 2, SIGNED},
    [RG_GGUF_U32] = {"u32", 4, UNSIGNED},    [RG_GGUF_I32] = {"i32", 4, SIGNED},
    [RG_GGUF_F32] = {"f32", 4, REAL},        [RG_GGUF_BOOL] = {"bool", 1, OTHER},
    [RG_GGUF_STRING] = {"string", 0, OTHER}, [RG_GGUF_ARRAY] = {"array", 0, OTHER},
    [RG_GGUF_U64] = {"u64", 8, UNSIGNED},    [RG_GGUF_I64] = {"i64", 8, SIGNED},
    [RG_GGUF_F64] = {"f64", 8, REAL},
};

const char *rg_gguf_type_name(rg_gguf_type type) {
    return types[type].name;
}

size_t rg_gguf_type_size(rg_gguf_type type) {
    return types[type].size;
}

/* ------------------------------------------------------------------ finding and refusing */

/* What a getter wants of a key: for the search and for the message. */
typedef struct request {
    const char *key;
    const char *wanted; /* "a u32", "an array of strings" */
    bool is_array;
} request;

static rgpt_status fail_kind(const rg_gguf_pair *p, const request *r, rgpt_error *err) {
    return rg_fail(err, RGPT_FORMAT, "gguf: key '%s': found %s%s, wanted %s", p->key, p->is_array ? "an array of " : "",
                   rg_gguf_type_name(p->type), r->wanted);
}

static rgpt_status find(const rg_gguf *g, const request *r, const rg_gguf_pair **out, rgpt_error *err) {
    const rg_gguf_pair *p = rg_gguf_find_pair(g, r->key);
    if (!p) return rg_fail(err, RGPT_FORMAT, "gguf: key '%s': missing, wanted %s", r->key, r->wanted);
    if (p->is_array != r->is_array) return fail_kind(p, r, err);
    *out = p;
    return RGPT_OK;
}

/* A zeroed block for p's elements; the file holds them all, so the size is in proportion to it. */
static rgpt_status make_array(const rg_gguf_pair *p, size_t stride, void **out, rgpt_error *err) {
    size_t size;
    if (!rg_mul_size(p->count + 1, stride, &size)) size = SIZE_MAX; /* + 1: never NULL for want of elements */
    *out = calloc(1, size);
    return *out ? RGPT_OK : rg_fail_memory(err, p->key, size);
}

/* ------------------------------------------------------------------ integers */

/* An integer of any width, as two's complement in 64 bits. */
static uint64_t integer_at(rg_gguf_type type, const uint8_t *from) {
    uint64_t bits = 0;
    memcpy(&bits, from, types[type].size);
    if (types[type].kind == UNSIGNED) return bits;
    uint64_t sign = (uint64_t)1 << (8 * types[type].size - 1);
    return (bits ^ sign) - sign;
}

/* Element `index` of p, when it is an integer in [min, max]. */
static rgpt_status read_integer(const rg_gguf_pair *p, size_t index, const request *r, int64_t min, uint64_t max,
                                uint64_t *out, rgpt_error *err) {
    if (types[p->type].kind != UNSIGNED && types[p->type].kind != SIGNED) return fail_kind(p, r, err);
    uint64_t value = integer_at(p->type, p->value + index * types[p->type].size);
    bool is_negative = types[p->type].kind == SIGNED && (int64_t)value < 0;
    if (is_negative && (int64_t)value < min) {
        return rg_fail(err, RGPT_FORMAT, "gguf: key '%s': found %lld, wanted %s", p->key, (long long)value, r->wanted);
    }
    if (!is_negative && value > max) {
        return rg_fail(err, RGPT_FORMAT, "gguf: key '%s': found %llu, wanted %s", p->key, (unsigned long long)value,
                       r->wanted);
    }
    *out = value;
    return RGPT_OK;
}

static rgpt_status get_integer(const rg_gguf *g, const request *r, int64_t min, uint64_t max, uint64_t *out,
                               rgpt_error *err) {
    const rg_gguf_pair *p = NULL;
    rgpt_status status = find(g, r, &p, err);
    return status == RGPT_OK ? read_integer(p, 0, r, min, max, out, err) : status;
}

rgpt_status rg_gguf_get_u32(const rg_gguf *g, const char *key, uint32_t *out, rgpt_error *err) {
    uint64_t value;
    rgpt_status status =
        get_integer(g, &(request){key, "an integer of 0 to 2^32 - 1", false}, 0, UINT32_MAX, &value, err);
    if (status == RGPT_OK) *out = (uint32_t)value;
    return status;
}

rgpt_status rg_gguf_get_u64(const rg_gguf *g, const char *key, uint64_t *out, rgpt_error *err) {
    uint64_t value;
    rgpt_status status =
        get_integer(g, &(request){key, "an integer of 0 to 2^64 - 1", false}, 0, UINT64_MAX, &value, err);
    if (status == RGPT_OK) *out = value;
    return status;
}

rgpt_status rg_gguf_get_i64(const rg_gguf *g, const char *key, int64_t *out, rgpt_error *err) {
    uint64_t value;
    const request r = {key, "an integer of -2^63 to 2^63 - 1", false};
    rgpt_status status = get_integer(g, &r, INT64_MIN, INT64_MAX, &value, err);
    if (status == RGPT_OK) *out = (int64_t)value;
    return status;
}

rgpt_status rg_gguf_get_i32_array(const rg_gguf *g, const char *key, int32_t **out, size_t *count, rgpt_error *err) {
    const request r = {key, "an array of integers of -2^31 to 2^31 - 1", true};
    const rg_gguf_pair *p = NULL;
    void *block = NULL;
    rgpt_status status = find(g, &r, &p, err);
    if (status == RGPT_OK) status = make_array(p, sizeof **out, &block, err);
    if (status != RGPT_OK) return status;

    int32_t *values = block;
    for (size_t i = 0; i < p->count && status == RGPT_OK; i++) {
        uint64_t value = 0;
        status = read_integer(p, i, &r, INT32_MIN, INT32_MAX, &value, err);
        values[i] = (int32_t)value;
    }
    if (status != RGPT_OK) {
        free(values);
        return status;
    }
    *out = values;
    *count = p->count;
    return RGPT_OK;
}

/* ------------------------------------------------------------------ real numbers and booleans */

static bool real_at(rg_gguf_type type, const uint8_t *from, float *out) {
    double wide;
    if (type == RG_GGUF_F32) {
        memcpy(out, from, sizeof *out);
    } else if (type == RG_GGUF_F64) {
        memcpy(&wide, from, sizeof wide);
        *out = (float)wide;
    } else {
        return false;
    }
    return true;
}

rgpt_status rg_gguf_get_f32(const rg_gguf *g, const char *key, float *out, rgpt_error *err) {
    const request r = {key, "an f32", false};
    const rg_gguf_pair *p = NULL;
    rgpt_status status = find(g, &r, &p, err);
    if (status != RGPT_OK) return status;
    return real_at(p->type, p->value, out) ? RGPT_OK : fail_kind(p, &r, err);
}

rgpt_status rg_gguf_get_f32_array(const rg_gguf *g, const char *key, float **out, size_t *count, rgpt_error *err) {
    const request r = {key, "an array of f32", true};
    const rg_gguf_pair *p = NULL;
    void *block = NULL;
    rgpt_status status = find(g, &r, &p, err);
    if (status == RGPT_OK && types[p->type].kind != REAL) status = fail_kind(p, &r, err);
    if (status == RGPT_OK) status = make_array(p, sizeof **out, &block, err);
    if (status != RGPT_OK) return status;

    float *values = block;
    for (size_t i = 0; i < p->count; i++) real_at(p->type, p->value + i * types[p->type].size, &values[i]);
    *out = values;
    *count = p->count;
    return RGPT_OK;
}

rgpt_status rg_gguf_get_bool(const rg_gguf *g, const char *key, bool *out, rgpt_error *err) {
    const request r = {key, "a bool", false};
    const rg_gguf_pair *p = NULL;
    rgpt_status status = find(g, &r, &p, err);
    if (status != RGPT_OK) return status;
    if (p->type != RG_GGUF_BOOL) return fail_kind(p, &r, err);
    *out = p->value[0] == 1;
    return RGPT_OK;
}

/* ------------------------------------------------------------------ strings */

/* The string at *from, which moves behind it; the parser has seen that it is all there. */
static rg_gguf_text text_at(const uint8_t **from) {
    uint64_t size;
    memcpy(&size, *from, sizeof size);
    rg_gguf_text text = {.data = (const char *)*from + sizeof size, .size = (size_t)size};
    *from += sizeof size + text.size;
    return text;
}

rgpt_status rg_gguf_get_text(const rg_gguf *g, const char *key, rg_gguf_text *out, rgpt_error *err) {
    const request r = {key, "a string", false};
    const rg_gguf_pair *p = NULL;
    rgpt_status status = find(g, &r, &p, err);
    if (status != RGPT_OK) return status;
    if (p->type != RG_GGUF_STRING) return fail_kind(p, &r, err);
    *out = (rg_gguf_text){.data = p->text, .size = p->size - sizeof(uint64_t)};
    return RGPT_OK;
}

rgpt_status rg_gguf_get_string(const rg_gguf *g, const char *key, const char **out, rgpt_error *err) {
    rg_gguf_text text = {0};
    rgpt_status status = rg_gguf_get_text(g, key, &text, err);
    if (status != RGPT_OK) return status;
    if (strlen(text.data) != text.size) {
        return rg_fail(err, RGPT_FORMAT, "gguf: key '%s': found a zero byte in the string", key);
    }
    *out = text.data;
    return RGPT_OK;
}

rgpt_status rg_gguf_get_text_array(const rg_gguf *g, const char *key, rg_gguf_text **out, size_t *count,
                                   rgpt_error *err) {
    const request r = {key, "an array of strings", true};
    const rg_gguf_pair *p = NULL;
    void *block = NULL;
    rgpt_status status = find(g, &r, &p, err);
    if (status == RGPT_OK && p->type != RG_GGUF_STRING) status = fail_kind(p, &r, err);
    if (status == RGPT_OK) status = make_array(p, sizeof **out, &block, err);
    if (status != RGPT_OK) return status;

    rg_gguf_text *texts = block;
    const uint8_t *from = p->value;
    for (size_t i = 0; i < p->count; i++) texts[i] = text_at(&from);
    *out = texts;
    *count = p->count;
    return RGPT_OK;
}
