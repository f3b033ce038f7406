/* COCO detection: every evaluation in expected.json, against results and ground truth of the folder.
 *
 * A key of expected.json says what is evaluated: "bbox" or "segm", and behind it "", "_useCats0" or
 * "_firstNimages" on the folder's TYPE...results.json, or the end of another result file's name
 * ("bbox_tied_scores": ...tied_scores.json). Beside the twelve numbers, whatever is there is compared:
 * per_category, recall_T_K_A_M, and the files expected_KEY_precision and expected_KEY_matches_area_all.
 */
#include "metrics.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval/coco_ap.h"
#include "fixture.h"
#include "folder.h"
#include "score.h"

/* ------------------------------------------------------------------ finding files */

typedef struct name_rule {
    const char *prefix, *part, *suffix, *without;
    char *path; /* out, of PATH_SIZE */
} name_rule;

enum { PATH_SIZE = 4096 };

static bool take_fitting(void *context, const char *name, const char *path) {
    const name_rule *rule = context;
    size_t length = strlen(name), end = strlen(rule->suffix);
    bool fits = strncmp(name, rule->prefix, strlen(rule->prefix)) == 0 && strstr(name, rule->part) && length >= end &&
                strcmp(name + length - end, rule->suffix) == 0 && !strstr(name, rule->without);
    if (fits) snprintf(rule->path, PATH_SIZE, "%s", path);
    return fits;
}

/* ------------------------------------------------------------------ one evaluation */

typedef struct evaluation {
    const char *dir, *key;
    bool by_mask;
    bool pool_categories;
    int image_count; /* the first so many; -1: all */
    const char *result_suffix;
} evaluation;

static evaluation parse_key(const char *dir, const char *key) {
    evaluation e = {.dir = dir,
                    .key = key,
                    .by_mask = strncmp(key, "segm", 4) == 0,
                    .image_count = -1,
                    .result_suffix = "results.json"};
    const char *rest = key + 4;
    int length = 0;
    if (strcmp(rest, "_useCats0") == 0) {
        e.pool_categories = true;
    } else if (sscanf(rest, "_first%dimages%n", &e.image_count, &length) == 1 && rest[length] == '\0') {
        return e;
    } else if (*rest == '_') {
        e.result_suffix = rest + 1;
    }
    return e;
}

static bool find_results(const evaluation *e, char *path) {
    char suffix[300];
    bool is_named = strcmp(e->result_suffix, "results.json") != 0;
    snprintf(suffix, sizeof suffix, "%s%s", e->result_suffix, is_named ? ".json" : "");
    const char *type = e->by_mask ? "segm" : "bbox";
    return rg_folder_search(e->dir, 0, take_fitting, &(name_rule){"", type, suffix, "expected", path});
}

/* Opens and finishes the evaluator. */
static rgpt_status evaluate(const evaluation *e, const rg_coco_truth *truth, rg_ap **out, rg_ap_summary *summary,
                            rgpt_error *err) {
    char path[PATH_SIZE];
    if (!find_results(e, path)) return rg_fail(err, RGPT_IO, "no result file for '%s'", e->key);
    rg_ap_options options = {.by_mask = e->by_mask, .pool_categories = e->pool_categories};
    int64_t *ids = NULL;
    if (e->image_count >= 0) {
        ids = calloc((size_t)e->image_count + 1, sizeof *ids);
        for (; (int)options.image_id_count < e->image_count && options.image_id_count < truth->image_count;
             options.image_id_count++) {
            ids[options.image_id_count] = truth->images[options.image_id_count].id;
        }
        options.image_ids = ids;
    }
    rgpt_status status = rg_ap_new(truth, &options, out, err);
    free(ids);
    if (status == RGPT_OK) status = rg_ap_add_file(*out, path, err);
    if (status == RGPT_OK) status = rg_ap_finish(*out, summary, err);
    return status;
}

/* ------------------------------------------------------------------ comparing */

static void compare_categories(rg_score *s, const rg_ap *ap, const rg_coco_truth *truth, json_t *wanted) {
    static const char *const sizes[] = {"all", "small", "medium", "large"};
    const char *id;
    json_t *row;
    json_object_foreach(wanted, id, row) {
        uint32_t category;
        if (!rg_coco_find_category(truth, atoll(id), &category)) {
            rg_score_fail(s, "per_category names an unknown category");
            continue;
        }
        for (rg_ap_size size = 0; size < RG_AP_SIZE_COUNT; size++) {
            double mean = -2;
            rg_ap_category_mean(ap, category, size, &mean, NULL);
            rg_score_json(s, "per_category", mean, json_object_get(row, sizes[size]));
        }
    }
}

/* Visits all curves; `wanted` is the flat list of precision [T][R][K][A][M] or of recall [T][K][A][M]. */
static void compare_curves(rg_score *s, const rg_ap *ap, size_t category_count, const json_t *wanted, bool is_recall) {
    size_t level_count = is_recall ? 1 : RG_AP_RECALL_COUNT;
    if (json_array_size(wanted) !=
        RG_AP_IOU_COUNT * level_count * category_count * RG_AP_SIZE_COUNT * RG_AP_LIMIT_COUNT) {
        rg_score_fail(s, "the list of precisions or recalls is not [10][101][categories][4][3]");
        return;
    }
    rg_ap_curve *curve = malloc(sizeof *curve);
    for (size_t cell = 0; cell < category_count * RG_AP_SIZE_COUNT * RG_AP_LIMIT_COUNT; cell++) {
        size_t column = cell / RG_AP_LIMIT_COUNT;
        rg_ap_curve_at(ap, (uint32_t)(column / RG_AP_SIZE_COUNT), (rg_ap_size)(column % RG_AP_SIZE_COUNT),
                       (unsigned)(cell % RG_AP_LIMIT_COUNT), curve, NULL);
        for (size_t row = 0; row < RG_AP_IOU_COUNT * level_count; row++) {
            double found = is_recall ? curve->recall[row] : curve->precision[row];
            size_t at = row * category_count * RG_AP_SIZE_COUNT * RG_AP_LIMIT_COUNT + cell;
            rg_score_json(s, is_recall ? "recall" : "precision", found, json_array_get(wanted, at));
        }
    }
    free(curve);
}

static double item(const json_t *list, size_t i) {
    return json_number_value(json_array_get(list, i));
}

/* One pair: ids of result files count from 1 in the order of the file. */
static void compare_pair(rg_score *s, const rg_coco_truth *truth, const rg_ap_pair *pair, const json_t *row) {
    const json_t *matches = json_object_get(row, "dtMatches"), *ignored = json_object_get(row, "dtIgnore");
    if (json_array_size(json_object_get(row, "dtIds")) != pair->detection_count ||
        json_array_size(json_object_get(row, "gtIds")) != pair->truth_count) {
        rg_score_fail(s, "another number of detections or truths in a pair");
        return;
    }
    for (size_t i = 0; i < pair->truth_count; i++) {
        double id = (double)truth->annotations[pair->truths[i]].id;
        rg_score_number(s, "gtIds", id, item(json_object_get(row, "gtIds"), i));
        rg_score_number(s, "gtIgnore", pair->truth_ignored[i], item(json_object_get(row, "gtIgnore"), i));
    }
    for (size_t i = 0; i < pair->detection_count; i++) {
        rg_score_number(s, "dtIds", pair->detections[i] + 1.0, item(json_object_get(row, "dtIds"), i));
        rg_score_number(s, "dtScores", pair->scores[i], item(json_object_get(row, "dtScores"), i));
        for (size_t t = 0; t < RG_AP_IOU_COUNT; t++) {
            int32_t index = pair->matches[i].truth[t];
            double id = index == RG_UNMATCHED ? 0 : (double)truth->annotations[index].id;
            rg_score_number(s, "dtMatches", id, item(json_array_get(matches, t), i));
            rg_score_number(s, "dtIgnore", (pair->ignored[i] >> t) & 1, item(json_array_get(ignored, t), i));
        }
    }
}

static void compare_matches(rg_score *s, const rg_ap *ap, const rg_coco_truth *truth, const json_t *rows) {
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) {
        uint32_t image = 0, category = 0;
        rg_ap_pair pair = {0};
        rgpt_error err = {0};
        bool is_known =
            rg_coco_find_image(truth, json_integer_value(json_object_get(row, "image_id")), &image) &&
            rg_coco_find_category(truth, json_integer_value(json_object_get(row, "category_id")), &category);
        if (!is_known || rg_ap_pair_at(ap, image, category, RG_AP_ALL, &pair, &err) != RGPT_OK) {
            rg_score_fail(s, is_known ? err.message : "matches of an unknown image or category");
        } else {
            compare_pair(s, truth, &pair, row);
        }
        rg_ap_pair_reset(&pair);
    }
}

/* The files beside expected.json that go with this key, where there are any. */
static void compare_files(rg_score *s, const evaluation *e, const rg_ap *ap, const rg_coco_truth *truth) {
    char name[300], reason[300];
    snprintf(name, sizeof name, "expected_%s_precision.json", e->key);
    if (rg_folder_has_prefix(e->dir, name)) {
        json_t *file = rg_fixture_json(e->dir, name, reason, sizeof reason);
        if (!file) rg_score_fail(s, reason);
        if (file) compare_curves(s, ap, truth->category_count, json_object_get(file, "precision"), false);
        json_decref(file);
    }
    snprintf(name, sizeof name, "expected_%s_matches_area_all.json", e->key);
    if (rg_folder_has_prefix(e->dir, name)) {
        json_t *rows = rg_fixture_json(e->dir, name, reason, sizeof reason);
        if (!rows) rg_score_fail(s, reason);
        if (rows) compare_matches(s, ap, truth, rows);
        json_decref(rows);
    }
}

static void run_evaluation(rg_score *s, const evaluation *e, const rg_coco_truth *truth, json_t *wanted,
                           double *first) {
    snprintf(s->context, sizeof s->context, "%s: ", e->key);
    rg_ap *ap = NULL;
    rg_ap_summary summary;
    rgpt_error err = {0};
    if (evaluate(e, truth, &ap, &summary, &err) != RGPT_OK) {
        rg_score_fail(s, err.message);
        rg_ap_free(ap);
        return;
    }
    for (rg_ap_number n = 0; n < RG_AP_NUMBER_COUNT; n++) {
        rg_score_json(s, rg_ap_number_name(n), summary.numbers[n], json_object_get(wanted, rg_ap_number_name(n)));
    }
    if (*first < 0) *first = summary.numbers[RG_AP];
    compare_categories(s, ap, truth, json_object_get(wanted, "per_category"));
    const json_t *recall = json_object_get(wanted, "recall_T_K_A_M");
    if (recall) compare_curves(s, ap, truth->category_count, json_array_get(recall, 0), true);
    compare_files(s, e, ap, truth);
    rg_ap_free(ap);
}

/* The ground truth with masks where something wants them. */
static bool read_truth(const char *dir, json_t *expected, rg_coco_truth *truth, char *line, size_t line_size) {
    char path[PATH_SIZE];
    unsigned needs = RG_COCO_BOXES | RG_COCO_AREAS;
    const char *key;
    json_t *value;
    json_object_foreach(expected, key, value) {
        if (strncmp(key, "segm", 4) == 0) needs |= RG_COCO_MASKS;
    }
    rgpt_error err = {0};
    if (!rg_folder_search(dir, 0, take_fitting, &(name_rule){"instances", "", ".json", "results", path})) {
        snprintf(line, line_size, "no ground truth, instances*.json, in the folder");
        return false;
    }
    if (rg_coco_truth_read(path, needs, truth, &err) == RGPT_OK) return true;
    snprintf(line, line_size, "%s", err.message);
    return false;
}

int rg_metrics_coco_det(const char *dir, char *line, size_t line_size) {
    json_t *expected = rg_fixture_json(dir, "expected.json", line, line_size);
    rg_coco_truth truth;
    if (!expected || !read_truth(dir, expected, &truth, line, line_size)) {
        json_decref(expected);
        return RG_CASE_FAIL;
    }
    rg_score score = {0};
    double first = -1;
    const char *key;
    json_t *wanted;
    json_object_foreach(expected, key, wanted) {
        if (strncmp(key, "bbox", 4) != 0 && strncmp(key, "segm", 4) != 0) continue;
        evaluation e = parse_key(dir, key);
        run_evaluation(&score, &e, &truth, wanted, &first);
    }
    char figures[200];
    snprintf(figures, sizeof figures, "%zu evaluations of %zu images, AP %.6f", json_object_size(expected),
             truth.image_count, first);
    rg_coco_truth_reset(&truth);
    json_decref(expected);
    return rg_score_close(&score, figures, line, line_size);
}
