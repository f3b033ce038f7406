/* Ground truth of instances. Two passes over the file: a polygon becomes a mask only once its image's size
 * is known, and files put the annotations before the images as often as behind. */
#include "eval/coco_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "eval/coco_record.h"
#include "image/segmentation.h"

typedef struct reader {
    rg_coco_truth *truth;
    unsigned needs;
    size_t image_room, category_room, annotation_room;
    rg_id_list image_ids, category_ids, annotation_ids;
} reader;

/* ------------------------------------------------------------------ first pass: images and categories */

/* A member's text into the buffer; absent is "", at offset 0. */
static rgpt_status keep_text(rg_coco_truth *truth, const json_t *record, const char *key, size_t *offset,
                             rgpt_error *err) {
    *offset = 0;
    if (!json_object_get(record, key)) return RGPT_OK;
    const char *text = NULL;
    rgpt_status status = rg_field_text(record, key, &text, err);
    if (status != RGPT_OK) return status;
    *offset = truth->text.size;
    return rg_buffer_append(&truth->text, text, strlen(text) + 1, err);
}

static rgpt_status add_image(reader *r, const rg_json_record *record, rgpt_error *err) {
    rg_coco_truth *truth = r->truth;
    rg_coco_image *grown = rg_array_grow(truth->images, &r->image_room, truth->image_count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "images", (truth->image_count + 1) * sizeof *grown);
    truth->images = grown;
    rg_coco_image *image = &grown[truth->image_count];
    rgpt_status status = rg_field_id(record->value, "id", &image->id, err);
    if (status == RGPT_OK) status = rg_field_size(record->value, "width", &image->width, err);
    if (status == RGPT_OK) status = rg_field_size(record->value, "height", &image->height, err);
    if (status == RGPT_OK) status = keep_text(truth, record->value, "file_name", &image->file_name, err);
    if (status != RGPT_OK) return status;
    if ((r->needs & RG_COCO_MASKS) && (image->width == 0 || image->height == 0)) {
        return rg_fail(err, RGPT_FORMAT, "found no 'width' and 'height', wanted them for the masks");
    }
    truth->image_count++;
    return rg_id_list_add(&r->image_ids, image->id, record->index, err);
}

static rgpt_status add_category(reader *r, const rg_json_record *record, rgpt_error *err) {
    rg_coco_truth *truth = r->truth;
    rg_coco_category *grown =
        rg_array_grow(truth->categories, &r->category_room, truth->category_count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "categories", (truth->category_count + 1) * sizeof *grown);
    truth->categories = grown;
    rg_coco_category *category = &grown[truth->category_count];
    rgpt_status status = rg_field_id(record->value, "id", &category->id, err);
    if (status == RGPT_OK) status = keep_text(truth, record->value, "name", &category->name, err);
    if (status != RGPT_OK) return status;
    truth->category_count++;
    return rg_id_list_add(&r->category_ids, category->id, record->index, err);
}

static rgpt_status visit_index(void *context, const rg_json_record *record, rgpt_error *err) {
    bool is_image = strcmp(record->section, "images") == 0;
    return is_image ? add_image(context, record, err) : add_category(context, record, err);
}

static int compare_images(const void *a, const void *b) {
    const rg_coco_image *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static int compare_categories(const void *a, const void *b) {
    const rg_coco_category *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

/* Into ascending order of ids, each of which may stand there once. */
static rgpt_status sort_index(reader *r, const char *name, rgpt_error *err) {
    rg_coco_truth *truth = r->truth;
    rgpt_status status = rg_id_list_sort(&r->image_ids, "images", "id", err);
    if (status == RGPT_OK) status = rg_id_list_sort(&r->category_ids, "categories", "id", err);
    if (status == RGPT_OK && truth->image_count == 0) {
        status = rg_fail(err, RGPT_FORMAT, "found no 'images', wanted an object with images, annotations, categories");
    }
    if (status == RGPT_OK && (truth->image_count > UINT32_MAX || truth->category_count > UINT32_MAX)) {
        status = rg_fail(err, RGPT_LIMIT, "found over %u images or categories", UINT32_MAX);
    }
    if (status != RGPT_OK) return rg_fail_within(err, status, "%s", name);
    qsort(truth->images, truth->image_count, sizeof *truth->images, compare_images);
    if (truth->category_count > 0) {
        qsort(truth->categories, truth->category_count, sizeof *truth->categories, compare_categories);
    }
    return RGPT_OK;
}

/* ------------------------------------------------------------------ second pass: annotations */

static rgpt_status read_mask(reader *r, const json_t *record, rg_coco_annotation *annotation, rgpt_error *err) {
    const json_t *segmentation = json_object_get(record, "segmentation");
    if (!segmentation) return rg_fail(err, RGPT_FORMAT, "found no 'segmentation', wanted one");
    const rg_coco_image *image = &r->truth->images[annotation->image];
    rg_rle mask = {0};
    rgpt_status status = rg_segmentation_parse(segmentation, image->height, image->width, &mask, err);
    if (status != RGPT_OK) return rg_fail_within(err, status, "'segmentation'");
    rg_buffer *masks = &r->truth->masks;
    annotation->mask.offset = masks->size;
    status = rg_rle_to_string(&mask, masks, err);
    annotation->mask.size = masks->size - annotation->mask.offset;
    rg_rle_reset(&mask);
    return status;
}

/* Whose it is. */
static rgpt_status read_owner(reader *r, const json_t *record, rg_coco_annotation *annotation, rgpt_error *err) {
    int64_t image_id = 0, category_id = 0;
    rgpt_status status = rg_field_id(record, "id", &annotation->id, err);
    if (status == RGPT_OK) status = rg_field_id(record, "image_id", &image_id, err);
    if (status == RGPT_OK) status = rg_field_id(record, "category_id", &category_id, err);
    if (status != RGPT_OK) return status;
    if (!rg_coco_find_image(r->truth, image_id, &annotation->image)) {
        return rg_fail(err, RGPT_FORMAT, "found image_id %lld, wanted an image's id", (long long)image_id);
    }
    if (!rg_coco_find_category(r->truth, category_id, &annotation->category)) {
        return rg_fail(err, RGPT_FORMAT, "found category_id %lld, wanted a category's id", (long long)category_id);
    }
    return RGPT_OK;
}

static rgpt_status read_shape(reader *r, const json_t *record, rg_coco_annotation *annotation, rgpt_error *err) {
    annotation->area = NAN;
    bool has_box = json_object_get(record, "bbox") || (r->needs & RG_COCO_BOXES);
    bool has_area = json_object_get(record, "area") || (r->needs & RG_COCO_AREAS);
    rgpt_status status = rg_field_flag(record, "iscrowd", &annotation->is_crowd, err);
    if (status == RGPT_OK && has_box) status = rg_field_box(record, "bbox", &annotation->box, err);
    if (status == RGPT_OK && has_area) status = rg_field_number(record, "area", &annotation->area, err);
    if (status == RGPT_OK && (r->needs & RG_COCO_MASKS)) status = read_mask(r, record, annotation, err);
    return status;
}

static rgpt_status visit_annotation(void *context, const rg_json_record *record, rgpt_error *err) {
    reader *r = context;
    rg_coco_truth *truth = r->truth;
    rg_coco_annotation *grown =
        rg_array_grow(truth->annotations, &r->annotation_room, truth->annotation_count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "annotations", (truth->annotation_count + 1) * sizeof *grown);
    truth->annotations = grown;
    rg_coco_annotation *annotation = &grown[truth->annotation_count];
    *annotation = (rg_coco_annotation){0};
    rgpt_status status = read_owner(r, record->value, annotation, err);
    if (status == RGPT_OK) status = read_shape(r, record->value, annotation, err);
    if (status != RGPT_OK) return status;
    truth->annotation_count++;
    return rg_id_list_add(&r->annotation_ids, annotation->id, record->index, err);
}

/* ------------------------------------------------------------------ the whole */

static rgpt_status read_truth(const rg_json_source *source, unsigned needs, rg_coco_truth *out, rgpt_error *err) {
    static const char *const index_sections[] = {"images", "categories", NULL};
    static const char *const annotation_sections[] = {"annotations", NULL};
    *out = (rg_coco_truth){.text.cap = (size_t)1 << 32, .masks.cap = (size_t)1 << 36};
    reader r = {.truth = out, .needs = needs};
    rgpt_status status = rg_buffer_append(&out->text, "", 1, err);
    if (status == RGPT_OK) status = rg_each_record(source, RG_JSON_OBJECT, index_sections, visit_index, &r, err);
    if (status == RGPT_OK) status = sort_index(&r, source->name, err);
    if (status == RGPT_OK)
        status = rg_each_record(source, RG_JSON_OBJECT, annotation_sections, visit_annotation, &r, err);
    if (status == RGPT_OK) {
        status = rg_id_list_sort(&r.annotation_ids, "annotations", "id", err);
        if (status != RGPT_OK) rg_fail_within(err, status, "%s", source->name);
    }
    rg_id_list_reset(&r.image_ids);
    rg_id_list_reset(&r.category_ids);
    rg_id_list_reset(&r.annotation_ids);
    if (status != RGPT_OK) rg_coco_truth_reset(out);
    return status;
}

rgpt_status rg_coco_truth_read(const char *path, unsigned needs, rg_coco_truth *out, rgpt_error *err) {
    return read_truth(&(rg_json_source){.name = path}, needs, out, err);
}

rgpt_status rg_coco_truth_read_bytes(const char *name, const void *bytes, size_t size, unsigned needs,
                                     rg_coco_truth *out, rgpt_error *err) {
    return read_truth(&(rg_json_source){name, bytes, size}, needs, out, err);
}

void rg_coco_truth_reset(rg_coco_truth *truth) {
    free(truth->images);
    free(truth->categories);
    free(truth->annotations);
    rg_buffer_reset(&truth->text);
    rg_buffer_reset(&truth->masks);
    *truth = (rg_coco_truth){0};
}

const char *rg_coco_text(const rg_coco_truth *truth, size_t offset) {
    return truth->text.data + offset;
}

bool rg_coco_find_image(const rg_coco_truth *truth, int64_t id, uint32_t *index) {
    if (truth->image_count == 0) return false;
    const rg_coco_image *found =
        bsearch(&(rg_coco_image){.id = id}, truth->images, truth->image_count, sizeof *truth->images, compare_images);
    if (found) *index = (uint32_t)(found - truth->images);
    return found != NULL;
}

bool rg_coco_find_category(const rg_coco_truth *truth, int64_t id, uint32_t *index) {
    if (truth->category_count == 0) return false;
    const rg_coco_category *found = bsearch(&(rg_coco_category){.id = id}, truth->categories, truth->category_count,
                                            sizeof *truth->categories, compare_categories);
    if (found) *index = (uint32_t)(found - truth->categories);
    return found != NULL;
}

rgpt_status rg_coco_annotation_mask(const rg_coco_truth *truth, const rg_coco_annotation *annotation, rg_rle *out,
                                    rgpt_error *err) {
    const rg_coco_image *image = &truth->images[annotation->image];
    return rg_rle_from_string(image->height, image->width, truth->masks.data + annotation->mask.offset,
                              annotation->mask.size, out, err);
}
