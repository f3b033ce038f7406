/* Matching every pair: overlaps of boxes or masks, in parallel. */
#include "eval/coco_ap_state.h"

#include <stdatomic.h>
#include <stdlib.h>

/* A truth as it is compared: its mask unpacked once for all detections of the pair. */
typedef struct shape {
    rg_box box; /* or the mask's bounds */
    rg_rle mask;
} shape;

/* ------------------------------------------------------------------ one pair */

static rgpt_status make_mask_shape(rg_rle *mask, rgpt_status status, shape *out) {
    *out = (shape){0};
    if (status != RGPT_OK) return status;
    *out = (shape){.box = rg_rle_bounds(mask), .mask = *mask};
    return RGPT_OK;
}

static rgpt_status open_truth(const rg_ap *ap, const rg_coco_annotation *a, shape *out, rgpt_error *err) {
    *out = (shape){.box = a->box};
    if (!ap->options.by_mask) return RGPT_OK;
    rg_rle mask = {0};
    return make_mask_shape(&mask, rg_coco_annotation_mask(ap->truth, a, &mask, err), out);
}

static rgpt_status open_detection(const rg_ap *ap, const ap_detection *d, shape *out, rgpt_error *err) {
    *out = (shape){0};
    if (!ap->options.by_mask) {
        out->box = d->box;
        return RGPT_OK;
    }
    const rg_coco_image *image = &ap->truth->images[d->image];
    const char *packed = ap->masks.data + d->mask.offset;
    rg_rle mask = {0};
    rgpt_status status = rg_rle_from_string(image->height, image->width, packed, d->mask.size, &mask, err);
    return make_mask_shape(&mask, status, out);
}

static double overlap(const rg_ap *ap, const shape *detection, const shape *truth, bool is_crowd) {
    double of_boxes = rg_box_iou(detection->box, truth->box, is_crowd);
    /* Masks are counted out only where their bounds meet, which few do. */
    if (!ap->options.by_mask || of_boxes == 0) return of_boxes;
    return rg_rle_iou(&detection->mask, &truth->mask, is_crowd);
}

/* The pair's truths in the form that matching needs. */
typedef struct truths {
    shape *shapes;
    double *areas;
    bool *is_crowd;
    size_t count; /* of shapes opened */
} truths;

static void close_truths(truths *t) {
    for (size_t i = 0; i < t->count; i++) rg_rle_reset(&t->shapes[i].mask);
    free(t->shapes);
    free(t->areas);
    free(t->is_crowd);
}

static rgpt_status open_truths(const rg_ap *ap, const ap_pair *pair, truths *out, rgpt_error *err) {
    size_t room = pair->truth_count + 1;
    *out = (truths){malloc(room * sizeof *out->shapes), malloc(room * sizeof *out->areas),
                    malloc(room * sizeof *out->is_crowd), 0};
    rgpt_status status = RGPT_OK;
    if (!out->shapes || !out->areas || !out->is_crowd) {
        status = rg_fail_memory(err, "matching", room * sizeof *out->shapes);
    }
    while (status == RGPT_OK && out->count < pair->truth_count) {
        size_t i = out->count++;
        const rg_coco_annotation *a = &ap->truth->annotations[ap->truth_order[pair->truth_begin + i]];
        out->areas[i] = a->area;
        out->is_crowd[i] = a->is_crowd;
        status = open_truth(ap, a, &out->shapes[i], err);
    }
    if (status != RGPT_OK) close_truths(out);
    return status;
}

rgpt_status rg_ap_match_pair(const rg_ap *ap, const ap_pair *pair, rg_match *scratch, rg_ap_outcome_fn *outcome,
                             void *context, rgpt_error *err) {
    truths t;
    rgpt_status status = open_truths(ap, pair, &t, err);
    if (status != RGPT_OK) return status;
    status = rg_match_begin(scratch, t.areas, t.is_crowd, t.count, err);
    for (size_t i = 0; status == RGPT_OK && i < pair->slot_count; i++) {
        const ap_detection *d = &ap->detections[ap->slots[pair->slot_begin + i].detection];
        shape found;
        status = open_detection(ap, d, &found, err);
        if (status != RGPT_OK) break;
        for (size_t j = 0; j < t.count; j++) scratch->iou[j] = overlap(ap, &found, &t.shapes[j], t.is_crowd[j]);
        rg_rle_reset(&found.mask);
        rg_match_result result;
        rg_match_detection(scratch, &result);
        outcome(context, scratch, i, &result);
    }
    close_truths(&t);
    return status;
}

/* ------------------------------------------------------------------ all pairs */

typedef struct pair_run {
    rg_ap *ap;
    const ap_pair *pair;
} pair_run;

static void keep_outcome(void *context, const rg_match *match, size_t position, const rg_match_result *result) {
    const pair_run *run = context;
    const rg_ap *ap = run->ap;
    const uint32_t *order = ap->truth_order + run->pair->truth_begin;
    ap_slot *slot = &run->ap->slots[run->pair->slot_begin + position];
    double area = ap->detections[slot->detection].area;
    for (rg_ap_size size = 0; size < RG_AP_SIZE_COUNT; size++) {
        bool is_outside = !rg_ap_in_range(area, size);
        for (size_t t = 0; t < RG_AP_IOU_COUNT; t++) {
            int32_t index = result->truth[size][t];
            uint16_t bit = (uint16_t)(1 << t);
            bool is_match = index != RG_UNMATCHED && ap->truth->annotations[order[index]].id != 0;
            bool is_ignored = index != RG_UNMATCHED && rg_match_is_ignored(match, (size_t)index, size);
            if (is_match) slot->matched[size] |= bit;
            if (is_ignored || (!is_match && is_outside)) slot->ignored[size] |= bit;
        }
    }
}

rgpt_status rg_ap_match_all(rg_ap *ap, rgpt_error *err) {
    rgpt_status failed = RGPT_OK;
    atomic_flag has_failed = ATOMIC_FLAG_INIT;
#pragma omp parallel
    {
        rg_match scratch = {0};
        rgpt_error own = {0};
#pragma omp for schedule(dynamic, 16)
        for (size_t i = 0; i < ap->pair_count; i++) {
            if (own.status != RGPT_OK || ap->pairs[i].slot_count == 0) continue;
            pair_run run = {ap, &ap->pairs[i]};
            rg_ap_match_pair(ap, run.pair, &scratch, keep_outcome, &run, &own);
        }
        rg_match_reset(&scratch);
        if (own.status != RGPT_OK && !atomic_flag_test_and_set(&has_failed)) { /* one of them reports */
            failed = rg_fail(err, own.status, "%s", own.message);
        }
    }
    return failed;
}
