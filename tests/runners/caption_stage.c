#include "caption_stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "eval/meteor_norm.h"
#include "eval/meteor_synonym.h"
#include "eval/ptb.h"
#include "eval/stemmer.h"
#include "fixture.h"

enum { TEXT_CAP = 1 << 30 };

static void fail(caption_folder *folder, const char *what, rgpt_error *err) {
    rg_fail_within(err, err->status, "%s", what);
    rg_score_fail(&folder->score, err->message);
}

void caption_compare_text(caption_folder *folder, const char *what, size_t index, const char *found,
                          const char *wanted) {
    if (wanted && strcmp(found, wanted) == 0) {
        folder->score.compared++;
        return;
    }
    char text[300];
    snprintf(text, sizeof text, "%s: line %zu: found '%.100s', wanted '%.100s'", what, index, found,
             wanted ? wanted : "(no text)");
    rg_score_fail(&folder->score, text);
}

/* ---------------------------------------------------------------- PTB tokens */

/* One document of all captions; the reference puts a space for each of their own line feeds. */
static rgpt_status join(const json_t *captions, rg_buffer *out, rgpt_error *err) {
    size_t i;
    json_t *caption;
    rgpt_status status = RGPT_OK;
    json_array_foreach(captions, i, caption) {
        const char *text = json_string_value(caption);
        if (!text) return rg_fail(err, RGPT_FORMAT, "caption %zu is no text", i);
        size_t start = out->size + (i > 0);
        if (i > 0 && status == RGPT_OK) status = rg_buffer_text(out, "\n", err);
        if (status == RGPT_OK) status = rg_buffer_append(out, text, json_string_length(caption), err);
        for (size_t k = start; k < out->size; k++) {
            if (out->data[k] == '\n') out->data[k] = ' ';
        }
    }
    return status;
}

static void compare_line(caption_folder *folder, const char *what, size_t index, char *line, const json_t *raw,
                         const json_t *filtered) {
    rg_buffer kept = {.cap = TEXT_CAP};
    if (raw) caption_compare_text(folder, what, index, line, json_string_value(json_array_get(raw, index)));
    if (filtered && rg_ptb_filter(line, strlen(line), &kept, NULL) == RGPT_OK) {
        const char *wanted = json_string_value(json_array_get(filtered, index));
        caption_compare_text(folder, what, index, kept.data ? kept.data : "", wanted);
    }
    rg_buffer_reset(&kept);
}

void caption_compare_tokens(caption_folder *folder, const char *what, const json_t *captions, const json_t *raw,
                            const json_t *filtered) {
    rg_ptb *ptb = NULL;
    rg_buffer text = {.cap = TEXT_CAP}, tokens = {.cap = TEXT_CAP};
    rgpt_error err = {0};
    rgpt_status status = rg_ptb_new(&ptb, &err);
    if (status == RGPT_OK) status = join(captions, &text, &err);
    if (status == RGPT_OK) status = rg_ptb_tokenize(ptb, text.data ? text.data : "", text.size, &tokens, &err);
    if (status == RGPT_OK) status = rg_buffer_text(&tokens, "", &err); /* at least a terminator */
    if (status != RGPT_OK) {
        fail(folder, what, &err);
    } else {
        char *line = tokens.data;
        size_t count = json_array_size(raw ? raw : filtered);
        for (size_t i = 0; i < count; i++) {
            char *end = line ? strchr(line, '\n') : NULL;
            if (end) *end = '\0';
            compare_line(folder, what, i, line ? line : (char *)"(no line)", raw, filtered);
            line = end ? end + 1 : NULL;
        }
        if (line && *line) caption_compare_text(folder, what, count, line, "(no line)");
    }
    rg_ptb_free(ptb);
    rg_buffer_reset(&text);
    rg_buffer_reset(&tokens);
}

static void run_line_breaks(caption_folder *folder, const char *name, const json_t *root) {
    const char *key;
    json_t *one;
    char what[200];
    json_object_foreach((json_t *)root, key, one) {
        snprintf(what, sizeof what, "%s: %s", name, key);
        caption_compare_tokens(folder, what, json_object_get(one, "input"), json_object_get(one, "ptb_raw_lines"),
                               NULL);
    }
}

/* ---------------------------------------------------------------- METEOR's stages */

/* DATA/NAME, or false without data. */
static bool data_path(const caption_folder *folder, const char *name, char *path, size_t size) {
    if (!folder->meteor_data[0]) return false;
    return snprintf(path, size, "%s/%s", folder->meteor_data, name) < (int)size;
}

static void run_norm(caption_folder *folder, const char *name, const json_t *input, const json_t *wanted) {
    char path[4200];
    rg_meteor_norm *norm;
    rgpt_error err = {0};
    if (!data_path(folder, "nonbreaking/english.prefixes", path, sizeof path)) {
        folder->skipped++;
        return;
    }
    if (rg_meteor_norm_open(path, &norm, &err) != RGPT_OK) {
        fail(folder, name, &err);
        return;
    }
    rg_buffer line = {.cap = TEXT_CAP};
    size_t i;
    json_t *text;
    json_array_foreach(input, i, text) {
        line.size = 0;
        rgpt_status status = rg_meteor_normalize(norm, json_string_value(text), json_string_length(text), &line, &err);
        if (status == RGPT_OK) status = rg_buffer_text(&line, "", &err);
        if (status != RGPT_OK) {
            fail(folder, name, &err);
            break;
        }
        caption_compare_text(folder, name, i, line.data, json_string_value(json_array_get(wanted, i)));
    }
    rg_buffer_reset(&line);
    rg_meteor_norm_close(norm);
}

/* meteor_norm_X.json has the results only; their input are the tokens in ptb_X.json. */
static void run_norm_of_tokens(caption_folder *folder, const char *name, const json_t *wanted) {
    char other[300], reason[300];
    const char *rest = strncmp(name, "meteor_norm_", 12) == 0 ? name + 12 : name;
    snprintf(other, sizeof other, "ptb_%s", rest);
    json_t *tokens = rg_fixture_json(folder->dir, other, reason, sizeof reason);
    if (tokens) {
        run_norm(folder, name, json_object_get(tokens, "ptb_filtered"), wanted);
    } else {
        rg_score_fail(&folder->score, reason);
    }
    json_decref(tokens);
}

static void run_stemmer(caption_folder *folder, const char *name, const json_t *words, const json_t *stems) {
    rg_stemmer *stemmer;
    rgpt_error err = {0};
    if (rg_stemmer_new(&stemmer, &err) != RGPT_OK) {
        fail(folder, name, &err);
        return;
    }
    size_t i;
    json_t *word;
    json_array_foreach(words, i, word) {
        const char *stem = "";
        size_t size = 0;
        char found[200];
        rg_stemmer_stem(stemmer, json_string_value(word), json_string_length(word), &stem, &size, &err);
        snprintf(found, sizeof found, "%.*s", (int)size, stem);
        caption_compare_text(folder, name, i, found, json_string_value(json_array_get(stems, i)));
    }
    rg_stemmer_free(stemmer);
}

static bool equal_sets(const rg_ids *found, const json_t *wanted) {
    bool equal = found->count == json_array_size(wanted);
    for (size_t i = 0; i < found->count && equal; i++) {
        equal = found->data[i] == json_integer_value(json_array_get(wanted, i));
    }
    return equal;
}

static void run_synonyms(caption_folder *folder, const char *name, const json_t *words, const json_t *sets) {
    char path[4200];
    rg_synonyms *synonyms;
    rgpt_error err = {0};
    if (!data_path(folder, "synonym", path, sizeof path)) {
        folder->skipped++;
        return;
    }
    if (rg_synonyms_open(path, &synonyms, &err) != RGPT_OK) {
        fail(folder, name, &err);
        return;
    }
    rg_ids found = {.cap = 1 << 20};
    size_t i;
    json_t *word;
    json_array_foreach(words, i, word) {
        found.count = 0;
        const char *text = json_string_value(word);
        rg_synonyms_find(synonyms, text, json_string_length(word), &found, &err);
        bool equal = equal_sets(&found, json_array_get(sets, i));
        caption_compare_text(folder, name, i, equal ? text : "(other sets)", text);
    }
    rg_ids_reset(&found);
    rg_synonyms_close(synonyms);
}

/* ---------------------------------------------------------------- METEOR's counts */

bool caption_meteor_options(const caption_folder *folder, const char *set, rg_meteor_options *options, char *path,
                            size_t path_size) {
    bool has_paraphrases = strncmp(set, "essp_", 5) == 0, has_synonyms = has_paraphrases || strcmp(set, "ess") == 0;
    bool has_stems = has_synonyms || strcmp(set, "exact_stem") == 0;
    if (!folder->meteor_data[0] || (!has_stems && strcmp(set, "exact") != 0)) return false;
    *options = (rg_meteor_options){.data = folder->meteor_data};
    options->has_module[RG_METEOR_STEM] = has_stems;
    options->has_module[RG_METEOR_SYNONYM] = has_synonyms;
    if (!has_paraphrases) return true;
    snprintf(path, path_size, "%s/paraphrase-%s.gz", folder->dir, set + 5);
    options->paraphrases = path;
    return access(path, R_OK) == 0;
}

/* Adds "SCORE ||| reference ||| ... ||| candidate" to METEOR; the number of references in *count. */
static rgpt_status add_line(rg_meteor *meteor, const char *line, size_t *count, rgpt_error *err) {
    static const char bar[] = " ||| ";
    const char *candidate = line, *next;
    while ((next = strstr(candidate, bar))) candidate = next + strlen(bar);
    rgpt_status status = rg_meteor_add(meteor, candidate, strlen(candidate), err);
    *count = 0;
    const char *at = strstr(line, bar);
    for (at = at ? at + strlen(bar) : candidate; at < candidate && status == RGPT_OK; ++*count) {
        next = strstr(at, bar);
        status = rg_meteor_add(meteor, at, (size_t)(next - at), err);
        at = next + strlen(bar);
    }
    return status;
}

/* As METEOR 1.5 prints them. */
static void print_stats(const rg_meteor_stats *s, char *out, size_t size) {
    const rg_meteor_side *c = &s->candidate, *r = &s->reference;
    int at = snprintf(out, size, "%llu.0 %llu.0 %llu.0 %llu.0", (unsigned long long)c->length,
                      (unsigned long long)r->length, (unsigned long long)c->function, (unsigned long long)r->function);
    for (int m = 0; m < RG_METEOR_MODULE_COUNT; m++) {
        at += snprintf(out + at, size - (size_t)at, " %llu.0 %llu.0 %llu.0 %llu.0",
                       (unsigned long long)c->content_matched[m], (unsigned long long)r->content_matched[m],
                       (unsigned long long)c->function_matched[m], (unsigned long long)r->function_matched[m]);
    }
    snprintf(out + at, size - (size_t)at, " %llu.0 %llu.0 %llu.0", (unsigned long long)s->chunks,
             (unsigned long long)c->matched, (unsigned long long)r->matched);
}

static void run_stats_set(caption_folder *folder, const char *set, const json_t *lines, const json_t *wanted) {
    char path[4200], found[700];
    rg_meteor_options options;
    if (!caption_meteor_options(folder, set, &options, path, sizeof path)) {
        folder->skipped++;
        return;
    }
    size_t count = json_array_size(lines), i;
    rg_meteor *meteor = NULL;
    rgpt_error err = {0};
    size_t *reference_counts = calloc(count + 1, sizeof *reference_counts);
    rg_meteor_stats *stats = calloc(count + 1, sizeof *stats);
    rgpt_status status = reference_counts && stats ? RGPT_OK : rg_fail_memory(&err, "counts", count);
    if (status == RGPT_OK) status = rg_meteor_open(&options, &meteor, &err);
    for (i = 0; i < count && status == RGPT_OK; i++) {
        status = add_line(meteor, json_string_value(json_array_get(lines, i)), &reference_counts[i], &err);
    }
    if (status == RGPT_OK) status = rg_meteor_finish(meteor, reference_counts, count, stats, &err);
    if (status != RGPT_OK) fail(folder, set, &err);
    for (i = 0; i < count && status == RGPT_OK; i++) {
        print_stats(&stats[i], found, sizeof found);
        caption_compare_text(folder, set, i, found, json_string_value(json_array_get(wanted, i)));
    }
    rg_meteor_close(meteor);
    free(stats);
    free(reference_counts);
}

static void run_stats(caption_folder *folder, const json_t *root) {
    const json_t *lines = json_object_get(root, "score_lines");
    const char *set;
    json_t *wanted;
    json_object_foreach((json_t *)root, set, wanted) {
        if (strcmp(set, "score_lines") != 0) run_stats_set(folder, set, lines, wanted);
    }
}

/* ---------------------------------------------------------------- which stage */

bool caption_stage_run(caption_folder *folder, const char *name, const json_t *root) {
    const json_t *input = json_object_get(root, "input"), *words = json_object_get(root, "word");
    const json_t *first = json_object_iter_value(json_object_iter((json_t *)root));
    const json_t *of_tokens = json_object_get(root, "normalized_lower_of_ptb_filtered");
    if (json_object_get(root, "ptb_raw") || json_object_get(root, "ptb_filtered")) {
        caption_compare_tokens(folder, name, input, json_object_get(root, "ptb_raw"),
                               json_object_get(root, "ptb_filtered"));
    } else if (json_object_get(first, "ptb_raw_lines")) {
        run_line_breaks(folder, name, root);
    } else if (json_object_get(root, "normalized_lower")) {
        run_norm(folder, name, input, json_object_get(root, "normalized_lower"));
    } else if (of_tokens) {
        run_norm_of_tokens(folder, name, of_tokens);
    } else if (words && json_object_get(root, "stem")) {
        run_stemmer(folder, name, words, json_object_get(root, "stem"));
    } else if (words && json_object_get(root, "synsets")) {
        run_synonyms(folder, name, words, json_object_get(root, "synsets"));
    } else if (json_object_get(root, "score_lines")) {
        run_stats(folder, root);
    } else {
        return false;
    }
    folder->stage_count++;
    return true;
}
