#include "eval/coco_ap_state.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"

/* ------------------------------------------------------------------ opening */

static rgpt_status check_truth(const rg_coco_truth *truth, bool by_mask, rgpt_error *err) {
    for (size_t i = 0; i < truth->annotation_count; i++) {
        const rg_coco_annotation *a = &truth->annotations[i];
        if (isnan(a->area)) return rg_fail(err, RGPT_INVALID, "annotation %lld has no area", (long long)a->id);
        if (by_mask && a->mask.size == 0) {
            return rg_fail(err, RGPT_INVALID, "annotation %lld has no mask", (long long)a->id);
        }
    }
    return RGPT_OK;
}

static rgpt_status choose_images(rg_ap *ap, rgpt_error *err) {
    const rg_ap_options *options = &ap->options;
    if (!options->image_ids) return RGPT_OK;
    ap->is_evaluated = calloc(ap->truth->image_count + 1, 1);
    if (!ap->is_evaluated) return rg_fail_memory(err, "average precision", ap->truth->image_count);
    for (size_t i = 0; i < options->image_id_count; i++) {
        uint32_t image;
        if (!rg_coco_find_image(ap->truth, options->image_ids[i], &image)) {
            return rg_fail(err, RGPT_INVALID, "image ids: found %lld, which the ground truth lacks",
                           (long long)options->image_ids[i]);
        }
        ap->is_evaluated[image] = 1;
    }
    ap->options.image_ids = NULL; /* the caller's, needed no longer */
    return RGPT_OK;
}

static rgpt_status choose_limits(rg_ap *ap, rgpt_error *err) {
    uint32_t *limits = ap->options.limits;
    if (limits[0] == 0 && limits[1] == 0 && limits[2] == 0) {
        limits[0] = 1;
        limits[1] = 10;
        limits[2] = 100;
    }
    if (limits[0] >= 1 && limits[0] <= limits[1] && limits[1] <= limits[2]) return RGPT_OK;
    return rg_fail(err, RGPT_INVALID, "limits of detections: found %u, %u, %u, wanted them ascending from 1", limits[0],
                   limits[1], limits[2]);
}

rgpt_status rg_ap_new(const rg_coco_truth *truth, const rg_ap_options *options, rg_ap **out, rgpt_error *err) {
    *out = NULL;
    rg_ap *ap = calloc(1, sizeof *ap);
    if (!ap) return rg_fail_memory(err, "average precision", sizeof *ap);
    ap->truth = truth;
    ap->options = *options;
    ap->masks.cap = (size_t)1 << 36;
    ap->category_count = options->pool_categories ? 1 : truth->category_count;
    rgpt_status status = check_truth(truth, options->by_mask, err);
    if (status == RGPT_OK) status = choose_limits(ap, err);
    if (status == RGPT_OK) status = choose_images(ap, err);
    if (status != RGPT_OK) {
        rg_ap_free(ap);
        return status;
    }
    *out = ap;
    return RGPT_OK;
}

void rg_ap_free(rg_ap *ap) {
    if (!ap) return;
    free(ap->is_evaluated);
    free(ap->detections);
    rg_buffer_reset(&ap->masks);
    free(ap->categories);
    free(ap->pairs);
    free(ap->truth_order);
    free(ap->slots);
    free(ap->by_score);
    free(ap);
}

/* ------------------------------------------------------------------ adding and finishing */

static rgpt_status check_detection(const rg_ap *ap, const rg_coco_detection *d, rgpt_error *err) {
    if (ap->is_finished) return rg_fail(err, RGPT_INVALID, "detection added after the end");
    if (d->image >= ap->truth->image_count || d->category >= ap->truth->category_count) {
        return rg_fail(err, RGPT_INVALID, "detection: found image %u of %zu, category %u of %zu", d->image,
                       ap->truth->image_count, d->category, ap->truth->category_count);
    }
    if (!isfinite(d->score)) return rg_fail(err, RGPT_INVALID, "detection: found score %g, wanted a number", d->score);
    if (ap->options.by_mask && !d->mask) return rg_fail(err, RGPT_INVALID, "detection without a mask");
    if (ap->detection_count >= UINT32_MAX) return rg_fail(err, RGPT_LIMIT, "found over %u detections", UINT32_MAX);
    return RGPT_OK;
}

rgpt_status rg_ap_add(rg_ap *ap, const rg_coco_detection *d, rgpt_error *err) {
    rgpt_status status = check_detection(ap, d, err);
    if (status != RGPT_OK) return status;
    if (ap->is_evaluated && !ap->is_evaluated[d->image]) return RGPT_OK;
    ap_detection *grown = rg_array_grow(ap->detections, &ap->detection_room, ap->detection_count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "detections", (ap->detection_count + 1) * sizeof *grown);
    ap->detections = grown;
    ap_detection *kept = &grown[ap->detection_count];
    *kept =
        (ap_detection){.image = d->image, .category = d->category, .score = d->score, .area = d->area, .box = d->box};
    if (ap->options.by_mask) {
        kept->mask.offset = ap->masks.size;
        status = rg_rle_to_string(d->mask, &ap->masks, err);
        kept->mask.size = ap->masks.size - kept->mask.offset;
    }
    if (status == RGPT_OK) ap->detection_count++;
    return status;
}

static rgpt_status receive(void *context, const rg_coco_detection *detection, rgpt_error *err) {
    return rg_ap_add(context, detection, err);
}

rgpt_status rg_ap_add_file(rg_ap *ap, const char *path, rgpt_error *err) {
    return rg_coco_results_read(path, ap->truth, ap->options.by_mask, receive, ap, err);
}

rgpt_status rg_ap_finish(rg_ap *ap, rg_ap_summary *out, rgpt_error *err) {
    if (ap->is_finished) return rg_fail(err, RGPT_INVALID, "average precision: finished twice");
    ap->is_finished = true;
    rgpt_status status = rg_ap_group(ap, err);
    if (status == RGPT_OK) status = rg_ap_match_all(ap, err);
    if (status == RGPT_OK) status = rg_ap_rank(ap, err);
    if (status == RGPT_OK) status = rg_ap_summarize(ap, out, err);
    return status;
}

/* ------------------------------------------------------------------ looking at one pair */

static const ap_pair *find_pair(const rg_ap *ap, uint32_t image, uint32_t category) {
    size_t low = 0, high = ap->pair_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const ap_pair *pair = &ap->pairs[middle];
        bool is_before = pair->category < category || (pair->category == category && pair->image < image);
        if (is_before) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == ap->pair_count || ap->pairs[low].image != image || ap->pairs[low].category != category) return NULL;
    return &ap->pairs[low];
}

typedef struct pair_view {
    const rg_ap *ap;
    const ap_pair *pair;
    rg_ap_size size;
    rg_ap_pair *out;
} pair_view;

static void keep_result(void *context, const rg_match *match, size_t position, const rg_match_result *result) {
    (void)match;
    const pair_view *view = context;
    const uint32_t *order = view->ap->truth_order + view->pair->truth_begin;
    for (size_t t = 0; t < RG_AP_IOU_COUNT; t++) {
        int32_t index = result->truth[view->size][t];
        view->out->matches[position].truth[t] = index == RG_UNMATCHED ? RG_UNMATCHED : (int32_t)order[index];
    }
}

static rgpt_status open_pair(const ap_pair *pair, rg_ap_pair *out, rgpt_error *err) {
    *out = (rg_ap_pair){
        .detection_count = pair->slot_count,
        .truth_count = pair->truth_count,
        .detections = malloc((pair->slot_count + 1) * sizeof *out->detections),
        .scores = malloc((pair->slot_count + 1) * sizeof *out->scores),
        .truths = malloc((pair->truth_count + 1) * sizeof *out->truths),
        .truth_ignored = malloc((pair->truth_count + 1) * sizeof *out->truth_ignored),
        .ignored = malloc((pair->slot_count + 1) * sizeof *out->ignored),
        .matches = malloc((pair->slot_count + 1) * sizeof *out->matches),
    };
    bool has_detections = out->detections && out->scores && out->ignored && out->matches;
    if (has_detections && out->truths && out->truth_ignored) return RGPT_OK;
    rg_ap_pair_reset(out);
    return rg_fail_memory(err, "pair", pair->slot_count * sizeof *out->matches);
}

rgpt_status rg_ap_pair_at(const rg_ap *ap, uint32_t image, uint32_t category, rg_ap_size size, rg_ap_pair *out,
                          rgpt_error *err) {
    *out = (rg_ap_pair){0};
    const ap_pair *pair = find_pair(ap, image, category);
    if (!pair) return RGPT_OK; /* neither truth nor detection: an empty pair */
    rgpt_status status = open_pair(pair, out, err);
    if (status != RGPT_OK) return status;
    rg_match scratch = {0};
    pair_view view = {ap, pair, size, out};
    status = rg_ap_match_pair(ap, pair, &scratch, keep_result, &view, err);
    for (size_t i = 0; status == RGPT_OK && i < pair->slot_count; i++) {
        const ap_slot *slot = &ap->slots[pair->slot_begin + i];
        out->detections[i] = slot->detection;
        out->ignored[i] = slot->ignored[size];
        out->scores[i] = ap->detections[out->detections[i]].score;
    }
    for (size_t i = 0; status == RGPT_OK && i < pair->truth_count; i++) {
        uint32_t index = rg_match_order(&scratch, size)[i];
        out->truths[i] = ap->truth_order[pair->truth_begin + index];
        out->truth_ignored[i] = rg_match_is_ignored(&scratch, index, size);
    }
    rg_match_reset(&scratch);
    if (status != RGPT_OK) rg_ap_pair_reset(out);
    return status;
}

void rg_ap_pair_reset(rg_ap_pair *pair) {
    free(pair->detections);
    free(pair->scores);
    free(pair->truths);
    free(pair->truth_ignored);
    free(pair->ignored);
    free(pair->matches);
    *pair = (rg_ap_pair){0};
}
