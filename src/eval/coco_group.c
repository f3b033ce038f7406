/* Sorting into pairs: what is compared with what, and in which order. */
#include "eval/coco_ap_state.h"

#include <stdlib.h>

/* Sorted by pair, then score (0 for truths), then order of addition. */
typedef struct entry {
    uint64_t pair; /* category << 32 | image */
    double score;
    uint64_t turn; /* when pooled, categories come in turn, as the reference concatenates them */
    uint32_t index;
} entry;

static int compare_entries(const void *a, const void *b) {
    const entry *left = a, *right = b;
    if (left->pair != right->pair) return left->pair < right->pair ? -1 : 1;
    if (left->score != right->score) return left->score > right->score ? -1 : 1;
    return (left->turn > right->turn) - (left->turn < right->turn);
}

static entry make_entry(const rg_ap *ap, uint32_t image, uint32_t category, double score, size_t index) {
    bool pooled = ap->options.pool_categories;
    return (entry){
        .pair = (pooled ? 0 : (uint64_t)category << 32) | image,
        .score = score,
        .turn = (pooled ? (uint64_t)category << 32 : 0) | index,
        .index = (uint32_t)index,
    };
}

static void sort_entries(entry *entries, size_t count) {
    if (count > 0) qsort(entries, count, sizeof *entries, compare_entries);
}

static size_t list_truths(const rg_ap *ap, entry *out) {
    size_t count = 0;
    for (size_t i = 0; i < ap->truth->annotation_count; i++) {
        const rg_coco_annotation *a = &ap->truth->annotations[i];
        if (ap->is_evaluated && !ap->is_evaluated[a->image]) continue;
        out[count++] = make_entry(ap, a->image, a->category, 0, i);
    }
    sort_entries(out, count);
    return count;
}

static void list_detections(const rg_ap *ap, entry *out) {
    for (size_t i = 0; i < ap->detection_count; i++) {
        const ap_detection *d = &ap->detections[i];
        out[i] = make_entry(ap, d->image, d->category, d->score, i);
    }
    sort_entries(out, ap->detection_count);
}

/* How many entries from `begin` on belong to the same pair. */
static size_t run_length(const entry *entries, size_t begin, size_t count, uint64_t pair) {
    size_t end = begin;
    while (end < count && entries[end].pair == pair) end++;
    return end - begin;
}

/* Takes the next pair off both sorted lists. */
static void add_pair(rg_ap *ap, const entry *truths, size_t *truth_at, size_t truth_count, const entry *detections,
                     size_t *detection_at) {
    bool has_truth = *truth_at < truth_count, has_detection = *detection_at < ap->detection_count;
    uint64_t id = has_truth ? truths[*truth_at].pair : UINT64_MAX;
    if (has_detection && detections[*detection_at].pair < id) id = detections[*detection_at].pair;

    ap_pair *pair = &ap->pairs[ap->pair_count++];
    *pair = (ap_pair){.image = (uint32_t)id,
                      .category = (uint32_t)(id >> 32),
                      .truth_begin = *truth_at,
                      .truth_count = run_length(truths, *truth_at, truth_count, id),
                      .slot_begin = ap->slot_count};
    for (size_t i = 0; i < pair->truth_count; i++) ap->truth_order[*truth_at + i] = truths[*truth_at + i].index;
    *truth_at += pair->truth_count;

    size_t found = run_length(detections, *detection_at, ap->detection_count, id);
    size_t most = ap->options.limits[RG_AP_LIMIT_COUNT - 1];
    pair->slot_count = found < most ? found : most;
    for (size_t i = 0; i < pair->slot_count; i++) {
        ap->slots[ap->slot_count++] = (ap_slot){.detection = detections[*detection_at + i].index, .rank = (uint32_t)i};
    }
    *detection_at += found;
}

static void add_to_category(rg_ap *ap, const ap_pair *pair) {
    ap_category *category = &ap->categories[pair->category];
    if (category->slot_end == 0) category->slot_begin = pair->slot_begin;
    category->slot_end = pair->slot_begin + pair->slot_count;
    for (size_t i = 0; i < pair->truth_count; i++) {
        const rg_coco_annotation *a = &ap->truth->annotations[ap->truth_order[pair->truth_begin + i]];
        for (rg_ap_size size = 0; size < RG_AP_SIZE_COUNT; size++) {
            category->truth_count[size] += !a->is_crowd && rg_ap_in_range(a->area, size);
        }
    }
}

rgpt_status rg_ap_group(rg_ap *ap, rgpt_error *err) {
    size_t truth_room = ap->truth->annotation_count + 1, detection_room = ap->detection_count + 1;
    entry *truths = malloc(truth_room * sizeof *truths);
    entry *detections = malloc(detection_room * sizeof *detections);
    ap->categories = calloc(ap->category_count + 1, sizeof *ap->categories);
    ap->pairs = malloc((truth_room + detection_room) * sizeof *ap->pairs);
    ap->truth_order = malloc(truth_room * sizeof *ap->truth_order);
    ap->slots = malloc(detection_room * sizeof *ap->slots);
    rgpt_status status = RGPT_OK;
    if (!truths || !detections || !ap->categories || !ap->pairs || !ap->truth_order || !ap->slots) {
        status = rg_fail_memory(err, "average precision", (truth_room + detection_room) * sizeof(entry));
    } else {
        size_t truth_count = list_truths(ap, truths), truth_at = 0, detection_at = 0;
        list_detections(ap, detections);
        while (truth_at < truth_count || detection_at < ap->detection_count) {
            add_pair(ap, truths, &truth_at, truth_count, detections, &detection_at);
            add_to_category(ap, &ap->pairs[ap->pair_count - 1]);
        }
    }
    free(truths);
    free(detections);
    return status;
}
