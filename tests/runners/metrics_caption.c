/* Captions: the oracles of every stage in the folder (caption_stage.h), whole scores in expected_scores.json with
 * NAME.input.json and NAME.per_image.json, and published examples. METEOR's data are looked for in the folder
 * itself, beside it, and in $RGPT_METEOR_DATA; without them its scores are not compared, and the line says so. */
#include "metrics.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "caption_stage.h"
#include "eval/caption_eval.h"
#include "eval/mean.h"
#include "fixture.h"

enum { REFERENCE_LIMIT = 1000 };

/* ---------------------------------------------------------------- evaluation */

/* The evaluation of captions given as arrays of texts and of arrays of texts. */
static rgpt_status add_samples(rg_caption_eval *eval, const json_t *candidates, const json_t *references,
                               rgpt_error *err) {
    size_t i;
    json_t *candidate;
    json_array_foreach(candidates, i, candidate) {
        const json_t *list = json_array_get(references, i);
        const char *texts[REFERENCE_LIMIT];
        size_t count = json_array_size(list);
        if (!json_is_string(candidate) || count > REFERENCE_LIMIT) return rg_fail(err, RGPT_FORMAT, "sample %zu", i);
        for (size_t k = 0; k < count; k++) {
            texts[k] = json_string_value(json_array_get(list, k));
            if (!texts[k]) return rg_fail(err, RGPT_FORMAT, "sample %zu: a reference is no text", i);
        }
        rgpt_status status = rg_caption_eval_add(eval, json_string_value(candidate), texts, count, err);
        if (status != RGPT_OK) return rg_fail_within(err, status, "sample %zu", i);
    }
    return RGPT_OK;
}

static bool evaluate(caption_folder *folder, const json_t *candidates, const json_t *references, bool is_tokenized,
                     const rg_meteor_options *meteor, rg_caption_report *report) {
    rg_caption_eval *eval = NULL;
    rgpt_error err = {0};
    rg_caption_options options = {.is_tokenized = is_tokenized, .meteor = meteor};
    rgpt_status status = rg_caption_eval_new(&options, &eval, &err);
    if (status == RGPT_OK) status = add_samples(eval, candidates, references, &err);
    if (status == RGPT_OK) status = rg_caption_eval_finish(eval, report, &err);
    if (status != RGPT_OK) rg_score_fail(&folder->score, err.message);
    rg_caption_eval_free(eval);
    return status == RGPT_OK;
}

/* ---------------------------------------------------------------- scores by name */

typedef double (*score_fn)(const rg_caption_score *score);

static double bleu_1(const rg_caption_score *s) {
    return s->bleu[0];
}
static double bleu_2(const rg_caption_score *s) {
    return s->bleu[1];
}
static double bleu_3(const rg_caption_score *s) {
    return s->bleu[2];
}
static double bleu_4(const rg_caption_score *s) {
    return s->bleu[3];
}
static double rouge_l(const rg_caption_score *s) {
    return s->rouge_l;
}
static double cider(const rg_caption_score *s) {
    return s->cider;
}
static double meteor_score(const rg_caption_score *s) {
    return s->meteor;
}

static score_fn find_score(const char *name) {
    static const struct {
        const char *name;
        score_fn get;
    } rows[] = {{"Bleu_1", bleu_1}, {"Bleu_2", bleu_2},   {"Bleu_3", bleu_3},
                {"Bleu_4", bleu_4}, {"ROUGE_L", rouge_l}, {"CIDEr", cider}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(name, rows[i].name) == 0) return rows[i].get;
    }
    return NULL;
}

static void compare_samples(caption_folder *folder, const char *name, const rg_caption_report *report, score_fn get,
                            const json_t *wanted) {
    if (!wanted) return;
    rg_score_number(&folder->score, name, (double)report->sample_count, (double)json_array_size(wanted));
    for (size_t i = 0; i < report->sample_count; i++) {
        char what[100];
        snprintf(what, sizeof what, "%s of sample %zu", name, i);
        rg_score_json(&folder->score, what, get(&report->samples[i]), json_array_get(wanted, i));
    }
}

static double mean_meteor(const rg_caption_report *report) {
    double sum = 0;
    for (size_t i = 0; i < report->sample_count; i++) sum += report->samples[i].meteor;
    return report->sample_count > 0 ? sum / (double)report->sample_count : 0;
}

/* ---------------------------------------------------------------- whole scores */

/* A set of samples with its expected scores. */
typedef struct scored_set {
    caption_folder *folder;
    json_t *candidates, *references; /* arrays, as captions */
    json_t *expected, *samples;      /* scores of the corpus; of each sample, or NULL */
} scored_set;

/* All scores but METEOR's, and the tokens if they are there. */
static void compare_plain(scored_set *set) {
    rg_caption_report report;
    if (!evaluate(set->folder, set->candidates, set->references, false, NULL, &report)) return;
    const char *name;
    json_t *wanted;
    json_object_foreach(set->expected, name, wanted) {
        score_fn get = find_score(name);
        if (strcmp(name, "n") == 0) rg_score_json(&set->folder->score, name, (double)report.sample_count, wanted);
        if (!get) continue;
        rg_score_json(&set->folder->score, name, get(&report.corpus), wanted);
        compare_samples(set->folder, name, &report, get, json_object_get(set->samples, name));
    }
    rg_caption_report_reset(&report);
}

/* METEOR with one set of modules: "METEOR_SET" and what is derived from it. */
static void compare_meteor(scored_set *set, const char *name, const json_t *wanted) {
    char path[4200], mean[200];
    rg_meteor_options options;
    rg_caption_report report;
    if (!caption_meteor_options(set->folder, name + strlen("METEOR_"), &options, path, sizeof path)) {
        set->folder->skipped++;
        return;
    }
    if (!evaluate(set->folder, set->candidates, set->references, false, &options, &report)) return;
    rg_score_json(&set->folder->score, name, report.corpus.meteor, wanted);
    snprintf(mean, sizeof mean, "%s_mean_of_segments", name);
    rg_score_json(&set->folder->score, mean, mean_meteor(&report), json_object_get(set->expected, mean));
    compare_samples(set->folder, name, &report, meteor_score, json_object_get(set->samples, name));
    rg_caption_report_reset(&report);
}

static void compare_set_tokens(scored_set *set) {
    json_t *tokens = json_object_get(set->samples, "tok_references"), *all = json_array(), *flat = json_array();
    for (size_t i = 0; i < json_array_size(tokens); i++) {
        json_array_extend(all, json_array_get(set->references, i));
        json_array_extend(flat, json_array_get(tokens, i));
    }
    caption_compare_tokens(set->folder, "candidates", set->candidates, NULL,
                           json_object_get(set->samples, "tok_candidate"));
    caption_compare_tokens(set->folder, "references", all, NULL, flat);
    json_decref(all);
    json_decref(flat);
}

static void run_set(caption_folder *folder, const char *name, json_t *expected) {
    char file[300], reason[300];
    snprintf(file, sizeof file, "%s.input.json", name);
    json_t *input = rg_fixture_json(folder->dir, file, reason, sizeof reason), *row, *wanted;
    if (!input) {
        rg_score_fail(&folder->score, reason);
        return;
    }
    snprintf(file, sizeof file, "%s.per_image.json", name);
    scored_set set = {folder, json_array(), json_array(), expected,
                      rg_fixture_json(folder->dir, file, reason, sizeof reason)};
    size_t i;
    json_array_foreach(input, i, row) {
        json_array_append(set.candidates, json_object_get(row, "candidate"));
        json_array_append(set.references, json_object_get(row, "references"));
    }
    snprintf(folder->score.context, sizeof folder->score.context, "%.100s: ", name);
    compare_set_tokens(&set);
    compare_plain(&set);
    const char *key;
    json_object_foreach(expected, key, wanted) {
        bool is_mean = strstr(key, "_mean_of_segments") != NULL;
        if (strncmp(key, "METEOR_", 7) == 0 && !is_mean) compare_meteor(&set, key, wanted);
    }
    folder->score.context[0] = '\0';
    json_decref(set.candidates);
    json_decref(set.references);
    json_decref(set.samples);
    json_decref(input);
}

/* ---------------------------------------------------------------- published examples */

/* The modules that an example's scores were computed with, from the name of their member. */
static void name_modules(const char *member, char *set, size_t size) {
    static const char with[] = "computed_here_with_paraphrase-";
    bool has_table = strncmp(member, with, strlen(with)) == 0;
    const char *table = has_table ? member + strlen(with) : "";
    snprintf(set, size, "%s%.*s", has_table ? "essp_" : "ess", (int)strcspn(table, "."), table);
}

static void compare_example(caption_folder *folder, const json_t *example, const char *member, json_t *wanted) {
    static const struct {
        const char *name;
        score_fn get;
        bool is_meteor;
    } rows[] = {{"ROUGE_L", rouge_l, false},    {"CIDEr", cider, false},           {"Bleu_1", bleu_1, false},
                {"Bleu_2", bleu_2, false},      {"Bleu_3", bleu_3, false},         {"Bleu_4", bleu_4, false},
                {"METEOR", meteor_score, true}, {"METEOR_ess", meteor_score, true}};
    char path[4200], segments[100], set[200];
    rg_meteor_options options;
    rg_caption_report report;
    name_modules(member, set, sizeof set);
    bool has_meteor = caption_meteor_options(folder, set, &options, path, sizeof path);
    if (!has_meteor) folder->skipped++;
    bool is_tokenized = json_is_false(json_object_get(example, "tokenize"));
    const json_t *candidates = json_object_get(example, "candidates");
    if (!evaluate(folder, candidates, json_object_get(example, "references"), is_tokenized,
                  has_meteor ? &options : NULL, &report)) {
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].is_meteor && !has_meteor) continue;
        rg_score_json(&folder->score, rows[i].name, rows[i].get(&report.corpus), json_object_get(wanted, rows[i].name));
        snprintf(segments, sizeof segments, "%s_seg", rows[i].name);
        compare_samples(folder, segments, &report, rows[i].get, json_object_get(wanted, segments));
    }
    const json_t *bleu = json_object_get(wanted, "Bleu");
    for (size_t n = 0; n < json_array_size(bleu) && n < RG_NGRAM_MOST; n++) {
        rg_score_json(&folder->score, "Bleu", report.corpus.bleu[n], json_array_get(bleu, n));
    }
    rg_caption_report_reset(&report);
}

/* Returns false if the file is no list of examples. */
static bool run_examples(caption_folder *folder, const json_t *root) {
    if (!json_object_get(json_array_get(root, 0), "candidates")) return false;
    size_t i;
    json_t *example, *wanted;
    json_array_foreach(root, i, example) {
        const char *name = json_string_value(json_object_get(example, "name")), *member;
        snprintf(folder->score.context, sizeof folder->score.context, "%.100s: ", name ? name : "example");
        json_object_foreach(example, member, wanted) {
            if (strncmp(member, "computed_here", 13) == 0) compare_example(folder, example, member, wanted);
        }
    }
    folder->score.context[0] = '\0';
    return true;
}

/* ---------------------------------------------------------------- the folder */

static void find_meteor_data(caption_folder *folder) {
    const char *given = getenv("RGPT_METEOR_DATA");
    const char *const places[][2] = {
        {given ? given : "", ""}, {folder->dir, "/meteor_data"}, {folder->dir, "/../meteor_data"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char list[4096];
        snprintf(list, sizeof list, "%s%s/function/english.words", places[i][0], places[i][1]);
        if (!places[i][0][0] || access(list, R_OK) != 0) continue;
        snprintf(folder->meteor_data, sizeof folder->meteor_data, "%s%s", places[i][0], places[i][1]);
        return;
    }
}

/* Cuts ".gz"; false unless ".json" is left at the end. */
static bool is_json(char *name) {
    size_t size = strlen(name);
    if (size > 3 && strcmp(name + size - 3, ".gz") == 0) name[size -= 3] = '\0';
    return size > 5 && strcmp(name + size - 5, ".json") == 0;
}

static void run_file(caption_folder *folder, const char *name) {
    char reason[300];
    json_t *root = rg_fixture_json(folder->dir, name, reason, sizeof reason), *expected;
    if (!root) rg_score_fail(&folder->score, reason);
    if (strcmp(name, "expected_scores.json") == 0) {
        const char *set;
        json_object_foreach(root, set, expected) run_set(folder, set, expected);
    } else if (root && !caption_stage_run(folder, name, root)) {
        run_examples(folder, root); /* anything else is the input or the samples of a set */
    }
    json_decref(root);
}

int rg_metrics_caption(const char *dir, char *line, size_t line_size) {
    caption_folder folder = {.dir = dir};
    find_meteor_data(&folder);
    struct dirent **entries;
    int count = scandir(dir, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (is_json(entries[i]->d_name)) run_file(&folder, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
    char figures[200];
    int used = snprintf(figures, sizeof figures, "%d stages and all scores", folder.stage_count);
    if (folder.skipped > 0) {
        snprintf(figures + used, sizeof figures - (size_t)used, "; %d METEOR comparisons left out for want of data",
                 folder.skipped);
    }
    return rg_score_close(&folder.score, figures, line, line_size);
}
