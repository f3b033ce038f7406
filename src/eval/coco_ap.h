/* coco_ap.h - average precision and recall of detections, as COCO's evaluator computes them.
 *
 *     rg_ap_new(truth, options) -> rg_ap_add ... -> rg_ap_finish -> rg_ap_curve, rg_ap_pair -> rg_ap_free
 *
 * Detections are added in file order, which decides ties of score (sorting is stable; images are visited in
 * ascending order of id). The twelve numbers equal those of pycocotools 2.0 to the last digit, including
 * what surprises in it:
 *   - precision is tp / (fp + tp + 2^-52), so a perfect detector has 0.9999999999999998 at a recall level;
 *   - means are taken over categories that have truth only, summed as numpy sums (mean.h);
 *   - an object's size range goes by its annotation's area (of the mask, also for boxes), an unmatched
 *     detection's by its own;
 *   - a truth whose id is 0 can be taken, but whoever takes it counts as wrong: the reference cannot tell
 *     the id from "no match". rg_ap_summary counts such truths so that a report can warn.
 *
 * Matching runs over pairs of image and category, precision over categories, in parallel (OpenMP); the
 * result does not depend on the number of threads. Memory: 56 bytes and the packed mask a detection, three times
 * that while finishing.
 */
#ifndef RG_EVAL_COCO_AP_H
#define RG_EVAL_COCO_AP_H

#include "eval/coco_json.h"
#include "eval/coco_match.h"

enum { RG_AP_RECALL_COUNT = 101 }; /* recall levels 0, .01 ... 1 */
enum { RG_AP_LIMIT_COUNT = 3 };    /* most detections of one image and category that are looked at */

typedef struct rg_ap_options {
    bool by_mask;                       /* overlap of masks, not of boxes */
    bool pool_categories;               /* any category matches any ("useCats = 0") */
    uint32_t limits[RG_AP_LIMIT_COUNT]; /* ascending; all 0: 1, 10, 100 */
    const int64_t *image_ids;           /* evaluate these images only; NULL: all */
    size_t image_id_count;
} rg_ap_options;

/* The twelve numbers, in the order in which the reference prints them. */
typedef enum rg_ap_number {
    RG_AP, /* mean over the thresholds, all sizes, the last limit */
    RG_AP50,
    RG_AP75,
    RG_AP_S,
    RG_AP_M,
    RG_AP_L,
    RG_AR_FIRST, /* recall with the first limit: AR1 */
    RG_AR_SECOND,
    RG_AR_LAST,
    RG_AR_S,
    RG_AR_M,
    RG_AR_L,
    RG_AP_NUMBER_COUNT
} rg_ap_number;

/* "AP", "AP50", "AP75", "AP_s", "AP_m", "AP_l", "AR1", "AR10", "AR100", "AR_s", "AR_m", "AR_l" */
const char *rg_ap_number_name(rg_ap_number number);

typedef struct rg_ap_summary {
    double numbers[RG_AP_NUMBER_COUNT]; /* -1: no truth to find. Nothing detected is 0. */
    size_t detection_count;             /* added, on the evaluated images */
    size_t truth_count;                 /* crowds included */
    size_t crowd_count;
    size_t zero_id_count; /* truths with id 0, see above */
    size_t image_count;
    size_t category_count; /* with truth that is no crowd */
} rg_ap_summary;

/* One category (or all, pooled) at one size range and limit; tables are [threshold][recall level], flat. */
enum { RG_AP_CELL_COUNT = RG_AP_IOU_COUNT * RG_AP_RECALL_COUNT };
typedef struct rg_ap_curve {
    size_t truth_count;                 /* that counts; 0: the rest is -1 */
    double precision[RG_AP_CELL_COUNT]; /* best at this recall or beyond */
    double score[RG_AP_CELL_COUNT];     /* at which that recall is reached */
    double recall[RG_AP_IOU_COUNT];     /* in the end */
} rg_ap_curve;

/* One image and category in one size range, for looking at: who matched whom. */
typedef struct rg_ap_pair {
    size_t detection_count, truth_count;
    uint32_t *detections; /* in the order of adding from 0; best score first, at most the last limit */
    double *scores;       /* of them */
    uint16_t *ignored;    /* of them: a bit a threshold, neither right nor wrong */
    struct rg_ap_match {
        int32_t truth[RG_AP_IOU_COUNT]; /* index of the annotation, or RG_UNMATCHED */
    } * matches;                        /* of them */
    uint32_t *truths;                   /* indexes of annotations, those that count first */
    bool *truth_ignored;                /* of them */
} rg_ap_pair;

typedef struct rg_ap rg_ap; /* the evaluator */

/* `truth` must outlive the evaluator, and have been read with RG_COCO_AREAS and the boxes or masks needed. */
rgpt_status rg_ap_new(const rg_coco_truth *truth, const rg_ap_options *options, rg_ap **out, rgpt_error *err);
void rg_ap_free(rg_ap *ap);

/* Its box or its mask is copied. A detection of an image that is not evaluated is dropped. */
rgpt_status rg_ap_add(rg_ap *ap, const rg_coco_detection *detection, rgpt_error *err);

/* Adds a whole result file, see rg_coco_results_read; on failure some of it may have been added. */
rgpt_status rg_ap_add_file(rg_ap *ap, const char *path, rgpt_error *err);

/* Once; nothing can be added afterwards. */
rgpt_status rg_ap_finish(rg_ap *ap, rg_ap_summary *out, rgpt_error *err);

/* After finish. `category` and `image` are indexes in the truth (category 0 when pooled), `limit` is one of
 * RG_AP_LIMIT_COUNT. rg_ap_category_mean averages a curve at the last limit as rg_ap_finish does over all: -1
 * without truth. */
rgpt_status rg_ap_curve_at(const rg_ap *ap, uint32_t category, rg_ap_size size, unsigned limit, rg_ap_curve *out,
                           rgpt_error *err);
rgpt_status rg_ap_category_mean(const rg_ap *ap, uint32_t category, rg_ap_size size, double *out, rgpt_error *err);
rgpt_status rg_ap_pair_at(const rg_ap *ap, uint32_t image, uint32_t category, rg_ap_size size, rg_ap_pair *out,
                          rgpt_error *err);
void rg_ap_pair_reset(rg_ap_pair *pair);

#endif
