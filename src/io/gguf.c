/* A GGUF file, little-endian, nothing aligned before the data:
 *
 *     "GGUF"  u32 version  u64 tensor count  u64 pair count
 *     pairs    string key, u32 type, value             string: u64 size, bytes
 *                                                      array: u32 type, u64 count, elements
 *     tensors  string name, u32 rank, u64 dims innermost first, u32 type, u64 offset from the data's start
 *     padding to general.alignment (a pair; 32 without it), then the data, each tensor padded likewise
 *
 * Nobody has vouched for any of these numbers. The rules that keep them harmless: every read goes through
 * a cursor that knows how much is left; a count is believed only if the bytes left could hold so many;
 * sizes are multiplied and added with checks; nothing recurses.
 */
#include "io/gguf.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/file.h"
#include "io/gguf_format.h"
#include "io/names.h"

struct rg_gguf {
    rg_map map; /* empty when parsed from memory */
    uint32_t version;
    size_t alignment; /* a power of two */
    rg_gguf_pair *pairs;
    size_t pair_count;
    rg_weight *tensors;
    size_t tensor_count;
    size_t header_size; /* where tensor data begins, before alignment */
    rg_names keys;      /* over pairs */
    rg_names names;     /* over tensors */
    rg_pool pool;       /* keys, names and plain strings, each with its zero byte */
};

/* ------------------------------------------------------------------ reading bytes that may end early */

typedef struct cursor {
    const uint8_t *data;
    size_t size, at; /* at <= size, always */
} cursor;

static size_t left(const cursor *c) {
    return c->size - c->at;
}

static bool take(cursor *c, uint64_t size, const uint8_t **out) {
    if (size > left(c)) return false;
    *out = c->data + c->at;
    c->at += (size_t)size;
    return true;
}

static bool take_u32(cursor *c, uint32_t *out) {
    const uint8_t *bytes;
    if (!take(c, sizeof *out, &bytes)) return false;
    memcpy(out, bytes, sizeof *out);
    return true;
}

static bool take_u64(cursor *c, uint64_t *out) {
    const uint8_t *bytes;
    if (!take(c, sizeof *out, &bytes)) return false;
    memcpy(out, bytes, sizeof *out);
    return true;
}

static bool take_text(cursor *c, rg_gguf_text *out) {
    uint64_t size;
    const uint8_t *bytes;
    if (!take_u64(c, &size) || !take(c, size, &bytes)) return false;
    *out = (rg_gguf_text){.data = (const char *)bytes, .size = (size_t)size};
    return true;
}

static rgpt_status fail_truncated(const cursor *c, const char *what, size_t index, rgpt_error *err) {
    return rg_fail(err, RGPT_FORMAT, "gguf: %s %zu: goes past the end, %zu bytes left in the file", what, index,
                   left(c));
}

/* A key or a tensor's name: copied with a zero byte, so it may hold none. */
static rgpt_status take_name(rg_gguf *g, cursor *c, const char *what, size_t index, size_t limit, const char **out,
                             rgpt_error *err) {
    rg_gguf_text text;
    if (!take_text(c, &text)) return fail_truncated(c, what, index, err);
    if (text.size == 0 || text.size > limit) {
        return rg_fail(err, RGPT_FORMAT, "gguf: %s %zu: found a name of %zu bytes, wanted 1 to %zu", what, index,
                       text.size, limit);
    }
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte >= 0x20 && byte != 0x7F) continue;
        return rg_fail(err, RGPT_FORMAT, "gguf: %s %zu: control character 0x%02x in its name", what, index, byte);
    }
    *out = rg_pool_add(&g->pool, text.data, text.size);
    return *out ? RGPT_OK : rg_fail_memory(err, "gguf", text.size);
}

/* ------------------------------------------------------------------ metadata */

/* Steps over `p->count` elements; true when they are all there. */
static bool take_elements(cursor *c, const rg_gguf_pair *p) {
    if (p->type == RG_GGUF_STRING) {
        rg_gguf_text text;
        if (p->count > left(c) / sizeof(uint64_t)) return false;
        for (size_t i = 0; i < p->count; i++) {
            if (!take_text(c, &text)) return false;
        }
        return true;
    }
    const uint8_t *bytes;
    size_t size;
    return rg_mul_size(p->count, rg_gguf_type_size(p->type), &size) && take(c, size, &bytes);
}

/* The value's type; for an array, its elements' type and how many. */
static rgpt_status read_type(cursor *c, rg_gguf_pair *p, rgpt_error *err) {
    uint32_t type;
    uint64_t count = 1;
    bool is_there = take_u32(c, &type);
    if (is_there && type == RG_GGUF_ARRAY) {
        p->is_array = true;
        is_there = take_u32(c, &type) && take_u64(c, &count);
    }
    if (!is_there) return rg_fail(err, RGPT_FORMAT, "gguf: key '%s': the file ends inside its type", p->key);
    if (type >= RG_GGUF_TYPE_COUNT || type == RG_GGUF_ARRAY) {
        return rg_fail(err, RGPT_FORMAT, "gguf: key '%s': %s of type %u", p->key, p->is_array ? "an array" : "a value",
                       type);
    }
    p->type = (rg_gguf_type)type;
    p->count = (size_t)count;
    return RGPT_OK;
}

static rgpt_status read_pair(rg_gguf *g, cursor *c, size_t index, rg_gguf_pair *p, rgpt_error *err) {
    rgpt_status status = take_name(g, c, "metadata entry", index, RG_GGUF_KEY_LIMIT, &p->key, err);
    if (status == RGPT_OK) status = read_type(c, p, err);
    if (status != RGPT_OK) return status;

    size_t start = c->at;
    p->value = c->data + start;
    if (!take_elements(c, p)) {
        return rg_fail(err, RGPT_FORMAT, "gguf: key '%s': %zu x %s does not fit into the %zu bytes left", p->key,
                       p->count, rg_gguf_type_name(p->type), c->size - start);
    }
    p->size = c->at - start;
    for (size_t i = 0; p->type == RG_GGUF_BOOL && i < p->size; i++) {
        if (p->value[i] <= 1) continue;
        return rg_fail(err, RGPT_FORMAT, "gguf: key '%s': found a bool of %u, wanted 0 or 1", p->key, p->value[i]);
    }
    if (p->type == RG_GGUF_STRING && !p->is_array) {
        p->text = rg_pool_add(&g->pool, p->value + sizeof(uint64_t), p->size - sizeof(uint64_t));
        if (!p->text) return rg_fail_memory(err, "gguf", p->size);
    }
    return RGPT_OK;
}

static rgpt_status read_pairs(rg_gguf *g, cursor *c, rgpt_error *err) {
    for (size_t i = 0; i < g->pair_count; i++) {
        rgpt_status status = read_pair(g, c, i, &g->pairs[i], err);
        if (status != RGPT_OK) return status;
    }
    return rg_names_build(&g->keys, g->pairs, g->pair_count, sizeof *g->pairs, "gguf: key", err);
}

/* Any power of two: data that ends up misaligned for its type is rg_weights' business. */
static rgpt_status read_alignment(rg_gguf *g, rgpt_error *err) {
    static const char key[] = "general.alignment";
    g->alignment = RG_GGUF_ALIGNMENT;
    const rg_gguf_pair *pair = rg_gguf_find_pair(g, key);
    if (!pair) return RGPT_OK;
    uint32_t value = 0;
    if (pair->type != RG_GGUF_U32 || pair->is_array) {
        return rg_fail(err, RGPT_FORMAT, "gguf: key '%s': wanted a u32", key);
    }
    memcpy(&value, pair->value, sizeof value);
    if (value == 0 || (value & (value - 1)) != 0) {
        return rg_fail(err, RGPT_FORMAT, "gguf: key '%s': found %u, wanted a power of two", key, value);
    }
    g->alignment = value;
    return RGPT_OK;
}

/* ------------------------------------------------------------------ tensors */

/* The dimensions, outermost first; the file has them the other way round. */
static rgpt_status read_shape(cursor *c, const char *name, int *rank, int64_t *dim, rgpt_error *err) {
    uint32_t count;
    if (!take_u32(c, &count))
        return rg_fail(err, RGPT_FORMAT, "gguf: tensor '%s': the file ends inside its entry", name);
    if (count > RG_MAX_RANK) {
        return rg_fail(err, RGPT_FORMAT, "gguf: tensor '%s': found %u dimensions, at most %d", name, count,
                       RG_MAX_RANK);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t value;
        if (!take_u64(c, &value)) {
            return rg_fail(err, RGPT_FORMAT, "gguf: tensor '%s': the file ends inside its entry", name);
        }
        if (value > INT64_MAX) {
            return rg_fail(err, RGPT_FORMAT, "gguf: tensor '%s': dimension %u is negative or too large", name, i);
        }
        dim[count - 1 - i] = (int64_t)value;
    }
    *rank = (int)count;
    return RGPT_OK;
}

/* One entry; *end, where the data of those before ends, moves on. */
static rgpt_status read_tensor(rg_gguf *g, cursor *c, size_t index, size_t *end, rg_weight *t, rgpt_error *err) {
    const char *name = NULL;
    int rank = 0;
    int64_t dim[RG_MAX_RANK];
    rgpt_status status = take_name(g, c, "tensor", index, RG_GGUF_NAME_LIMIT, &name, err);
    if (status == RGPT_OK) status = read_shape(c, name, &rank, dim, err);
    if (status != RGPT_OK) return status;

    uint32_t type;
    uint64_t offset;
    rg_dtype dtype;
    if (!take_u32(c, &type) || !take_u64(c, &offset)) {
        return rg_fail(err, RGPT_FORMAT, "gguf: tensor '%s': the file ends inside its entry", name);
    }
    if (!rg_dtype_from_gguf(type, &dtype)) {
        return rg_fail(err, RGPT_UNSUPPORTED, "gguf: tensor '%s': element type %u is unknown to this build", name,
                       type);
    }
    status = rg_weight_init(t, name, dtype, rank, dim, err);
    if (status != RGPT_OK) return rg_fail_within(err, status, "gguf");

    if (offset != *end) {
        return rg_fail(err, RGPT_FORMAT,
                       "gguf: tensor '%s': found offset %llu, wanted %zu (right behind the one before)", name,
                       (unsigned long long)offset, *end);
    }
    size_t stop;
    if (!rg_add_size(*end, t->size, &stop) || !rg_align_size(stop, g->alignment, end)) {
        return rg_fail(err, RGPT_FORMAT, "gguf: tensor '%s': the tensors' sizes add up to more than 64 bits", name);
    }
    return RGPT_OK;
}

static rgpt_status read_tensors(rg_gguf *g, cursor *c, rgpt_error *err) {
    size_t end = 0;
    for (size_t i = 0; i < g->tensor_count; i++) {
        rgpt_status status = read_tensor(g, c, i, &end, &g->tensors[i], err);
        if (status != RGPT_OK) return status;
    }
    g->header_size = c->at;
    return rg_names_build(&g->names, g->tensors, g->tensor_count, sizeof *g->tensors, "gguf: tensor", err);
}

/* ------------------------------------------------------------------ the file */

/* A table for `count` entries, none of which can take fewer than `least` bytes of the file: a count that
 * lies is refused before it costs memory. */
static rgpt_status make_table(const cursor *c, uint64_t count, size_t least, size_t stride, const char *what,
                              void **out, rgpt_error *err) {
    if (count > left(c) / least) {
        return rg_fail(err, RGPT_FORMAT, "gguf: found a count of %llu %s, %zu bytes cannot hold them",
                       (unsigned long long)count, what, left(c));
    }
    *out = calloc((size_t)count + 1, stride); /* + 1: never NULL for want of entries */
    return *out ? RGPT_OK : rg_fail_memory(err, "gguf", (size_t)count * stride);
}

static rgpt_status read_version(rg_gguf *g, cursor *c, rgpt_error *err) {
    const uint8_t *magic;
    if (!take(c, 4, &magic) || memcmp(magic, "GGUF", 4) != 0 || !take_u32(c, &g->version)) {
        return rg_fail(err, RGPT_FORMAT, "gguf: not a GGUF file");
    }
    if (g->version == 2 || g->version == 3) return RGPT_OK;
    if ((g->version & 0xFFFF) == 0)
        return rg_fail(err, RGPT_UNSUPPORTED, "gguf: a big-endian file, wanted little-endian");
    return rg_fail(err, RGPT_UNSUPPORTED, "gguf: found version %u, wanted 2 or 3", g->version);
}

static rgpt_status read_header(rg_gguf *g, cursor *c, rgpt_error *err) {
    enum { LEAST_PAIR = 8 + 1 + 4 + 1, LEAST_TENSOR = 8 + 1 + 4 + 4 + 8 };
    uint64_t tensor_count, pair_count;
    rgpt_status status = read_version(g, c, err);
    if (status != RGPT_OK) return status;
    if (!take_u64(c, &tensor_count) || !take_u64(c, &pair_count)) {
        return rg_fail(err, RGPT_FORMAT, "gguf: the file ends inside its header");
    }
    void *table = NULL;
    status = make_table(c, tensor_count, LEAST_TENSOR, sizeof *g->tensors, "tensors", &table, err);
    if (status != RGPT_OK) return status;
    g->tensors = table;
    g->tensor_count = (size_t)tensor_count;
    status = make_table(c, pair_count, LEAST_PAIR, sizeof *g->pairs, "metadata entries", &table, err);
    if (status != RGPT_OK) return status;
    g->pairs = table;
    g->pair_count = (size_t)pair_count;

    status = read_pairs(g, c, err);
    if (status == RGPT_OK) status = read_alignment(g, err);
    if (status == RGPT_OK) status = read_tensors(g, c, err);
    return status;
}

/* Points each tensor at its data, which must be there to its last byte. */
static rgpt_status place_tensors(rg_gguf *g, const uint8_t *data, size_t size, rgpt_error *err) {
    size_t at = g->header_size;
    for (size_t i = 0; i < g->tensor_count; i++) {
        rg_weight *t = &g->tensors[i];
        if (!rg_align_size(at, g->alignment, &at) || at > size || t->size > size - at) {
            return rg_fail(err, RGPT_FORMAT, "gguf: tensor '%s': %zu bytes at %zu go past the end, the file has %zu",
                           t->name, t->size, at, size);
        }
        t->data = data + at;
        at += t->size;
    }
    return RGPT_OK;
}

rgpt_status rg_gguf_parse_header(const void *data, size_t size, rg_gguf **out, rgpt_error *err) {
    *out = NULL;
    rg_gguf *g = calloc(1, sizeof *g);
    if (!g) return rg_fail_memory(err, "gguf", sizeof *g);
    cursor c = {.data = data, .size = size};
    rgpt_status status = read_header(g, &c, err);
    if (status != RGPT_OK) {
        rg_gguf_close(g);
        return status;
    }
    *out = g;
    return RGPT_OK;
}

rgpt_status rg_gguf_parse(const void *data, size_t size, rg_gguf **out, rgpt_error *err) {
    rgpt_status status = rg_gguf_parse_header(data, size, out, err);
    if (status != RGPT_OK) return status;
    status = place_tensors(*out, data, size, err);
    if (status != RGPT_OK) {
        rg_gguf_close(*out);
        *out = NULL;
    }
    return status;
}

rgpt_status rg_gguf_open(const char *path, rg_gguf **out, rgpt_error *err) {
    *out = NULL;
    rg_map map;
    rgpt_status status = rg_map_open(path, &map, err);
    if (status != RGPT_OK) return status;
    status = rg_gguf_parse(map.data, map.size, out, err);
    if (status != RGPT_OK) {
        rg_map_close(&map);
        return rg_fail_within(err, status, "%s", path);
    }
    (*out)->map = map;
    return RGPT_OK;
}

void rg_gguf_close(rg_gguf *g) {
    if (!g) return;
    rg_names_reset(&g->keys);
    rg_names_reset(&g->names);
    rg_pool_reset(&g->pool);
    free(g->pairs);
    free(g->tensors);
    rg_map_close(&g->map);
    free(g);
}

uint32_t rg_gguf_version(const rg_gguf *g) {
    return g->version;
}

size_t rg_gguf_tensor_count(const rg_gguf *g) {
    return g->tensor_count;
}

const rg_weight *rg_gguf_tensor_at(const rg_gguf *g, size_t index) {
    return &g->tensors[index];
}

const rg_weight *rg_gguf_find_tensor(const rg_gguf *g, const char *name) {
    return rg_names_find(&g->names, name);
}

size_t rg_gguf_pair_count(const rg_gguf *g) {
    return g->pair_count;
}

const rg_gguf_pair *rg_gguf_pair_at(const rg_gguf *g, size_t index) {
    return &g->pairs[index];
}

const rg_gguf_pair *rg_gguf_find_pair(const rg_gguf *g, const char *key) {
    return rg_names_find(&g->keys, key);
}
