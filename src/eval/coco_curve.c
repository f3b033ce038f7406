/* From outcomes to precision, recall and the twelve numbers. */
#include "eval/coco_ap_state.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/checked.h"
#include "eval/mean.h"

/* ------------------------------------------------------------------ ranking */

typedef struct ranked {
    double score;
    uint32_t slot;
} ranked;

static int compare_ranked(const void *a, const void *b) {
    const ranked *left = a, *right = b;
    if (left->score != right->score) return left->score > right->score ? -1 : 1;
    return (left->slot > right->slot) - (left->slot < right->slot);
}

static void rank_category(rg_ap *ap, const ap_category *category, ranked *scratch) {
    size_t count = category->slot_end - category->slot_begin;
    ranked *mine = scratch + category->slot_begin;
    for (size_t i = 0; i < count; i++) {
        size_t slot = category->slot_begin + i;
        mine[i] = (ranked){ap->detections[ap->slots[slot].detection].score, (uint32_t)slot};
    }
    if (count > 0) qsort(mine, count, sizeof *mine, compare_ranked);
    for (size_t i = 0; i < count; i++) ap->by_score[category->slot_begin + i] = mine[i].slot;
}

rgpt_status rg_ap_rank(rg_ap *ap, rgpt_error *err) {
    size_t room = ap->slot_count + 1;
    ranked *scratch = malloc(room * sizeof *scratch);
    ap->by_score = malloc(room * sizeof *ap->by_score);
    bool is_complete = scratch && ap->by_score;
    if (is_complete) {
#pragma omp parallel for schedule(dynamic, 1)
        for (size_t k = 0; k < ap->category_count; k++) rank_category(ap, &ap->categories[k], scratch);
    }
    free(scratch);
    return is_complete ? RGPT_OK : rg_fail_memory(err, "average precision", room * sizeof *scratch);
}

/* ------------------------------------------------------------------ one curve */

/* Where a detection is right. Between two of these precision only falls, so they alone shape the curve. */
typedef struct hit {
    double precision, score;
} hit;

static double recall_level(size_t index) {
    return index == RG_AP_RECALL_COUNT - 1 ? 1.0 : (double)index * 0.01;
}

/* Walks the category's detections, best first; returns the number of hits (written to `hits` if not NULL). */
static size_t find_hits(const rg_ap *ap, const ap_category *category, rg_ap_size size, uint32_t limit, size_t t,
                        hit *hits) {
    size_t right = 0, wrong = 0;
    uint16_t bit = (uint16_t)(1 << t);
    for (size_t i = category->slot_begin; i < category->slot_end; i++) {
        const ap_slot *slot = &ap->slots[ap->by_score[i]];
        if (slot->rank >= limit || (slot->ignored[size] & bit)) continue;
        if (!(slot->matched[size] & bit)) {
            wrong++;
            continue;
        }
        if (hits) {
            double looked_at = (double)wrong + (double)(right + 1) + DBL_EPSILON;
            hits[right] = (hit){(double)(right + 1) / looked_at, ap->detections[slot->detection].score};
        }
        right++;
    }
    return right;
}

/* The score of the very first detection: recall level 0 is reached there, right or wrong. */
static double first_score(const rg_ap *ap, const ap_category *category) {
    if (category->slot_begin == category->slot_end) return 0;
    return ap->detections[ap->slots[ap->by_score[category->slot_begin]].detection].score;
}

/* Reads precision and score off at the 101 recall levels; beyond the last hit both are 0. */
static void sample_hits(hit *hits, size_t count, double truth_count, double first, double *precision, double *score) {
    for (size_t i = count; i > 1; i--) {
        if (hits[i - 1].precision > hits[i - 2].precision) hits[i - 2].precision = hits[i - 1].precision;
    }
    size_t at = 0;
    for (size_t r = 0; r < RG_AP_RECALL_COUNT; r++) {
        while (at < count && (double)(at + 1) / truth_count < recall_level(r)) at++;
        precision[r] = at < count ? hits[at].precision : 0;
        score[r] = at < count ? hits[at].score : 0;
    }
    score[0] = first;
}

static void fill_curve(const rg_ap *ap, const ap_category *category, rg_ap_size size, unsigned limit, hit *scratch,
                       rg_ap_curve *out) {
    out->truth_count = category->truth_count[size];
    double truth_count = (double)out->truth_count;
    for (size_t t = 0; t < RG_AP_IOU_COUNT; t++) {
        size_t count = find_hits(ap, category, size, ap->options.limits[limit], t, scratch);
        out->recall[t] = (double)count / truth_count;
        size_t row = t * RG_AP_RECALL_COUNT;
        sample_hits(scratch, count, truth_count, first_score(ap, category), out->precision + row, out->score + row);
    }
}

static void clear_curve(rg_ap_curve *out) {
    *out = (rg_ap_curve){0};
    for (size_t t = 0; t < RG_AP_IOU_COUNT; t++) out->recall[t] = -1;
    for (size_t i = 0; i < RG_AP_CELL_COUNT; i++) out->precision[i] = out->score[i] = -1;
}

rgpt_status rg_ap_curve_at(const rg_ap *ap, uint32_t category, rg_ap_size size, unsigned limit, rg_ap_curve *out,
                           rgpt_error *err) {
    if (!ap->is_finished || category >= ap->category_count || limit >= RG_AP_LIMIT_COUNT) {
        return rg_fail(err, RGPT_INVALID, "average precision: found category %u of %zu, limit %u, %s", category,
                       ap->category_count, limit, ap->is_finished ? "finished" : "not finished");
    }
    clear_curve(out);
    const ap_category *c = &ap->categories[category];
    if (c->truth_count[size] == 0) return RGPT_OK;
    /* No truth that counts is taken twice, so there are no more hits than truths, nor than detections. */
    size_t room = c->slot_end - c->slot_begin + 1;
    hit *scratch = malloc(room * sizeof *scratch);
    if (!scratch) return rg_fail_memory(err, "average precision", room * sizeof *scratch);
    fill_curve(ap, c, size, limit, scratch, out);
    free(scratch);
    return RGPT_OK;
}

rgpt_status rg_ap_category_mean(const rg_ap *ap, uint32_t category, rg_ap_size size, double *out, rgpt_error *err) {
    rg_ap_curve *curve = malloc(sizeof *curve);
    if (!curve) return rg_fail_memory(err, "average precision", sizeof *curve);
    rgpt_status status = rg_ap_curve_at(ap, category, size, RG_AP_LIMIT_COUNT - 1, curve, err);
    if (status == RGPT_OK) {
        size_t count = curve->truth_count > 0 ? RG_AP_CELL_COUNT : 0;
        *out = rg_mean(curve->precision, count, -1);
    }
    free(curve);
    return status;
}

/* ------------------------------------------------------------------ the twelve numbers */

/* The curves of every category with truth in one size range: precision [T][R][K] and recall [T][K], the order
 * in which the reference flattens them, on which the rounding of the mean depends. */
typedef struct table {
    double *precision, *recall;
    uint32_t *categories; /* of K */
    size_t count;         /* K */
} table;

static void close_table(table *t) {
    free(t->precision);
    free(t->recall);
    free(t->categories);
}

static rgpt_status open_table(const rg_ap *ap, rg_ap_size size, table *out, rgpt_error *err) {
    *out = (table){.categories = malloc((ap->category_count + 1) * sizeof *out->categories)};
    if (!out->categories) return rg_fail_memory(err, "average precision", ap->category_count * sizeof(uint32_t));
    for (size_t k = 0; k < ap->category_count; k++) {
        if (ap->categories[k].truth_count[size] > 0) out->categories[out->count++] = (uint32_t)k;
    }
    size_t bytes = SIZE_MAX;
    if (rg_mul_size((out->count + 1) * sizeof(double), RG_AP_CELL_COUNT, &bytes)) out->precision = malloc(bytes);
    out->recall = malloc((out->count + 1) * RG_AP_IOU_COUNT * sizeof(double));
    if (out->precision && out->recall) return RGPT_OK;
    close_table(out);
    return rg_fail_memory(err, "average precision", bytes);
}

static void keep_curve(table *t, size_t k, const rg_ap_curve *curve) {
    for (size_t i = 0; i < RG_AP_IOU_COUNT; i++) t->recall[i * t->count + k] = curve->recall[i];
    for (size_t i = 0; i < RG_AP_CELL_COUNT; i++) t->precision[i * t->count + k] = curve->precision[i];
}

/* Curves of all categories, in parallel: each writes only its own column. */
static rgpt_status fill_table(const rg_ap *ap, rg_ap_size size, table *t, rgpt_error *err) {
    rgpt_status failed = RGPT_OK;
#pragma omp parallel
    {
        rg_ap_curve *curve = malloc(sizeof *curve);
        rgpt_status own = curve ? RGPT_OK : RGPT_NO_MEMORY;
#pragma omp for schedule(dynamic, 1)
        for (size_t k = 0; k < t->count; k++) {
            if (own != RGPT_OK) continue;
            own = rg_ap_curve_at(ap, t->categories[k], size, RG_AP_LIMIT_COUNT - 1, curve, NULL);
            if (own == RGPT_OK) keep_curve(t, k, curve);
        }
        free(curve);
        if (own != RGPT_OK) {
#pragma omp atomic write
            failed = own;
        }
    }
    return failed == RGPT_OK ? RGPT_OK : rg_fail_memory(err, "average precision", sizeof(rg_ap_curve));
}

/* Mean recall with fewer detections: only the number of hits is needed. */
static double mean_recall(const rg_ap *ap, table *t, unsigned limit) {
    for (size_t i = 0; i < RG_AP_IOU_COUNT; i++) {
        for (size_t k = 0; k < t->count; k++) {
            const ap_category *c = &ap->categories[t->categories[k]];
            size_t hits = find_hits(ap, c, RG_AP_ALL, ap->options.limits[limit], i, NULL);
            t->recall[i * t->count + k] = (double)hits / (double)c->truth_count[RG_AP_ALL];
        }
    }
    return rg_mean(t->recall, RG_AP_IOU_COUNT * t->count, -1);
}

static rgpt_status summarize_size(const rg_ap *ap, rg_ap_size size, double *numbers, rgpt_error *err) {
    static const rg_ap_number recall_number[RG_AP_SIZE_COUNT] = {RG_AR_LAST, RG_AR_S, RG_AR_M, RG_AR_L};
    static const rg_ap_number precision_number[RG_AP_SIZE_COUNT] = {RG_AP, RG_AP_S, RG_AP_M, RG_AP_L};
    table t;
    rgpt_status status = open_table(ap, size, &t, err);
    if (status != RGPT_OK) return status;
    status = fill_table(ap, size, &t, err);
    size_t level = RG_AP_RECALL_COUNT * t.count; /* values a threshold */
    if (status == RGPT_OK) {
        numbers[precision_number[size]] = rg_mean(t.precision, RG_AP_IOU_COUNT * level, -1);
        numbers[recall_number[size]] = rg_mean(t.recall, RG_AP_IOU_COUNT * t.count, -1);
    }
    if (status == RGPT_OK && size == RG_AP_ALL) {
        numbers[RG_AP50] = rg_mean(t.precision + RG_AP_IOU_50 * level, level, -1);
        numbers[RG_AP75] = rg_mean(t.precision + RG_AP_IOU_75 * level, level, -1);
        numbers[RG_AR_FIRST] = mean_recall(ap, &t, 0);
        numbers[RG_AR_SECOND] = mean_recall(ap, &t, 1);
    }
    close_table(&t);
    return status;
}

rgpt_status rg_ap_summarize(const rg_ap *ap, rg_ap_summary *out, rgpt_error *err) {
    *out = (rg_ap_summary){.detection_count = ap->detection_count};
    for (size_t i = 0; i < ap->truth->image_count; i++) out->image_count += !ap->is_evaluated || ap->is_evaluated[i];
    for (size_t i = 0; i < ap->truth->annotation_count; i++) {
        const rg_coco_annotation *a = &ap->truth->annotations[i];
        if (ap->is_evaluated && !ap->is_evaluated[a->image]) continue;
        out->truth_count++;
        out->crowd_count += a->is_crowd;
        out->zero_id_count += a->id == 0;
    }
    for (size_t k = 0; k < ap->category_count; k++) out->category_count += ap->categories[k].truth_count[RG_AP_ALL] > 0;
    rgpt_status status = RGPT_OK;
    for (rg_ap_size size = 0; size < RG_AP_SIZE_COUNT && status == RGPT_OK; size++) {
        status = summarize_size(ap, size, out->numbers, err);
    }
    return status;
}

const char *rg_ap_number_name(rg_ap_number number) {
    static const char *const names[RG_AP_NUMBER_COUNT] = {"AP",  "AP50", "AP75",  "AP_s", "AP_m", "AP_l",
                                                          "AR1", "AR10", "AR100", "AR_s", "AR_m", "AR_l"};
    return names[number];
}
