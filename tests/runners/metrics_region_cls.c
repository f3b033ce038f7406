/* Region classification: KEY.jsonl for each key of expected.json, one answer a region.
 *
 * A line is {"ann_id", "text", "bbox": [[x1, y1, x2, y2]]}, or {"ann_id", "probabilities"} with a number for
 * each category in ascending order of ids; the box may be left out. What AP is expected stands beside the
 * accuracy (of texts), or in objects by the name of the variant. The ground truth, instances*.json, is in the
 * folder, or in a folder beside it: the first that has the annotations which the answers name.
 */
#include "metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_stream.h"
#include "eval/classify.h"
#include "fixture.h"
#include "folder.h"
#include "score.h"

/* ------------------------------------------------------------------ answers */

typedef struct by_id {
    int64_t id;
    uint32_t index;
} by_id;

static int compare_ids(const void *a, const void *b) {
    const by_id *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static by_id *index_annotations(const rg_coco_truth *truth) {
    by_id *list = malloc((truth->annotation_count + 1) * sizeof *list);
    for (size_t i = 0; i < truth->annotation_count; i++) list[i] = (by_id){truth->annotations[i].id, (uint32_t)i};
    qsort(list, truth->annotation_count, sizeof *list, compare_ids);
    return list;
}

/* Corners to a size, as the reference does: with the rounding of the subtraction. */
static bool read_box(const json_t *value, rg_box *out) {
    const json_t *corners = json_is_array(json_array_get(value, 0)) ? json_array_get(value, 0) : value;
    double c[4];
    for (size_t i = 0; i < 4; i++) c[i] = json_number_value(json_array_get(corners, i));
    *out = (rg_box){c[0], c[1], c[2] - c[0], c[3] - c[1]};
    return json_array_size(corners) == 4;
}

/* NULL: there are none. */
static double *read_probabilities(const json_t *row, size_t category_count) {
    const json_t *list = json_object_get(row, "probabilities");
    if (json_array_size(list) != category_count) return NULL;
    double *out = malloc((category_count + 1) * sizeof *out);
    for (size_t k = 0; k < category_count; k++) out[k] = json_number_value(json_array_get(list, k));
    return out;
}

static rgpt_status add_answer(rg_class *run, const rg_coco_truth *truth, const by_id *index, const json_t *row,
                              rgpt_error *err) {
    const by_id key = {.id = json_integer_value(json_object_get(row, "ann_id"))};
    const by_id *found = bsearch(&key, index, truth->annotation_count, sizeof *index, compare_ids);
    const char *text = json_string_value(json_object_get(row, "text"));
    rg_box box;
    if (!found) return rg_fail(err, RGPT_FORMAT, "annotation %lld is not in the ground truth", (long long)key.id);
    bool has_box = read_box(json_object_get(row, "bbox"), &box);
    double *probabilities = read_probabilities(row, truth->category_count);
    const rg_class_answer answer = {
        .annotation = found->index, .text = text, .probabilities = probabilities, .box = has_box ? &box : NULL};
    rgpt_status status = rg_class_add(run, &answer, err);
    free(probabilities);
    return status;
}

static rgpt_status add_answers(rg_class *run, const rg_coco_truth *truth, const char *path, rgpt_error *err) {
    rg_json_stream *stream;
    rgpt_status status = rg_json_stream_open(path, RG_JSON_LINES, NULL, &stream, err);
    if (status != RGPT_OK) return status;
    by_id *index = index_annotations(truth);
    rg_json_record record;
    while ((status = rg_json_stream_next(stream, &record, err)) == RGPT_OK && record.value) {
        status = add_answer(run, truth, index, record.value, err);
        if (status != RGPT_OK) {
            rg_json_stream_fail(stream, status, err);
            break;
        }
    }
    rg_json_stream_close(stream);
    free(index);
    return status;
}

static rgpt_status classify(const char *truth_path, const char *answers, rg_class_report *out, rgpt_error *err) {
    rg_coco_truth truth;
    rg_class *run = NULL;
    rgpt_status status = rg_coco_truth_read(truth_path, RG_COCO_BOXES | RG_COCO_AREAS, &truth, err);
    if (status != RGPT_OK) return status;
    status = rg_class_new(&truth, (1 << RG_CLASS_VARIANT_COUNT) - 1, &run, err);
    if (status == RGPT_OK) status = add_answers(run, &truth, answers, err);
    if (status == RGPT_OK) status = rg_class_finish(run, out, err);
    rg_class_free(run);
    rg_coco_truth_reset(&truth);
    return status;
}

/* ------------------------------------------------------------------ the ground truth that fits */

typedef struct attempt {
    const char *answers;
    rg_class_report report;
    rgpt_error err; /* why the first one did not fit */
} attempt;

static bool try_truth(void *context, const char *name, const char *path) {
    attempt *a = context;
    bool is_truth = strncmp(name, "instances", 9) == 0 && strstr(name, ".json") && !strstr(name, "results");
    if (!is_truth) return false;
    rgpt_error err = {0};
    rgpt_status status = classify(path, a->answers, &a->report, &err);
    rg_fail(&a->err, status, "%s", err.message);
    return status == RGPT_OK;
}

static void compare_ap(rg_score *s, const rg_ap_summary *ap, const json_t *wanted) {
    for (rg_ap_number n = 0; n < RG_AP_NUMBER_COUNT; n++) {
        rg_score_json(s, rg_ap_number_name(n), ap->numbers[n], json_object_get(wanted, rg_ap_number_name(n)));
    }
}

static void compare(rg_score *s, const rg_class_report *report, const json_t *wanted) {
    const rg_ap_summary *text = &report->ap[RG_CLASS_TEXT];
    rg_score_json(s, "acc_percent", 100 * rg_class_accuracy(&report->all), json_object_get(wanted, "acc_percent"));
    rg_score_json(s, "correct", (double)report->all.correct, json_object_get(wanted, "correct"));
    rg_score_json(s, "total", (double)report->all.total, json_object_get(wanted, "total"));
    rg_score_json(s, "discarded", (double)report->outside_count, json_object_get(wanted, "discarded"));
    rg_score_json(s, "kept", (double)text->detection_count, json_object_get(wanted, "kept"));
    compare_ap(s, text, wanted);
    for (rg_class_variant v = 0; v < RG_CLASS_VARIANT_COUNT; v++) {
        const json_t *variant = json_object_get(wanted, rg_class_variant_name(v));
        if (variant && !report->has_ap[v]) rg_score_fail(s, "an AP was not computed");
        compare_ap(s, &report->ap[v], variant);
    }
}

static void run_key(rg_score *s, const char *dir, const char *key, const json_t *wanted) {
    char answers[4096], parent[4096];
    snprintf(answers, sizeof answers, "%.3800s/%.200s.jsonl", dir, key);
    snprintf(parent, sizeof parent, "%.4000s/..", dir);
    snprintf(s->context, sizeof s->context, "%s: ", key);
    attempt a = {.answers = answers};
    if (rg_folder_search(dir, 0, try_truth, &a) || rg_folder_search(parent, 1, try_truth, &a)) {
        compare(s, &a.report, wanted);
        rg_class_report_reset(&a.report);
    } else {
        rg_score_fail(s, a.err.status != RGPT_OK ? a.err.message : "no ground truth, instances*.json, here or beside");
    }
}

int rg_metrics_region_cls(const char *dir, char *line, size_t line_size) {
    json_t *expected = rg_fixture_json(dir, "expected.json", line, line_size), *wanted;
    if (!expected) return RG_CASE_FAIL;
    rg_score score = {0};
    const char *key;
    json_object_foreach(expected, key, wanted) run_key(&score, dir, key, wanted);
    char figures[100];
    snprintf(figures, sizeof figures, "%zu sets of answers", json_object_size(expected));
    json_decref(expected);
    return rg_score_close(&score, figures, line, line_size);
}
