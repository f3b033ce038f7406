/* Detection results. */
#include "eval/coco_json.h"

#include "eval/coco_record.h"
#include "image/polygon.h"
#include "image/segmentation.h"

/* What the first record had, and all must have. */
typedef enum result_form { FORM_UNKNOWN, FORM_BOX, FORM_MASK } result_form;

typedef struct reader {
    const rg_coco_truth *truth;
    bool with_masks;
    rg_coco_detection_fn *receive;
    void *context;
    result_form form;
    rg_id_list ids;
} reader;

/* "bbox": [] counts as none, as in the reference. */
static bool has_box(const json_t *record) {
    const json_t *box = json_object_get(record, "bbox");
    return box && !(json_is_array(box) && json_array_size(box) == 0);
}

static rgpt_status choose_form(reader *r, const json_t *record, rgpt_error *err) {
    if (!has_box(record) && !json_object_get(record, "segmentation")) {
        return rg_fail(err, RGPT_FORMAT, "found neither 'bbox' nor 'segmentation', wanted one of them");
    }
    r->form = has_box(record) ? FORM_BOX : FORM_MASK;
    return RGPT_OK;
}

/* The mask of a record: its own, or its box drawn as one. */
static rgpt_status read_mask(const reader *r, const json_t *record, const rg_coco_detection *detection, rg_rle *out,
                             rgpt_error *err) {
    const rg_coco_image *image = &r->truth->images[detection->image];
    if (image->height == 0 || image->width == 0) {
        return rg_fail(err, RGPT_FORMAT, "image %lld has no size in the ground truth, wanted one for the mask",
                       (long long)image->id);
    }
    const json_t *segmentation = json_object_get(record, "segmentation");
    if (!segmentation && r->form == FORM_BOX) {
        return rg_box_rle(detection->box, image->height, image->width, out, err);
    }
    if (!segmentation) return rg_fail(err, RGPT_FORMAT, "found no 'segmentation', wanted one as in the first record");
    rgpt_status status = rg_segmentation_parse(segmentation, image->height, image->width, out, err);
    return status == RGPT_OK ? status : rg_fail_within(err, status, "'segmentation'");
}

static rgpt_status read_owner(reader *r, const rg_json_record *record, rg_coco_detection *detection, rgpt_error *err) {
    int64_t image_id = 0, category_id = 0, id = 0;
    rgpt_status status = rg_field_id(record->value, "image_id", &image_id, err);
    if (status == RGPT_OK) status = rg_field_id(record->value, "category_id", &category_id, err);
    if (status == RGPT_OK) status = rg_field_number(record->value, "score", &detection->score, err);
    if (status != RGPT_OK) return status;
    if (!rg_coco_find_image(r->truth, image_id, &detection->image)) {
        return rg_fail(err, RGPT_FORMAT, "found image_id %lld, which the ground truth lacks", (long long)image_id);
    }
    if (!rg_coco_find_category(r->truth, category_id, &detection->category)) {
        return rg_fail(err, RGPT_FORMAT, "found category_id %lld, which the ground truth lacks",
                       (long long)category_id);
    }
    if (!json_object_get(record->value, "id")) return RGPT_OK;
    status = rg_field_id(record->value, "id", &id, err);
    return status == RGPT_OK ? rg_id_list_add(&r->ids, id, record->index, err) : status;
}

static rgpt_status visit_detection(void *context, const rg_json_record *record, rgpt_error *err) {
    reader *r = context;
    const json_t *value = record->value;
    rg_coco_detection detection = {0};
    rgpt_status status = r->form == FORM_UNKNOWN ? choose_form(r, value, err) : RGPT_OK;
    if (status == RGPT_OK) status = read_owner(r, record, &detection, err);
    bool wants_box = r->form == FORM_BOX || has_box(value);
    if (status == RGPT_OK && wants_box) status = rg_field_box(value, "bbox", &detection.box, err);
    if (status != RGPT_OK) return status;

    detection.area = detection.box.width * detection.box.height;
    rg_rle mask = {0};
    if (r->with_masks || r->form == FORM_MASK) {
        status = read_mask(r, value, &detection, &mask, err);
        if (status != RGPT_OK) return status;
        if (r->form == FORM_MASK) detection.area = (double)rg_rle_area(&mask);
        if (!wants_box) detection.box = rg_rle_bounds(&mask);
        if (r->with_masks) detection.mask = &mask;
    }
    status = r->receive(r->context, &detection, err);
    rg_rle_reset(&mask);
    return status;
}

static rgpt_status read_results(const rg_json_source *source, reader *r, rgpt_error *err) {
    rgpt_status status = rg_each_record(source, RG_JSON_ARRAY, NULL, visit_detection, r, err);
    if (status == RGPT_OK) {
        status = rg_id_list_sort(&r->ids, "detections", "id", err);
        if (status != RGPT_OK) rg_fail_within(err, status, "%s", source->name);
    }
    rg_id_list_reset(&r->ids);
    return status;
}

rgpt_status rg_coco_results_read(const char *path, const rg_coco_truth *truth, bool with_masks,
                                 rg_coco_detection_fn *receive, void *context, rgpt_error *err) {
    reader r = {.truth = truth, .with_masks = with_masks, .receive = receive, .context = context};
    return read_results(&(rg_json_source){.name = path}, &r, err);
}

rgpt_status rg_coco_results_read_bytes(const char *name, const void *bytes, size_t size, const rg_coco_truth *truth,
                                       bool with_masks, rg_coco_detection_fn *receive, void *context, rgpt_error *err) {
    reader r = {.truth = truth, .with_masks = with_masks, .receive = receive, .context = context};
    return read_results(&(rg_json_source){name, bytes, size}, &r, err);
}
