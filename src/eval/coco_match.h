/* coco_match.h - who matches whom: the detections of one image and category against its ground truth.
 *
 * Detections come best score first; each takes the free truth that it overlaps most, at each of ten IoU
 * thresholds and in each of four size ranges on its own. Truths outside the range, and crowds, are
 * "ignored": they are tried last, and whoever matches one is neither right nor wrong; a crowd can be matched
 * any number of times. Of two equal overlaps the later truth wins. Memory is a row of truths: no matrix.
 *
 * Source: pycocotools 2.0, cocoeval.evaluateImg, whose decisions in every tie are these.
 */
#ifndef RG_EVAL_COCO_MATCH_H
#define RG_EVAL_COCO_MATCH_H

#include "base/error.h"

enum { RG_AP_IOU_COUNT = 10 }; /* thresholds .50, .55 ... .95 */
enum { RG_AP_IOU_50 = 0, RG_AP_IOU_75 = 5 };

/* Size ranges by area in square pixels, both ends inclusive: all 0 to 1e10, small to 32^2, medium to 96^2,
 * large from there. An object of exactly 1024 is small and medium. */
typedef enum rg_ap_size { RG_AP_ALL, RG_AP_SMALL, RG_AP_MEDIUM, RG_AP_LARGE, RG_AP_SIZE_COUNT } rg_ap_size;

double rg_ap_threshold(size_t index); /* of RG_AP_IOU_COUNT */
bool rg_ap_in_range(double area, rg_ap_size size);

enum { RG_UNMATCHED = -1 };

/* Truths that one detection matches, by index in the order they were given. */
typedef struct rg_match_result {
    int32_t truth[RG_AP_SIZE_COUNT][RG_AP_IOU_COUNT]; /* or RG_UNMATCHED */
} rg_match_result;

/* Scratch that serves one pair of image and category after another; zero-initialise. */
typedef struct rg_match {
    size_t truth_count;
    size_t room;
    struct rg_match_truth *truths; /* owned, all of them */
    uint32_t *order[RG_AP_SIZE_COUNT];
    double *iou; /* the caller's to fill before rg_match_detection: overlap with each truth */
} rg_match;

/* Starts a pair: `areas` and `is_crowd` of its truths. */
rgpt_status rg_match_begin(rg_match *m, const double *areas, const bool *is_crowd, size_t truth_count, rgpt_error *err);

/* The next best detection, with m->iou filled. */
void rg_match_detection(rg_match *m, rg_match_result *out);

/* Whether truth `index` counts neither for nor against, in this range. */
bool rg_match_is_ignored(const rg_match *m, size_t index, rg_ap_size size);

/* The truths, those that count first, in each part as given: `truth_count` indexes. */
const uint32_t *rg_match_order(const rg_match *m, rg_ap_size size);

void rg_match_reset(rg_match *m);

#endif
