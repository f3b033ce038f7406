#include "eval/classify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "eval/lowercase.h"

typedef struct label {
    const char *name; /* lower case, in rg_class.names */
    uint32_t category;
} label;

typedef struct said {
    uint32_t truth, answer;
} said;

struct rg_class {
    const rg_coco_truth *truth;
    rg_buffer names;                  /* in lower case, each with its zero byte */
    size_t *name_at;                  /* of each category in `names` */
    label *labels;                    /* sorted by name */
    uint8_t *is_answered;             /* of each annotation */
    bool has_text, has_probabilities; /* what the run's answers are */
    rg_class_report report;
    said *said;
    size_t said_count, said_room;
    rg_ap *ap[RG_CLASS_VARIANT_COUNT]; /* NULL: not asked for */
};

const char *rg_class_variant_name(rg_class_variant variant) {
    static const char *const names[RG_CLASS_VARIANT_COUNT] = {"text_score1", "softmax_all_labels", "softmax_top1"};
    return names[variant];
}

double rg_class_accuracy(const rg_class_tally *tally) {
    return tally->total > 0 ? (double)tally->correct / (double)tally->total : 0;
}

/* ------------------------------------------------------------------ labels */

static int compare_labels(const void *a, const void *b) {
    const label *left = a, *right = b;
    return strcmp(left->name, right->name);
}

/* Appends text[0..size) in lower case and a zero byte; *at is where it begins. */
static rgpt_status append_lower(rg_buffer *out, const char *text, size_t size, size_t *at, rgpt_error *err) {
    *at = out->size;
    rgpt_status status = rg_lowercase(text, size, out, err);
    return status == RGPT_OK ? rg_buffer_append(out, "", 1, err) : status;
}

static rgpt_status list_labels(rg_class *c, rgpt_error *err) {
    const rg_coco_truth *truth = c->truth;
    size_t count = truth->category_count;
    for (size_t k = 0; k < count; k++) {
        const char *name = rg_coco_text(truth, truth->categories[k].name);
        rgpt_status status = append_lower(&c->names, name, strlen(name), &c->name_at[k], err);
        if (status != RGPT_OK) return status;
    }
    for (size_t k = 0; k < count; k++) c->labels[k] = (label){c->names.data + c->name_at[k], (uint32_t)k};
    if (count > 0) qsort(c->labels, count, sizeof *c->labels, compare_labels);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(c->labels[i - 1].name, c->labels[i].name) != 0) continue;
        return rg_fail(err, RGPT_INVALID, "categories %lld and %lld are both called '%s'",
                       (long long)truth->categories[c->labels[i - 1].category].id,
                       (long long)truth->categories[c->labels[i].category].id, c->labels[i].name);
    }
    return RGPT_OK;
}

/* The category that an answer names: what stands before its first comma, in lower case. */
static rgpt_status read_text(const rg_class *c, const char *text, uint32_t *category, rgpt_error *err) {
    rg_buffer lower = {.cap = SIZE_MAX / 4};
    size_t at;
    rgpt_status status = append_lower(&lower, text, strcspn(text, ","), &at, err);
    if (status != RGPT_OK) {
        rg_buffer_reset(&lower);
        return status;
    }
    const label key = {.name = lower.data};
    const label *found = bsearch(&key, c->labels, c->truth->category_count, sizeof *c->labels, compare_labels);
    *category = found ? found->category : RG_CLASS_OUTSIDE;
    rg_buffer_reset(&lower);
    return RGPT_OK;
}

/* ------------------------------------------------------------------ opening */

static rgpt_status open_variants(rg_class *c, unsigned variants, rgpt_error *err) {
    const rg_ap_options options = {0};
    for (unsigned v = 0; v < RG_CLASS_VARIANT_COUNT; v++) {
        if (!((variants >> v) & 1)) continue;
        rgpt_status status = rg_ap_new(c->truth, &options, &c->ap[v], err);
        if (status != RGPT_OK) return status;
    }
    return RGPT_OK;
}

rgpt_status rg_class_new(const rg_coco_truth *truth, unsigned variants, rg_class **out, rgpt_error *err) {
    *out = NULL;
    rg_class *c = calloc(1, sizeof *c);
    if (!c) return rg_fail_memory(err, "classification", sizeof *c);
    c->truth = truth;
    c->names.cap = SIZE_MAX / 4;
    size_t count = truth->category_count;
    c->labels = calloc(count + 1, sizeof *c->labels);
    c->name_at = calloc(count + 1, sizeof *c->name_at);
    c->is_answered = calloc(truth->annotation_count + 1, 1);
    c->report.by_category = calloc(count + 1, sizeof *c->report.by_category);
    c->report.category_count = count;
    rgpt_status status = RGPT_OK;
    if (!c->labels || !c->name_at || !c->is_answered || !c->report.by_category) {
        status = rg_fail_memory(err, "classification", truth->annotation_count + count * sizeof *c->labels);
    }
    if (status == RGPT_OK) status = list_labels(c, err);
    if (status == RGPT_OK) status = open_variants(c, variants, err);
    if (status != RGPT_OK) {
        rg_class_free(c);
        return status;
    }
    *out = c;
    return RGPT_OK;
}

void rg_class_free(rg_class *c) {
    if (!c) return;
    rg_buffer_reset(&c->names);
    free(c->name_at);
    free(c->labels);
    free(c->is_answered);
    free(c->said);
    rg_class_report_reset(&c->report);
    for (size_t v = 0; v < RG_CLASS_VARIANT_COUNT; v++) rg_ap_free(c->ap[v]);
    free(c);
}

void rg_class_report_reset(rg_class_report *report) {
    free(report->by_category);
    free(report->confusion);
    *report = (rg_class_report){0};
}

/* ------------------------------------------------------------------ adding */

static rgpt_status check_answer(const rg_class *c, const rg_class_answer *answer, rgpt_error *err) {
    const rg_coco_truth *truth = c->truth;
    if (answer->annotation >= truth->annotation_count) {
        return rg_fail(err, RGPT_INVALID, "answer to annotation %u, there are %zu", answer->annotation,
                       truth->annotation_count);
    }
    long long id = truth->annotations[answer->annotation].id;
    if (c->is_answered[answer->annotation]) {
        return rg_fail(err, RGPT_INVALID, "annotation %lld: found a second answer, wanted one", id);
    }
    bool is_mixed = answer->text ? c->has_probabilities : c->has_text;
    if (is_mixed || !answer->text == !answer->probabilities) {
        return rg_fail(err, RGPT_INVALID, "annotation %lld: wanted either texts throughout or probabilities", id);
    }
    for (size_t k = 0; answer->probabilities && k < truth->category_count; k++) {
        if (isfinite(answer->probabilities[k])) continue;
        return rg_fail(err, RGPT_INVALID, "annotation %lld: category %lld: found probability %g", id,
                       (long long)truth->categories[k].id, answer->probabilities[k]);
    }
    return RGPT_OK;
}

static uint32_t best_label(const double *probabilities, size_t count) {
    size_t best = 0;
    for (size_t k = 1; k < count; k++) {
        if (probabilities[k] > probabilities[best]) best = k;
    }
    return count > 0 ? (uint32_t)best : RG_CLASS_OUTSIDE;
}

/* Each object once: 1024 is medium here, where AP's ranges take it as small too. */
static rg_ap_size size_of(double area) {
    if (area < 32 * 32) return RG_AP_SMALL;
    return area < 96 * 96 ? RG_AP_MEDIUM : RG_AP_LARGE;
}

static void count_answer(rg_class *c, const rg_coco_annotation *a, bool is_right) {
    rg_class_report *r = &c->report;
    rg_class_tally *tallies[] = {&r->all, &r->by_size[RG_AP_ALL], &r->by_size[size_of(a->area)],
                                 &r->by_category[a->category]};
    for (size_t i = 0; i < sizeof tallies / sizeof *tallies; i++) {
        tallies[i]->total++;
        tallies[i]->correct += is_right;
    }
}

static rgpt_status keep_said(rg_class *c, uint32_t truth, uint32_t answer, rgpt_error *err) {
    said *grown = rg_array_grow(c->said, &c->said_room, c->said_count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "answers", (c->said_count + 1) * sizeof *grown);
    c->said = grown;
    c->said[c->said_count++] = (said){truth, answer};
    return RGPT_OK;
}

static rgpt_status add_detections(rg_class *c, const rg_class_answer *answer, uint32_t best, rgpt_error *err) {
    const rg_coco_annotation *a = &c->truth->annotations[answer->annotation];
    rg_box box = answer->box ? *answer->box : a->box;
    rg_coco_detection d = {.image = a->image, .category = best, .score = 1, .box = box, .area = box.width * box.height};
    rgpt_status status = RGPT_OK;
    if (best != RG_CLASS_OUTSIDE && c->ap[RG_CLASS_TEXT]) status = rg_ap_add(c->ap[RG_CLASS_TEXT], &d, err);
    if (!answer->probabilities || best == RG_CLASS_OUTSIDE) return status;
    d.score = answer->probabilities[best];
    if (status == RGPT_OK && c->ap[RG_CLASS_TOP1]) status = rg_ap_add(c->ap[RG_CLASS_TOP1], &d, err);
    for (uint32_t k = 0; status == RGPT_OK && c->ap[RG_CLASS_ALL_LABELS] && k < c->truth->category_count; k++) {
        d.category = k;
        d.score = answer->probabilities[k];
        status = rg_ap_add(c->ap[RG_CLASS_ALL_LABELS], &d, err);
    }
    return status;
}

rgpt_status rg_class_add(rg_class *c, const rg_class_answer *answer, rgpt_error *err) {
    rgpt_status status = check_answer(c, answer, err);
    if (status != RGPT_OK) return status;
    const rg_coco_annotation *a = &c->truth->annotations[answer->annotation];
    uint32_t best = RG_CLASS_OUTSIDE;
    bool is_right;
    if (answer->text) {
        status = read_text(c, answer->text, &best, err);
        is_right = strcmp(answer->text, c->names.data + c->name_at[a->category]) == 0;
    } else {
        best = best_label(answer->probabilities, c->truth->category_count);
        is_right = best == a->category;
    }
    if (status == RGPT_OK) status = add_detections(c, answer, best, err);
    if (status == RGPT_OK) status = keep_said(c, a->category, best, err);
    if (status != RGPT_OK) return status;
    c->is_answered[answer->annotation] = 1;
    c->has_text = answer->text;
    c->has_probabilities = answer->probabilities;
    c->report.outside_count += best == RG_CLASS_OUTSIDE;
    count_answer(c, a, is_right);
    return RGPT_OK;
}

/* ------------------------------------------------------------------ finishing */

static int compare_said(const void *a, const void *b) {
    const said *left = a, *right = b;
    if (left->truth != right->truth) return left->truth < right->truth ? -1 : 1;
    return (left->answer > right->answer) - (left->answer < right->answer);
}

static rgpt_status count_confusion(rg_class *c, rgpt_error *err) {
    if (c->said_count > 0) qsort(c->said, c->said_count, sizeof *c->said, compare_said);
    rg_class_confusion *list = malloc((c->said_count + 1) * sizeof *list);
    if (!list) return rg_fail_memory(err, "confusion", c->said_count * sizeof *list);
    size_t count = 0;
    for (size_t i = 0; i < c->said_count; i++) {
        bool is_new = i == 0 || compare_said(&c->said[i - 1], &c->said[i]) != 0;
        if (is_new) list[count++] = (rg_class_confusion){c->said[i].truth, c->said[i].answer, 0};
        list[count - 1].count++;
    }
    c->report.confusion = list;
    c->report.confusion_count = count;
    return RGPT_OK;
}

rgpt_status rg_class_finish(rg_class *c, rg_class_report *out, rgpt_error *err) {
    rg_class_report *r = &c->report;
    for (size_t i = 0; i < c->truth->annotation_count; i++) {
        r->unanswered_count += !c->is_answered[i] && !c->truth->annotations[i].is_crowd;
    }
    rgpt_status status = count_confusion(c, err);
    for (size_t v = 0; status == RGPT_OK && v < RG_CLASS_VARIANT_COUNT; v++) {
        if (!c->ap[v] || (v != RG_CLASS_TEXT && c->has_text)) continue;
        status = rg_ap_finish(c->ap[v], &r->ap[v], err);
        r->has_ap[v] = status == RGPT_OK;
    }
    if (status != RGPT_OK) return status;
    *out = *r; /* the caller's from now on */
    *r = (rg_class_report){0};
    return RGPT_OK;
}
