/* coco_ap_state.h - what the parts of the evaluator (coco_ap.h) share.
 *
 * Adding fills `detections`. Finishing goes through three steps, each a file:
 *   coco_group.c    sorts truths and detections into pairs of one image and category, pairs by category;
 *   coco_overlap.c  matches each pair, leaving eight bytes of outcome with each detection;
 *   coco_curve.c    ranks each category's detections by score and turns outcomes into precision and recall.
 */
#ifndef RG_EVAL_COCO_AP_STATE_H
#define RG_EVAL_COCO_AP_STATE_H

#include "eval/coco_ap.h"

/* A detection as it was added. */
typedef struct ap_detection {
    uint32_t image, category;
    double score, area;
    union {
        rg_box box;
        rg_coco_mask mask; /* in rg_ap.masks; when masks are compared */
    };
} ap_detection;

/* A detection that is looked at: among the best of its pair. One bit a threshold. */
typedef struct ap_slot {
    uint32_t detection;
    uint32_t rank; /* in its pair, from 0 */
    uint16_t matched[RG_AP_SIZE_COUNT];
    uint16_t ignored[RG_AP_SIZE_COUNT]; /* neither right nor wrong */
} ap_slot;

typedef struct ap_pair {
    uint32_t image, category;        /* category 0 when pooled */
    size_t truth_begin, truth_count; /* in truth_order */
    size_t slot_begin, slot_count;   /* in slots, best score first */
} ap_pair;

typedef struct ap_category {
    size_t slot_begin, slot_end;          /* of its pairs; also its part of by_score */
    size_t truth_count[RG_AP_SIZE_COUNT]; /* that count */
} ap_category;

struct rg_ap {
    const rg_coco_truth *truth;
    rg_ap_options options;
    uint8_t *is_evaluated; /* of each image; NULL: all are */
    bool is_finished;

    ap_detection *detections;
    size_t detection_count, detection_room;
    rg_buffer masks;

    size_t category_count; /* 1 when pooled */
    ap_category *categories;
    ap_pair *pairs; /* by category, then image */
    size_t pair_count;
    uint32_t *truth_order; /* annotations, pair by pair, as in the file */
    ap_slot *slots;
    size_t slot_count;
    uint32_t *by_score; /* slots; each category's part sorted, best first, ties in the order of pairs */
};

rgpt_status rg_ap_group(rg_ap *ap, rgpt_error *err);
rgpt_status rg_ap_match_all(rg_ap *ap, rgpt_error *err);
rgpt_status rg_ap_rank(rg_ap *ap, rgpt_error *err);
rgpt_status rg_ap_summarize(const rg_ap *ap, rg_ap_summary *out, rgpt_error *err);

/* Receives the outcome of one detection: its position in the pair, and truths by position in the pair. */
typedef void rg_ap_outcome_fn(void *context, const rg_match *match, size_t position, const rg_match_result *result);

/* Matches the detections of one pair in turn; `scratch` is left begun for it. */
rgpt_status rg_ap_match_pair(const rg_ap *ap, const ap_pair *pair, rg_match *scratch, rg_ap_outcome_fn *outcome,
                             void *context, rgpt_error *err);

#endif
