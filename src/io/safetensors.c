/* A safetensors file: u64 size of the header, the header, data. The header is one JSON object:
 *
 *     {"__metadata__": {"key": "value", ...},
 *      "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "io/json_members.h"
#include "io/names.h"
#include "io/safetensors_format.h"

typedef struct entry {
    rg_weight weight;
    size_t begin; /* of its data, from the start of the data */
} entry;

typedef struct metadatum {
    const char *key, *value;
} metadatum;

struct rg_safetensors {
    rg_map map; /* empty when parsed from memory */
    size_t data_size;
    entry *entries;
    size_t count, allocated;
    metadatum *metadata;
    size_t metadata_count, metadata_allocated;
    bool has_metadata;
    rg_names names, keys; /* over entries and metadata */
    rg_pool pool;         /* the strings of both */
};

/* ------------------------------------------------------------------ the header's members */

static rgpt_status visit_metadata(void *self, const char *key, rg_json_cursor *c, rgpt_error *err) {
    rg_safetensors *s = self;
    metadatum *grown = rg_array_grow(s->metadata, &s->metadata_allocated, s->metadata_count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "metadata", sizeof *grown);
    s->metadata = grown;
    json_t *value = NULL;
    rgpt_status status = rg_json_string(c, &value, err);
    if (status != RGPT_OK) return rg_fail_within(err, status, "metadata '%s'", key);

    metadatum m = {.key = rg_pool_add(&s->pool, key, strlen(key)),
                   .value = rg_pool_add(&s->pool, json_string_value(value), json_string_length(value))};
    json_decref(value);
    if (!m.key || !m.value) return rg_fail_memory(err, "safetensors", strlen(key));
    s->metadata[s->metadata_count++] = m;
    return RGPT_OK;
}

/* A JSON integer that is no negative one; jansson refuses those beyond int64 itself. */
static bool is_size(const json_t *value) {
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static rgpt_status read_shape(const json_t *info, const char *name, int *rank, int64_t *dim, rgpt_error *err) {
    const json_t *shape = json_object_get(info, "shape");
    if (!json_is_array(shape)) return rg_fail(err, RGPT_FORMAT, "tensor '%s': wanted an array 'shape'", name);
    size_t count = json_array_size(shape);
    if (count > RG_MAX_RANK) {
        return rg_fail(err, RGPT_FORMAT, "tensor '%s': found %zu dimensions, at most %d", name, count, RG_MAX_RANK);
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(shape, i);
        if (!is_size(value)) {
            return rg_fail(err, RGPT_FORMAT, "tensor '%s': dimension %zu is not a whole number of 0 or more", name, i);
        }
        dim[i] = json_integer_value(value);
    }
    *rank = (int)count;
    return RGPT_OK;
}

static rgpt_status read_offsets(const rg_safetensors *s, const json_t *info, entry *e, rgpt_error *err) {
    const json_t *offsets = json_object_get(info, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !is_size(begin) || !is_size(end)) {
        return rg_fail(err, RGPT_FORMAT, "tensor '%s': wanted two whole numbers 'data_offsets'", e->weight.name);
    }
    long long first = json_integer_value(begin), last = json_integer_value(end);
    if (first > last || (unsigned long long)last > s->data_size) {
        return rg_fail(err, RGPT_FORMAT, "tensor '%s': found offsets %lld to %lld in %zu bytes of data", e->weight.name,
                       first, last, s->data_size);
    }
    if ((unsigned long long)(last - first) != e->weight.size) {
        return rg_fail(err, RGPT_FORMAT, "tensor '%s': found %lld bytes, its shape wants %zu", e->weight.name,
                       last - first, e->weight.size);
    }
    e->begin = (size_t)first;
    return RGPT_OK;
}

static rgpt_status read_entry(const rg_safetensors *s, const json_t *info, const char *name, entry *e,
                              rgpt_error *err) {
    int rank = 0;
    int64_t dim[RG_MAX_RANK];
    rgpt_status status = read_shape(info, name, &rank, dim, err);
    if (status != RGPT_OK) return status;

    rg_dtype dtype;
    const char *type = json_string_value(json_object_get(info, "dtype"));
    if (!type) return rg_fail(err, RGPT_FORMAT, "tensor '%s': wanted a string 'dtype'", name);
    if (!rg_dtype_from_safetensors(type, &dtype)) {
        return rg_fail(err, RGPT_UNSUPPORTED, "tensor '%s': element type '%s' is unknown to this build", name, type);
    }
    status = rg_weight_init(&e->weight, name, dtype, rank, dim, err);
    return status == RGPT_OK ? read_offsets(s, info, e, err) : status;
}

static rgpt_status visit_member(void *self, const char *key, rg_json_cursor *c, rgpt_error *err) {
    enum { ENTRY_LIMIT = 65536 }; /* bytes; a usual entry has a hundred */
    rg_safetensors *s = self;
    if (strcmp(key, "__metadata__") == 0) {
        if (s->has_metadata) return rg_fail(err, RGPT_FORMAT, "found __metadata__ twice");
        s->has_metadata = true;
        return rg_json_walk(c, visit_metadata, s, err);
    }
    entry *grown = rg_array_grow(s->entries, &s->allocated, s->count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "tensors", sizeof *grown);
    s->entries = grown;
    const char *name = rg_pool_add(&s->pool, key, strlen(key));
    if (!name) return rg_fail_memory(err, "tensors", strlen(key));
    json_t *info = NULL;
    rgpt_status status = rg_json_value(c, ENTRY_LIMIT, &info, err);
    if (status != RGPT_OK) return rg_fail_within(err, status, "tensor '%s'", key);

    status = read_entry(s, info, name, &s->entries[s->count], err);
    json_decref(info);
    if (status == RGPT_OK) s->count++;
    return status;
}

/* ------------------------------------------------------------------ the layout of the data */

/* By place; an empty tensor stands before the one that begins where it does. */
static int compare_places(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->weight.size > y->weight.size) - (x->weight.size < y->weight.size);
}

/* No hole, no overlap, nothing behind: no byte of the file can carry anything but a tensor. */
static rgpt_status check_layout(const rg_safetensors *s, rgpt_error *err) {
    size_t end = 0;
    for (size_t i = 0; i < s->count; i++) {
        const entry *e = &s->entries[i];
        if (e->begin != end) {
            return rg_fail(err, RGPT_FORMAT, "tensor '%s': begins at %zu of the data, the one before ends at %zu",
                           e->weight.name, e->begin, end);
        }
        end += e->weight.size;
    }
    if (end == s->data_size) return RGPT_OK;
    return rg_fail(err, RGPT_FORMAT, "the tensors end at %zu of the data, which has %zu bytes", end, s->data_size);
}

/* ------------------------------------------------------------------ the file */

static rgpt_status read_header(rg_safetensors *s, const char *json, size_t size, rgpt_error *err) {
    if (size > RG_SAFETENSORS_HEADER_LIMIT) {
        return rg_fail(err, RGPT_FORMAT, "found a header of %zu bytes, at most %d", size, RG_SAFETENSORS_HEADER_LIMIT);
    }
    if (size == 0 || json[0] != '{') return rg_fail(err, RGPT_FORMAT, "the header does not begin with '{'");
    rg_json_cursor c = {.text = json, .size = size};
    rgpt_status status = rg_json_walk(&c, visit_member, s, err);
    if (status != RGPT_OK) return status;
    while (c.at < size && json[c.at] == ' ') c.at++;
    if (c.at < size) return rg_fail(err, RGPT_FORMAT, "byte %zu of the header: wanted nothing but spaces", c.at);

    if (s->count > 1) qsort(s->entries, s->count, sizeof *s->entries, compare_places);
    status = rg_names_build(&s->names, s->entries, s->count, sizeof *s->entries, "tensor", err);
    if (status == RGPT_OK) {
        status = rg_names_build(&s->keys, s->metadata, s->metadata_count, sizeof *s->metadata, "metadata", err);
    }
    if (status == RGPT_OK) status = check_layout(s, err);
    return status;
}

rgpt_status rg_safetensors_parse_header(const char *json, size_t json_size, size_t data_size, rg_safetensors **out,
                                        rgpt_error *err) {
    *out = NULL;
    rg_safetensors *s = calloc(1, sizeof *s);
    if (!s) return rg_fail_memory(err, "safetensors", sizeof *s);
    s->data_size = data_size;
    rgpt_status status = read_header(s, json, json_size, err);
    if (status != RGPT_OK) {
        rg_safetensors_close(s);
        return rg_fail_within(err, status, "safetensors");
    }
    *out = s;
    return RGPT_OK;
}

rgpt_status rg_safetensors_parse(const void *data, size_t size, rg_safetensors **out, rgpt_error *err) {
    *out = NULL;
    uint64_t header_size = 0;
    if (size >= sizeof header_size) memcpy(&header_size, data, sizeof header_size);
    if (size < sizeof header_size || header_size > size - sizeof header_size) {
        return rg_fail(err, RGPT_FORMAT, "safetensors: found a header of %llu bytes in a file of %zu",
                       (unsigned long long)header_size, size);
    }
    const uint8_t *json = (const uint8_t *)data + sizeof header_size;
    size_t data_size = size - sizeof header_size - (size_t)header_size;
    rgpt_status status = rg_safetensors_parse_header((const char *)json, (size_t)header_size, data_size, out, err);
    if (status != RGPT_OK) return status;
    for (size_t i = 0; i < (*out)->count; i++) {
        entry *e = &(*out)->entries[i];
        e->weight.data = json + header_size + e->begin;
    }
    return RGPT_OK;
}

rgpt_status rg_safetensors_open(const char *path, rg_safetensors **out, rgpt_error *err) {
    *out = NULL;
    rg_map map;
    rgpt_status status = rg_map_open(path, &map, err);
    if (status != RGPT_OK) return status;
    status = rg_safetensors_parse(map.data, map.size, out, err);
    if (status != RGPT_OK) {
        rg_map_close(&map);
        return rg_fail_within(err, status, "%s", path);
    }
    (*out)->map = map;
    return RGPT_OK;
}

void rg_safetensors_close(rg_safetensors *s) {
    if (!s) return;
    rg_names_reset(&s->names);
    rg_names_reset(&s->keys);
    rg_pool_reset(&s->pool);
    free(s->entries);
    free(s->metadata);
    rg_map_close(&s->map);
    free(s);
}

size_t rg_safetensors_count(const rg_safetensors *s) {
    return s->count;
}

const rg_weight *rg_safetensors_at(const rg_safetensors *s, size_t index) {
    return &s->entries[index].weight;
}

const rg_weight *rg_safetensors_find(const rg_safetensors *s, const char *name) {
    return rg_names_find(&s->names, name);
}

const char *rg_safetensors_metadata(const rg_safetensors *s, const char *key) {
    const metadatum *m = rg_names_find(&s->keys, key);
    return m ? m->value : NULL;
}
