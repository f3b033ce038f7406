/* Text -> ids, against what an independent tokenizer gives: case.json's {"what", "cases": [{"text", "ids"}]}.
 *
 * The vocabulary is vocab.gguf, tokenizer.model, or vocab.json with merges.txt in the case's folder. Where neither is,
 * "what" says which published one is meant, and the case is skipped if that is not on this machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "golden.h"
#include "published.h"
#include "vocabulary.h"

static bool is_readable(const char *path) {
    return access(path, R_OK) == 0;
}

static bool find_vocabulary(const char *what, const char *dir, char *path, size_t path_size) {
    static const char *const own[] = {"vocab.gguf", "tokenizer.model", "vocab.json"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        snprintf(path, path_size, "%s/%s", dir, own[i]);
        if (is_readable(path)) return true;
    }
    return rg_published_find(what, dir, path, path_size);
}

static bool ids_equal(const rg_ids *found, const json_t *wanted) {
    if (found->count != json_array_size(wanted)) return false;
    for (size_t i = 0; i < found->count; i++) {
        if (found->data[i] != json_integer_value(json_array_get(wanted, i))) return false;
    }
    return true;
}

static int run_cases(const rg_tokenizer *t, const json_t *about, unsigned mode, char *line, size_t line_size) {
    size_t i, right = 0;
    json_t *row, *cases = json_object_get(about, "cases");
    line[0] = '\0';
    json_array_foreach(cases, i, row) {
        const json_t *text = json_object_get(row, "text");
        rgpt_error err = {0};
        rg_ids ids = {.cap = SIZE_MAX};
        rgpt_status status =
            rg_tokenizer_encode(t, json_string_value(text), json_string_length(text), mode, &ids, &err);
        bool is_right = status == RGPT_OK && ids_equal(&ids, json_object_get(row, "ids"));
        right += is_right;
        if (!is_right && line[0] == '\0') {
            snprintf(line, line_size, "case %zu: '%.40s': %s; ", i, json_string_value(text),
                     status == RGPT_OK ? "other ids" : err.message);
        }
        rg_ids_reset(&ids);
    }
    size_t used = strlen(line);
    snprintf(line + used, line_size - used, "%zu of %zu texts", right, i);
    return right == i ? RG_CASE_PASS : RG_CASE_FAIL;
}

int rg_golden_tokenizer(const char *dir, char *line, size_t line_size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/case.json", dir);
    json_t *about = json_load_file(path, JSON_ALLOW_NUL, NULL);
    const char *what = json_string_value(json_object_get(about, "what"));
    if (!what) what = "";
    int verdict = RG_CASE_SKIP;
    if (find_vocabulary(what, dir, path, sizeof path)) {
        rgpt_error err = {0};
        rg_tokenizer *t;
        rgpt_status status = rg_vocabulary_open(path, &t, &err);
        unsigned mode = strstr(what, "not parsed") ? RG_ENCODE_PLAIN : RG_ENCODE_SPECIALS;
        if (status == RGPT_OK) {
            verdict = run_cases(t, about, mode, line, line_size);
            rg_tokenizer_free(t);
        } else {
            verdict = RG_CASE_FAIL;
            snprintf(line, line_size, "%s: %s", path, err.message);
        }
    } else {
        snprintf(line, line_size, "its vocabulary is not on this machine (%.100s)", what);
    }
    json_decref(about);
    return verdict;
}
