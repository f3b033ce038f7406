#include "eval/coco_record.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"

static const char *type_name(const json_t *value) {
    if (!value) return "nothing";
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_NULL:
        return "null";
    default:
        return "a truth value";
    }
}

static rgpt_status fail_type(const json_t *value, const char *key, const char *wanted, rgpt_error *err) {
    return rg_fail(err, RGPT_FORMAT, "'%s': found %s, wanted %s", key, type_name(value), wanted);
}

rgpt_status rg_each_record(const rg_json_source *source, rg_json_layout layout, const char *const *sections,
                           rg_record_fn *visit, void *context, rgpt_error *err) {
    rg_json_stream *stream;
    rgpt_status status = source->bytes ? rg_json_stream_open_bytes(source->name, source->bytes, source->size, layout,
                                                                   sections, &stream, err)
                                       : rg_json_stream_open(source->name, layout, sections, &stream, err);
    if (status != RGPT_OK) return status;
    rg_json_record record;
    while ((status = rg_json_stream_next(stream, &record, err)) == RGPT_OK && record.value) {
        if (json_is_object(record.value)) {
            status = visit(context, &record, err);
        } else {
            status = rg_fail(err, RGPT_FORMAT, "found %s, wanted an object", type_name(record.value));
        }
        if (status != RGPT_OK) {
            rg_json_stream_fail(stream, status, err);
            break;
        }
    }
    rg_json_stream_close(stream);
    return status;
}

rgpt_status rg_field_id(const json_t *record, const char *key, int64_t *out, rgpt_error *err) {
    const json_t *value = json_object_get(record, key);
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return RGPT_OK;
    }
    double real = json_real_value(value);
    if (!json_is_real(value)) return fail_type(value, key, "an integer", err);
    if (real != floor(real) || fabs(real) > 0x1p53) { /* beyond 2^53 neighbouring ids are one double */
        return rg_fail(err, RGPT_FORMAT, "'%s': found %.17g, wanted an integer", key, real);
    }
    *out = (int64_t)real;
    return RGPT_OK;
}

rgpt_status rg_field_number(const json_t *record, const char *key, double *out, rgpt_error *err) {
    const json_t *value = json_object_get(record, key);
    if (!json_is_number(value)) return fail_type(value, key, "a number", err);
    *out = json_number_value(value);
    return RGPT_OK;
}

rgpt_status rg_field_text(const json_t *record, const char *key, const char **out, rgpt_error *err) {
    const json_t *value = json_object_get(record, key);
    if (!json_is_string(value)) return fail_type(value, key, "a string", err);
    *out = json_string_value(value);
    return RGPT_OK;
}

rgpt_status rg_field_box(const json_t *record, const char *key, rg_box *out, rgpt_error *err) {
    const json_t *value = json_object_get(record, key);
    if (!json_is_array(value)) return fail_type(value, key, "[x, y, width, height]", err);
    double numbers[4];
    if (json_array_size(value) != 4) {
        return rg_fail(err, RGPT_FORMAT, "'%s': found %zu numbers, wanted [x, y, width, height]", key,
                       json_array_size(value));
    }
    for (size_t i = 0; i < 4; i++) {
        const json_t *item = json_array_get(value, i);
        if (!json_is_number(item)) return fail_type(item, key, "[x, y, width, height]", err);
        numbers[i] = json_number_value(item);
    }
    *out = (rg_box){numbers[0], numbers[1], numbers[2], numbers[3]};
    if (out->width < 0 || out->height < 0) {
        return rg_fail(err, RGPT_FORMAT, "'%s': found a size of %g x %g, wanted none below 0", key, out->width,
                       out->height);
    }
    return RGPT_OK;
}

rgpt_status rg_field_size(const json_t *record, const char *key, uint32_t *out, rgpt_error *err) {
    *out = 0;
    if (!json_object_get(record, key)) return RGPT_OK;
    int64_t size = 0;
    rgpt_status status = rg_field_id(record, key, &size, err);
    if (status != RGPT_OK) return status;
    if (size < 1 || size > INT32_MAX) {
        return rg_fail(err, RGPT_FORMAT, "'%s': found %lld, wanted 1 to %d pixels", key, (long long)size, INT32_MAX);
    }
    *out = (uint32_t)size;
    return RGPT_OK;
}

rgpt_status rg_field_flag(const json_t *record, const char *key, bool *out, rgpt_error *err) {
    const json_t *value = json_object_get(record, key);
    *out = json_is_true(value) || json_integer_value(value) == 1;
    bool is_flag = !value || json_is_boolean(value) ||
                   (json_is_integer(value) && json_integer_value(value) <= 1 && json_integer_value(value) >= 0);
    return is_flag ? RGPT_OK : rg_fail(err, RGPT_FORMAT, "'%s': found neither 0 nor 1", key);
}

/* ------------------------------------------------------------------ ids */

rgpt_status rg_id_list_add(rg_id_list *list, int64_t id, size_t index, rgpt_error *err) {
    struct rg_id_place *grown = rg_array_grow(list->items, &list->allocated, list->count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "ids", (list->count + 1) * sizeof *grown);
    list->items = grown;
    list->items[list->count++] = (struct rg_id_place){id, index};
    return RGPT_OK;
}

static int compare_places(const void *a, const void *b) {
    const struct rg_id_place *left = a, *right = b;
    if (left->id != right->id) return left->id < right->id ? -1 : 1;
    return (left->index > right->index) - (left->index < right->index);
}

rgpt_status rg_id_list_sort(rg_id_list *list, const char *section, const char *key, rgpt_error *err) {
    if (list->count > 0) qsort(list->items, list->count, sizeof *list->items, compare_places);
    for (size_t i = 1; i < list->count; i++) {
        const struct rg_id_place *first = &list->items[i - 1], *second = &list->items[i];
        if (first->id != second->id) continue;
        return rg_fail(err, RGPT_FORMAT, "%s[%zu] and %s[%zu]: both have %s %lld", section, first->index, section,
                       second->index, key, (long long)first->id);
    }
    return RGPT_OK;
}

void rg_id_list_reset(rg_id_list *list) {
    free(list->items);
    *list = (rg_id_list){0};
}
