/* Regions from JSON, in whatever form people have them: one of our own, {"box": ...}; a COCO RLE; a COCO
 * annotation; a list of these; our own output, {"regions": [...]}; or a COCO file of a whole data set, of
 * which one picture's annotations are wanted. Files are walked record by record, so a large one costs time
 * but no memory. */
#include "image/region.h"

#include <string.h>

#include "base/json_stream.h"
#include "image/numbers.h"

static const struct {
    const char *name;
    rg_region_parse_fn *parse;
} kinds[] = {
#define X(name, parse) {#name, parse},
#include "image/region.def"
#undef X
};

typedef struct reader {
    rgpt_regions *regions;
    const char *text;
    size_t size;
    const char *file_name; /* of the wanted picture; NULL: any */
    json_t *image_id;      /* of the picture whose annotations are taken; owned; NULL: not known yet */
} reader;

/* ---- one region */

/* The kind that an object is, and the part of it that says where the region is. */
static rgpt_status find_kind(const json_t *object, rg_region_kind *kind, const json_t **value, rgpt_error *err) {
    *value = NULL;
    *kind = RG_REGION_box;
    for (int i = 0; i < RG_REGION_KIND_COUNT; i++) {
        const json_t *found = json_object_get(object, kinds[i].name);
        if (found && *value) {
            return rg_fail(err, RGPT_FORMAT, "found both \"%s\" and \"%s\", wanted one", kinds[*kind].name,
                           kinds[i].name);
        }
        if (!found) continue;
        *kind = (rg_region_kind)i;
        *value = found;
    }
    if (*value) return RGPT_OK;

    /* COCO: an RLE by itself; a segmentation; or, where that is missing or empty, a box. */
    const json_t *segmentation = json_object_get(object, "segmentation"), *box = json_object_get(object, "bbox");
    bool has_segmentation =
        json_is_array(segmentation) ? json_array_size(segmentation) > 0 : segmentation && !json_is_null(segmentation);
    if (json_object_get(object, "counts")) {
        *kind = RG_REGION_rle;
        *value = object;
    } else if (has_segmentation || (segmentation && !box)) {
        *kind = json_is_object(segmentation) ? RG_REGION_rle : RG_REGION_polygon;
        *value = segmentation;
    } else if (box) {
        *kind = RG_REGION_box;
        *value = box;
    } else {
        return rg_fail(err, RGPT_FORMAT,
                       "found no region in it, wanted \"box\", \"polygon\", \"rle\", \"mask\", "
                       "\"point\", \"scribble\", or a COCO annotation");
    }
    return RGPT_OK;
}

static rgpt_status add_object(reader *r, const json_t *object, rgpt_error *err) {
    if (!json_is_object(object)) {
        return rg_fail(err, RGPT_FORMAT, "region: found %s, wanted an object", rg_json_type_name(object));
    }
    rg_region_kind kind;
    const json_t *value;
    rg_rle mask;
    rgpt_status status = find_kind(object, &kind, &value, err);
    if (status == RGPT_OK) status = kinds[kind].parse(value, r->regions->height, r->regions->width, &mask, err);
    return status == RGPT_OK ? rg_regions_take(r->regions, kind, &mask, err) : status;
}

/* ---- lists */

/* An element of a list of annotations, all of which must be of one picture. */
static rgpt_status add_listed(reader *r, const json_t *object, rgpt_error *err) {
    json_t *id = json_object_get(object, "image_id");
    if (id && !r->image_id) r->image_id = json_incref(id);
    if (id && !json_equal(id, r->image_id)) {
        return rg_fail(err, RGPT_FORMAT,
                       "image_id: it differs from an annotation's before; wanted those of one picture");
    }
    return add_object(r, object, err);
}

/* An annotation of a data set. */
static rgpt_status add_if_of_image(reader *r, const json_t *object, rgpt_error *err) {
    return json_equal(json_object_get(object, "image_id"), r->image_id) ? add_object(r, object, err) : RGPT_OK;
}

/* Calls `use` for every record, of an object those of the sections. *count: how many there were. */
static rgpt_status each_record(reader *r, rg_json_layout layout, const char *const *sections,
                               rgpt_status (*use)(reader *r, const json_t *record, rgpt_error *err), size_t *count,
                               rgpt_error *err) {
    *count = 0;
    rg_json_stream *stream;
    rgpt_status status = rg_json_stream_open_bytes("regions", r->text, r->size, layout, sections, &stream, err);
    if (status != RGPT_OK) return status;
    for (rg_json_record record; (status = rg_json_stream_next(stream, &record, err)) == RGPT_OK && record.value;) {
        status = use(r, record.value, err);
        if (status != RGPT_OK) {
            status = rg_json_stream_fail(stream, status, err);
            break;
        }
        ++*count;
    }
    rg_json_stream_close(stream);
    return status;
}

/* ---- a COCO file */

static const char *last_part(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static rgpt_status check_size(const reader *r, const json_t *image, rgpt_error *err) {
    const json_t *width = json_object_get(image, "width"), *height = json_object_get(image, "height");
    if (!json_is_integer(width) || !json_is_integer(height)) return RGPT_OK; /* some data sets leave them out */
    if (json_integer_value(width) == r->regions->width && json_integer_value(height) == r->regions->height) {
        return RGPT_OK;
    }
    return rg_fail(err, RGPT_INVALID,
                   "found a picture of %" JSON_INTEGER_FORMAT " x %" JSON_INTEGER_FORMAT
                   ", wanted the given one's %u x %u (as displayed)",
                   json_integer_value(width), json_integer_value(height), r->regions->width, r->regions->height);
}

/* Notes the id of the picture of the wanted name. Folders are not compared: data sets are moved about. */
static rgpt_status find_image(reader *r, const json_t *image, rgpt_error *err) {
    const char *name = json_string_value(json_object_get(image, "file_name"));
    json_t *id = json_object_get(image, "id");
    if (!id) return rg_fail(err, RGPT_FORMAT, "id: found nothing, wanted the picture's id");
    if (r->file_name && (!name || strcmp(last_part(name), last_part(r->file_name)) != 0)) return RGPT_OK;
    if (r->image_id) {
        return rg_fail(err, RGPT_FORMAT, "found a second picture %s, wanted one",
                       r->file_name ? "of this name" : "(none is named)");
    }
    r->image_id = json_incref(id);
    return check_size(r, image, err);
}

static rgpt_status add_coco_file(reader *r, rgpt_error *err) {
    static const char *const images[] = {"images", NULL}, *const annotations[] = {"annotations", NULL};
    size_t count, before = r->regions->count;
    rgpt_status status = each_record(r, RG_JSON_OBJECT, images, find_image, &count, err);
    if (status != RGPT_OK) return status;
    const char *name = r->file_name ? r->file_name : "(no name)";
    if (!r->image_id) return rg_fail(err, RGPT_INVALID, "regions: none of %zu pictures is named %s", count, name);
    status = each_record(r, RG_JSON_OBJECT, annotations, add_if_of_image, &count, err);
    if (status == RGPT_OK && r->regions->count == before) {
        status = rg_fail(err, RGPT_INVALID, "regions: none of %zu annotations is of the picture %s", count, name);
    }
    return status;
}

/* ---- all of it */

static rgpt_status ignore_record(reader *r, const json_t *record, rgpt_error *err) {
    (void)r;
    (void)record;
    (void)err;
    return RGPT_OK;
}

static rgpt_status add_any(reader *r, rgpt_error *err) {
    static const char *const coco[] = {"images", NULL}, *const ours[] = {"regions", NULL};
    size_t start = 0, count;
    while (start < r->size && memchr(" \t\r\n", r->text[start], 4)) start++;
    if (start < r->size && r->text[start] == '[') return each_record(r, RG_JSON_ARRAY, NULL, add_listed, &count, err);

    rgpt_status status = each_record(r, RG_JSON_OBJECT, coco, ignore_record, &count, err);
    if (status != RGPT_OK) return status;
    if (count > 0) return add_coco_file(r, err);
    status = each_record(r, RG_JSON_OBJECT, ours, add_listed, &count, err);
    if (status != RGPT_OK || count > 0) return status;
    return each_record(r, RG_JSON_LINES, NULL, add_listed, &count, err); /* an object by itself */
}

rgpt_status rgpt_regions_add_json(rgpt_regions *regions, const char *text, size_t size, const char *file_name,
                                  rgpt_error *err) {
    rg_error_clear(err);
    reader r = {.regions = regions, .text = text, .size = size, .file_name = file_name};
    size_t before = regions->count;
    rgpt_status status = add_any(&r, err);
    if (status == RGPT_OK && regions->count == before) {
        status = rg_fail(err, RGPT_INVALID, "regions: found an empty list, wanted at least one region");
    }
    if (status != RGPT_OK) rg_regions_cut(regions, before);
    json_decref(r.image_id);
    return status;
}
