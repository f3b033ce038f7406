/* coco_json.h - the files of the COCO data format: instances, detection results, captions.
 *
 * Everything is read record by record (base/json_stream.h), so a file of 1 GB costs only what is kept of it,
 * and every error names the record: "val.json: annotations[17] at byte 4242: image_id 9 is no image's". The
 * readers are strict where the reference tools are not, because a wrong record makes a wrong score in
 * silence: identifiers that are missing, unknown or given twice, numbers that are not finite, boxes of
 * negative size.
 *
 * Images and categories are addressed by index, in ascending order of their ids: the order in which the COCO
 * evaluator visits them, on which scores with ties depend.
 *
 * Source: cocodataset.org/#format-data and #format-results; pycocotools 2.0 for what is decisive there.
 */
#ifndef RG_EVAL_COCO_JSON_H
#define RG_EVAL_COCO_JSON_H

#include "base/buffer.h"
#include "image/rle.h"

/* ------------------------------------------------------------------ ground truth of instances */

typedef struct rg_coco_image {
    int64_t id;
    uint32_t width, height; /* pixels; 0 where the file does not say */
    size_t file_name;       /* see rg_coco_text */
} rg_coco_image;

typedef struct rg_coco_category {
    int64_t id;
    size_t name; /* see rg_coco_text */
} rg_coco_category;

/* A mask, kept as COCO's compressed counts: a tenth of the memory of run lengths. */
typedef struct rg_coco_mask {
    size_t offset, size; /* in a buffer of masks; size 0: no mask */
} rg_coco_mask;

typedef struct rg_coco_annotation {
    int64_t id;
    uint32_t image, category; /* indexes */
    bool is_crowd;
    rg_box box;
    double area; /* square pixels, of the mask, whatever is evaluated; NAN where the file does not say */
    rg_coco_mask mask;
} rg_coco_annotation;

typedef struct rg_coco_truth {
    rg_coco_image *images; /* ascending id */
    size_t image_count;
    rg_coco_category *categories; /* ascending id */
    size_t category_count;
    rg_coco_annotation *annotations; /* as in the file */
    size_t annotation_count;
    rg_buffer text, masks;
} rg_coco_truth;

/* What every annotation must have; masks are read only if asked for. Or'ed. */
typedef enum rg_coco_needs {
    RG_COCO_BOXES = 1,
    RG_COCO_AREAS = 2,
    RG_COCO_MASKS = 4, /* implies image sizes */
} rg_coco_needs;

rgpt_status rg_coco_truth_read(const char *path, unsigned needs, rg_coco_truth *out, rgpt_error *err);

/* The same from bytes in memory; errors call them `name`. */
rgpt_status rg_coco_truth_read_bytes(const char *name, const void *bytes, size_t size, unsigned needs,
                                     rg_coco_truth *out, rgpt_error *err);

void rg_coco_truth_reset(rg_coco_truth *truth);

const char *rg_coco_text(const rg_coco_truth *truth, size_t offset); /* "" where the file had no such member */

/* Index of an id; false if there is none. */
bool rg_coco_find_image(const rg_coco_truth *truth, int64_t id, uint32_t *index);
bool rg_coco_find_category(const rg_coco_truth *truth, int64_t id, uint32_t *index);

/* Unpacks the mask of an annotation (whose mask.size is not 0). */
rgpt_status rg_coco_annotation_mask(const rg_coco_truth *truth, const rg_coco_annotation *annotation, rg_rle *out,
                                    rgpt_error *err);

/* ------------------------------------------------------------------ detection results */

typedef struct rg_coco_detection {
    uint32_t image, category; /* indexes in the ground truth */
    double score;
    rg_box box;
    double area;        /* decides the size range of an unmatched detection */
    const rg_rle *mask; /* NULL unless masks were asked for */
} rg_coco_detection;

/* Receives each detection in file order; a failure ends the reading and gets the record's place. */
typedef rgpt_status rg_coco_detection_fn(void *context, const rg_coco_detection *detection, rgpt_error *err);

/* Reads a result file, [{"image_id", "category_id", "score", "bbox" and/or "segmentation"}, ...].
 *
 * As in the reference, the first record decides what all are: with a box, boxes are required, the area is
 * width x height even when a mask stands beside it, and where there is no mask the box is drawn as one;
 * without, the area is the mask's and a missing box is the mask's bounds. An "id" is not required, but must
 * not come twice. An empty array is a result: no detections. */
rgpt_status rg_coco_results_read(const char *path, const rg_coco_truth *truth, bool with_masks,
                                 rg_coco_detection_fn *receive, void *context, rgpt_error *err);
rgpt_status rg_coco_results_read_bytes(const char *name, const void *bytes, size_t size, const rg_coco_truth *truth,
                                       bool with_masks, rg_coco_detection_fn *receive, void *context, rgpt_error *err);

/* ------------------------------------------------------------------ captions */

typedef struct rg_coco_caption {
    int64_t image_id;
    size_t text, size; /* UTF-8, at captions->text.data + text; a zero byte follows */
} rg_coco_caption;

typedef struct rg_coco_captions {
    rg_coco_caption *items; /* as in the file */
    size_t count;
    int64_t *image_ids; /* ascending; truth: of "images"; results: of the items */
    size_t image_count;
    rg_buffer text;
} rg_coco_captions;

/* Ground truth, {"images": [{"id"}], "annotations": [{"id", "image_id", "caption"}]}: any number of captions
 * an image. */
rgpt_status rg_coco_captions_read_truth(const char *path, rg_coco_captions *out, rgpt_error *err);

/* Results, [{"image_id", "caption"}]: one caption an image, of images of `truth`. How many images have none
 * is the difference of the image counts: whether that is an error depends on the task. */
rgpt_status rg_coco_captions_read_results(const char *path, const rg_coco_captions *truth, rg_coco_captions *out,
                                          rgpt_error *err);

void rg_coco_captions_reset(rg_coco_captions *captions);

#endif
