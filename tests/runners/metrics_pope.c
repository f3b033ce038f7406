/* POPE: answers of each setting in expected.json against the questions of one of the folder's versions.
 *
 * Question files are *_SETTING.json in the folder or in a folder of it (versions); the version whose
 * questions the answers repeat is the one meant. answer_parsing_edge.json is tested where it is.
 */
#include "metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval/pope.h"
#include "fixture.h"
#include "folder.h"
#include "score.h"

static bool ends_in(const char *name, const char *ending) {
    size_t length = strlen(name), end = strlen(ending);
    return length >= end && strcmp(name + length - end, ending) == 0;
}

/* ------------------------------------------------------------------ one setting */

typedef struct setting {
    char ending[200]; /* of the file looked for */
    char answers[4096];
    rg_pope_counts counts;
    rgpt_error err; /* of the first version that did not fit */
} setting;

static bool try_questions(void *context, const char *name, const char *path) {
    setting *s = context;
    if (!ends_in(name, s->ending)) return false;
    rgpt_error err = {0};
    rgpt_status status = rg_pope_read(path, s->answers, &s->counts, &err);
    rg_fail(&s->err, status, "%s", err.message);
    return status == RGPT_OK;
}

static bool try_answers(void *context, const char *name, const char *path) {
    setting *s = context;
    if (ends_in(name, s->ending)) snprintf(s->answers, sizeof s->answers, "%s", path);
    return s->answers[0] != '\0';
}

static void run_setting(rg_score *score, const char *dir, const char *name, const json_t *wanted) {
    setting s = {0};
    snprintf(score->context, sizeof score->context, "%s: ", name);
    snprintf(s.ending, sizeof s.ending, "_%s.jsonl", name);
    if (!rg_folder_search(dir, 0, try_answers, &s)) {
        rg_score_fail(score, "no answers, *_SETTING.jsonl");
        return;
    }
    snprintf(s.ending, sizeof s.ending, "_%s.json", name);
    if (!rg_folder_search(dir, 1, try_questions, &s)) {
        rg_score_fail(score, s.err.status != RGPT_OK ? s.err.message : "no questions, *_SETTING.json");
        return;
    }
    rg_pope_scores found = rg_pope_finish(&s.counts);
    const struct {
        const char *key;
        double value;
    } rows[] = {
        {"n", (double)found.count},        {"n_yes", (double)found.truth_count},
        {"TP", (double)s.counts.true_yes}, {"FP", (double)s.counts.false_yes},
        {"TN", (double)s.counts.true_no},  {"FN", (double)s.counts.false_no},
        {"accuracy", found.accuracy},      {"precision", found.precision},
        {"recall", found.recall},          {"f1", found.f1},
        {"yes_ratio", found.yes_ratio},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rg_score_json(score, rows[i].key, rows[i].value, json_object_get(wanted, rows[i].key));
    }
}

/* ------------------------------------------------------------------ the folder */

static size_t run_edges(rg_score *score, const char *dir) {
    char reason[300];
    json_t *rows = rg_fixture_json(dir, "answer_parsing_edge.json", reason, sizeof reason), *row;
    size_t i;
    snprintf(score->context, sizeof score->context, "answer ");
    json_array_foreach(rows, i, row) {
        const char *text = json_string_value(json_object_get(row, "text"));
        const char *wanted = json_string_value(json_object_get(row, "parsed"));
        if (!text || !wanted) {
            rg_score_fail(score, "without 'text' and 'parsed'");
            continue;
        }
        bool wants_no = strcmp(wanted, "no") == 0;
        rg_score_number(score, text, rg_pope_is_no(text, strlen(text)), wants_no);
    }
    size_t count = json_array_size(rows);
    json_decref(rows);
    return count;
}

int rg_metrics_pope(const char *dir, char *line, size_t line_size) {
    json_t *expected = rg_fixture_json(dir, "expected.json", line, line_size);
    if (!expected) return RG_CASE_FAIL;
    rg_score score = {0};
    json_t *settings = json_object_get(expected, "expected_on_synthetic_answers"), *wanted;
    const char *name;
    json_object_foreach(settings, name, wanted) run_setting(&score, dir, name, wanted);
    size_t edges = run_edges(&score, dir);
    char figures[100];
    snprintf(figures, sizeof figures, "%zu settings, %zu answers to parse", json_object_size(settings), edges);
    json_decref(expected);
    return rg_score_close(&score, figures, line, line_size);
}
