/* Captions, of the ground truth and of results. */
#include "eval/coco_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "eval/coco_record.h"

typedef struct reader {
    rg_coco_captions *captions;
    const rg_coco_captions *truth; /* NULL: this is the ground truth */
    size_t room;
    rg_id_list image_ids;      /* of "images", or of the results */
    rg_id_list annotation_ids; /* of the ground truth */
} reader;

static rgpt_status add_caption(reader *r, const rg_json_record *record, rgpt_error *err) {
    rg_coco_captions *captions = r->captions;
    rg_coco_caption *grown = rg_array_grow(captions->items, &r->room, captions->count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "captions", (captions->count + 1) * sizeof *grown);
    captions->items = grown;

    rg_coco_caption *caption = &grown[captions->count];
    const char *text = NULL;
    rgpt_status status = rg_field_id(record->value, "image_id", &caption->image_id, err);
    if (status == RGPT_OK) status = rg_field_text(record->value, "caption", &text, err);
    if (status != RGPT_OK) return status;
    caption->text = captions->text.size;
    caption->size = strlen(text);
    captions->count++;
    return rg_buffer_append(&captions->text, text, caption->size + 1, err);
}

static int compare_ids(const void *a, const void *b) {
    const int64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static bool has_image(const rg_coco_captions *captions, int64_t id) {
    return captions->image_count > 0 &&
           bsearch(&id, captions->image_ids, captions->image_count, sizeof id, compare_ids) != NULL;
}

static rgpt_status visit_image(void *context, const rg_json_record *record, rgpt_error *err) {
    reader *r = context;
    int64_t id = 0;
    rgpt_status status = rg_field_id(record->value, "id", &id, err);
    return status == RGPT_OK ? rg_id_list_add(&r->image_ids, id, record->index, err) : status;
}

static rgpt_status visit_caption(void *context, const rg_json_record *record, rgpt_error *err) {
    reader *r = context;
    rgpt_status status = add_caption(r, record, err);
    if (status != RGPT_OK) return status;
    int64_t id = r->captions->items[r->captions->count - 1].image_id;
    if (!has_image(r->truth ? r->truth : r->captions, id)) {
        return rg_fail(err, RGPT_FORMAT, "found image_id %lld, wanted an image's id%s", (long long)id,
                       r->truth ? " of the ground truth" : "");
    }
    if (r->truth) return rg_id_list_add(&r->image_ids, id, record->index, err);
    status = rg_field_id(record->value, "id", &id, err);
    return status == RGPT_OK ? rg_id_list_add(&r->annotation_ids, id, record->index, err) : status;
}

/* The sorted ids of the list become the captions' images; each may stand there once. */
static rgpt_status keep_image_ids(reader *r, const char *section, const char *key, rgpt_error *err) {
    rgpt_status status = rg_id_list_sort(&r->image_ids, section, key, err);
    if (status != RGPT_OK) return status;
    size_t count = r->image_ids.count;
    int64_t *ids = malloc((count + 1) * sizeof *ids);
    if (!ids) return rg_fail_memory(err, section, count * sizeof *ids);
    for (size_t i = 0; i < count; i++) ids[i] = r->image_ids.items[i].id;
    r->captions->image_ids = ids;
    r->captions->image_count = count;
    return RGPT_OK;
}

/* Frees what only reading needed, and on failure the result. */
static rgpt_status end_reading(reader *r, rgpt_status status) {
    rg_id_list_reset(&r->image_ids);
    rg_id_list_reset(&r->annotation_ids);
    if (status != RGPT_OK) rg_coco_captions_reset(r->captions);
    return status;
}

rgpt_status rg_coco_captions_read_truth(const char *path, rg_coco_captions *out, rgpt_error *err) {
    static const char *const images[] = {"images", NULL}, *const annotations[] = {"annotations", NULL};
    const rg_json_source source = {.name = path};
    *out = (rg_coco_captions){.text.cap = (size_t)1 << 36};
    reader r = {.captions = out};
    rgpt_status status = rg_each_record(&source, RG_JSON_OBJECT, images, visit_image, &r, err);
    if (status == RGPT_OK) {
        status = keep_image_ids(&r, "images", "id", err);
        if (status != RGPT_OK) rg_fail_within(err, status, "%s", path);
    }
    if (status == RGPT_OK) status = rg_each_record(&source, RG_JSON_OBJECT, annotations, visit_caption, &r, err);
    if (status == RGPT_OK) {
        status = rg_id_list_sort(&r.annotation_ids, "annotations", "id", err);
        if (status != RGPT_OK) rg_fail_within(err, status, "%s", path);
    }
    return end_reading(&r, status);
}

rgpt_status rg_coco_captions_read_results(const char *path, const rg_coco_captions *truth, rg_coco_captions *out,
                                          rgpt_error *err) {
    const rg_json_source source = {.name = path};
    *out = (rg_coco_captions){.text.cap = (size_t)1 << 36};
    reader r = {.captions = out, .truth = truth};
    rgpt_status status = rg_each_record(&source, RG_JSON_ARRAY, NULL, visit_caption, &r, err);
    if (status == RGPT_OK) {
        status = keep_image_ids(&r, "results", "image_id", err);
        if (status != RGPT_OK) rg_fail_within(err, status, "%s", path);
    }
    return end_reading(&r, status);
}

void rg_coco_captions_reset(rg_coco_captions *captions) {
    free(captions->items);
    free(captions->image_ids);
    rg_buffer_reset(&captions->text);
    *captions = (rg_coco_captions){0};
}
