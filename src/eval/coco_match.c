#include "eval/coco_match.h"

#include <stdlib.h>

#include "base/checked.h"

struct rg_match_truth {
    bool is_crowd;
    uint8_t ignored;                  /* a bit a size range */
    uint16_t taken[RG_AP_SIZE_COUNT]; /* a bit a threshold: a detection has it */
};

double rg_ap_threshold(size_t index) {
    /* As numpy's linspace(.5, .95, 10) rounds: a step, its multiples, then the start. */
    const double step = (0.95 - 0.5) / 9;
    return (double)index * step + 0.5;
}

bool rg_ap_in_range(double area, rg_ap_size size) {
    static const double least[] = {0, 0, 32 * 32, 96 * 96}, most[] = {1e10, 32 * 32, 96 * 96, 1e10};
    return !(area < least[size] || area > most[size]);
}

static rgpt_status reserve(rg_match *m, size_t count, rgpt_error *err) {
    if (count <= m->room) return RGPT_OK;
    if (count > INT32_MAX) return rg_fail(err, RGPT_LIMIT, "found %zu truths in one image, at most 2^31 - 1", count);
    rg_match_reset(m);
    m->truths = malloc(count * sizeof *m->truths);
    m->iou = malloc(count * sizeof *m->iou);
    bool is_complete = m->truths && m->iou;
    for (int size = 0; size < RG_AP_SIZE_COUNT; size++) {
        m->order[size] = malloc(count * sizeof *m->order[size]);
        is_complete = is_complete && m->order[size];
    }
    if (!is_complete) {
        rg_match_reset(m);
        return rg_fail_memory(err, "matching", count * sizeof *m->truths);
    }
    m->room = count;
    return RGPT_OK;
}

static void sort_ignored_last(rg_match *m, rg_ap_size size) {
    size_t placed = 0;
    for (int ignored = 0; ignored <= 1; ignored++) {
        for (size_t i = 0; i < m->truth_count; i++) {
            if (rg_match_is_ignored(m, i, size) == (ignored == 1)) m->order[size][placed++] = (uint32_t)i;
        }
    }
}

rgpt_status rg_match_begin(rg_match *m, const double *areas, const bool *is_crowd, size_t truth_count,
                           rgpt_error *err) {
    rgpt_status status = reserve(m, truth_count, err);
    if (status != RGPT_OK) return status;
    m->truth_count = truth_count;
    for (size_t i = 0; i < truth_count; i++) {
        m->truths[i] = (struct rg_match_truth){.is_crowd = is_crowd[i]};
        for (rg_ap_size size = 0; size < RG_AP_SIZE_COUNT; size++) {
            if (is_crowd[i] || !rg_ap_in_range(areas[i], size)) m->truths[i].ignored |= (uint8_t)(1 << size);
        }
    }
    for (rg_ap_size size = 0; size < RG_AP_SIZE_COUNT; size++) sort_ignored_last(m, size);
    return RGPT_OK;
}

bool rg_match_is_ignored(const rg_match *m, size_t index, rg_ap_size size) {
    return (m->truths[index].ignored >> size) & 1;
}

const uint32_t *rg_match_order(const rg_match *m, rg_ap_size size) {
    return m->order[size];
}

static int32_t match_at(rg_match *m, rg_ap_size size, size_t threshold) {
    double best_iou = rg_ap_threshold(threshold);
    int32_t best = RG_UNMATCHED;
    for (size_t i = 0; i < m->truth_count; i++) {
        int32_t index = (int32_t)m->order[size][i];
        const struct rg_match_truth *truth = &m->truths[index];
        bool is_free = !((truth->taken[size] >> threshold) & 1) || truth->is_crowd;
        if (!is_free) continue;
        /* Whoever has one that counts does not look at the ignored ones, which all come behind. */
        bool is_settled = best != RG_UNMATCHED && !rg_match_is_ignored(m, (size_t)best, size);
        if (is_settled && rg_match_is_ignored(m, (size_t)index, size)) break;
        if (m->iou[index] < best_iou) continue;
        best_iou = m->iou[index];
        best = index;
    }
    if (best != RG_UNMATCHED) m->truths[best].taken[size] |= (uint16_t)(1 << threshold);
    return best;
}

/* The overlaps that reach the lowest threshold decide alone, and most detections have none. */
static bool has_candidate(const rg_match *m) {
    double lowest = rg_ap_threshold(0);
    for (size_t i = 0; i < m->truth_count; i++) {
        if (!(m->iou[i] < lowest)) return true;
    }
    return false;
}

void rg_match_detection(rg_match *m, rg_match_result *out) {
    bool may_match = has_candidate(m);
    for (rg_ap_size size = 0; size < RG_AP_SIZE_COUNT; size++) {
        for (size_t t = 0; t < RG_AP_IOU_COUNT; t++) {
            out->truth[size][t] = may_match ? match_at(m, size, t) : RG_UNMATCHED;
        }
    }
}

void rg_match_reset(rg_match *m) {
    free(m->truths);
    free(m->iou);
    for (int size = 0; size < RG_AP_SIZE_COUNT; size++) free(m->order[size]);
    *m = (rg_match){0};
}
