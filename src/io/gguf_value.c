/* The typed getters of gguf.h. Values are unaligned in the file, so each is copied out by memcpy. */
#include <stdlib.h>
#include <string.h>

#include "io/gguf_format.h"

static const struct {
    const char *name;
    size_t size; /* bytes an element; 0: each has its own */
} types[RG_GGUF_TYPE_COUNT] = {
    [RG_GGUF_U8] = {"u8", 1},       [RG_GGUF_I8] = {"i8", 1},     [RG_GGUF_U16] = {"u16", 2},
    [RG_GGUF_I16] = {"i16", 2},     [RG_GGUF_U32] = {"u32", 4},   [RG_GGUF_I32] = {"i32", 4},
    [RG_GGUF_F32] = {"f32", 4},     [RG_GGUF_BOOL] = {"bool", 1}, [RG_GGUF_STRING] = {"string", 0},
    [RG_GGUF_ARRAY] = {"array", 0}, [RG_GGUF_U64] = {"u64", 8},   [RG_GGUF_I64] = {"i64", 8},
    [RG_GGUF_F64] = {"f64", 8},
};

/* Sets of types, a bit each. */
enum {
    UNSIGNED = 1 << RG_GGUF_U8 | 1 << RG_GGUF_U16 | 1 << RG_GGUF_U32 | 1 << RG_GGUF_U64,
    SIGNED = 1 << RG_GGUF_I8 | 1 << RG_GGUF_I16 | 1 << RG_GGUF_I32 | 1 << RG_GGUF_I64,
    INTEGER = UNSIGNED | SIGNED,
    REAL = 1 << RG_GGUF_F32 | 1 << RG_GGUF_F64,
    BOOLEAN = 1 << RG_GGUF_BOOL,
    STRING = 1 << RG_GGUF_STRING,
};

static bool is_in(rg_gguf_type type, int set) {
    return (1 << type & set) != 0;
}

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
    const char *wanted; /* "a bool", "an array of strings" */
    int types;          /* a set */
    bool is_array;
} request;

static rgpt_status find(const rg_gguf *g, const request *r, const rg_gguf_pair **out, rgpt_error *err) {
    const rg_gguf_pair *p = rg_gguf_find_pair(g, r->key);
    if (!p) return rg_fail(err, RGPT_FORMAT, "gguf: key '%s': missing, wanted %s", r->key, r->wanted);
    if (p->is_array != r->is_array || !is_in(p->type, r->types)) {
        return rg_fail(err, RGPT_FORMAT, "gguf: key '%s': found %s%s, wanted %s", r->key,
                       p->is_array ? "an array of " : "", rg_gguf_type_name(p->type), r->wanted);
    }
    *out = p;
    return RGPT_OK;
}

/* The same for an array, with a zeroed block for its elements, `stride` bytes each. The file holds all of
 * them, so the block is in proportion to the file whatever the count. */
static rgpt_status find_array(const rg_gguf *g, const request *r, size_t stride, const rg_gguf_pair **out, void **block,
                              rgpt_error *err) {
    rgpt_status status = find(g, r, out, err);
    if (status != RGPT_OK) return status;
    size_t count = (*out)->count + 1; /* + 1: never NULL for want of elements */
    *block = calloc(count, stride);
    return *block ? RGPT_OK : rg_fail_memory(err, r->key, count * stride);
}

static const uint8_t *element_at(const rg_gguf_pair *p, size_t index) {
    return p->value + index * types[p->type].size;
}

/* ------------------------------------------------------------------ integers */

/* An integer of any width, as two's complement in 64 bits. */
static uint64_t integer_at(const rg_gguf_pair *p, size_t index) {
    uint64_t bits = 0;
    size_t size = types[p->type].size;
    memcpy(&bits, element_at(p, index), size);
    if (is_in(p->type, UNSIGNED)) return bits;
    uint64_t sign = (uint64_t)1 << (8 * size - 1); /* extended to the left by flipping it, then borrowing */
    return (bits ^ sign) - sign;
}

/* Element `index` of p, when it is in [min, max]. */
static rgpt_status read_integer(const rg_gguf_pair *p, size_t index, const request *r, int64_t min, uint64_t max,
                                uint64_t *out, rgpt_error *err) {
    uint64_t value = integer_at(p, index);
    bool is_negative = is_in(p->type, SIGNED) && (int64_t)value < 0;
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
    const request r = {key, "an integer of 0 to 2^32 - 1", INTEGER, false};
    rgpt_status status = get_integer(g, &r, 0, UINT32_MAX, &value, err);
    if (status == RGPT_OK) *out = (uint32_t)value;
    return status;
}

rgpt_status rg_gguf_get_u64(const rg_gguf *g, const char *key, uint64_t *out, rgpt_error *err) {
    const request r = {key, "an integer of 0 to 2^64 - 1", INTEGER, false};
    return get_integer(g, &r, 0, UINT64_MAX, out, err);
}

rgpt_status rg_gguf_get_i64(const rg_gguf *g, const char *key, int64_t *out, rgpt_error *err) {
    uint64_t value;
    const request r = {key, "an integer of -2^63 to 2^63 - 1", INTEGER, false};
    rgpt_status status = get_integer(g, &r, INT64_MIN, INT64_MAX, &value, err);
    if (status == RGPT_OK) *out = (int64_t)value;
    return status;
}

rgpt_status rg_gguf_get_i32_array(const rg_gguf *g, const char *key, int32_t **out, size_t *count, rgpt_error *err) {
    const request r = {key, "an array of integers of -2^31 to 2^31 - 1", INTEGER, true};
    const rg_gguf_pair *p = NULL;
    void *block = NULL;
    rgpt_status status = find_array(g, &r, sizeof **out, &p, &block, err);
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

static float real_at(const rg_gguf_pair *p, size_t index) {
    float value;
    double wide;
    if (p->type == RG_GGUF_F32) {
        memcpy(&value, element_at(p, index), sizeof value);
        return value;
    }
    memcpy(&wide, element_at(p, index), sizeof wide);
    return (float)wide;
}

rgpt_status rg_gguf_get_f32(const rg_gguf *g, const char *key, float *out, rgpt_error *err) {
    const rg_gguf_pair *p = NULL;
    rgpt_status status = find(g, &(request){key, "an f32", REAL, false}, &p, err);
    if (status == RGPT_OK) *out = real_at(p, 0);
    return status;
}

rgpt_status rg_gguf_get_f32_array(const rg_gguf *g, const char *key, float **out, size_t *count, rgpt_error *err) {
    const request r = {key, "an array of f32", REAL, true};
    const rg_gguf_pair *p = NULL;
    void *block = NULL;
    rgpt_status status = find_array(g, &r, sizeof **out, &p, &block, err);
    if (status != RGPT_OK) return status;

    float *values = block;
    for (size_t i = 0; i < p->count; i++) values[i] = real_at(p, i);
    *out = values;
    *count = p->count;
    return RGPT_OK;
}

rgpt_status rg_gguf_get_bool(const rg_gguf *g, const char *key, bool *out, rgpt_error *err) {
    const rg_gguf_pair *p = NULL;
    rgpt_status status = find(g, &(request){key, "a bool", BOOLEAN, false}, &p, err);
    if (status == RGPT_OK) *out = p->value[0] == 1;
    return status;
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
    const rg_gguf_pair *p = NULL;
    rgpt_status status = find(g, &(request){key, "a string", STRING, false}, &p, err);
    if (status == RGPT_OK) *out = (rg_gguf_text){.data = p->text, .size = p->size - sizeof(uint64_t)};
    return status;
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
    const request r = {key, "an array of strings", STRING, true};
    const rg_gguf_pair *p = NULL;
    void *block = NULL;
    rgpt_status status = find_array(g, &r, sizeof **out, &p, &block, err);
    if (status != RGPT_OK) return status;

    rg_gguf_text *texts = block;
    const uint8_t *from = p->value;
    for (size_t i = 0; i < p->count; i++) texts[i] = text_at(&from);
    *out = texts;
    *count = p->count;
    return RGPT_OK;
}
