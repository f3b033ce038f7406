/* rgpt-test-bad DIR...: every row of DIR/manifest.json; the contract is in doc/cli.md.
 *
 * A row is {"file", "expect", "why"}; expect is "accept", "reject", "either", "reject-at-model" (the
 * container may be in order, the model in it is not) or "per case" (the file is a list of such rows). Every
 * input must be dealt with within the limits of doc/testing.md, and a refusal must say why in one line.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bad.h"
#include "case.h"

/* AddressSanitizer's quarantine and shadow are not the library's memory. */
#if defined(__SANITIZE_ADDRESS__)
enum { MEMORY_FACTOR = 2 };
#else
enum { MEMORY_FACTOR = 1 };
#endif

static const rg_limits limits = {
    .wall_seconds = 30, .cpu_seconds = 2, .memory_growth = (size_t)MEMORY_FACTOR * 512 << 20};

typedef struct bad_kind {
    const char *suffix; /* of the file's name; for other names the folder is looked at */
    const char *folder;
    rgpt_status (*open)(const char *path, rgpt_error *err);
    const char *why_not; /* open is NULL for this reason */
} bad_kind;

typedef struct case_kind {
    const char *field; /* that every case of the list has */
    rgpt_status (*open)(const json_t *row, rgpt_error *err);
    const char *why_not;
} case_kind;

#define PENDING NULL, "no test of this kind in this build"

static const bad_kind bad_kinds[] = {
    {".gguf", "gguf", rg_bad_gguf, NULL},
    {".safetensors", "safetensors", rg_bad_safetensors, NULL},
    {".png", "images", rg_bad_image, NULL},
    {".jpg", "images", rg_bad_image, NULL},
    {".jpeg", "images", rg_bad_image, NULL},
    {".webp", "images", rg_bad_image, NULL},
    {".raw", "http", NULL, "this build has no server"},
};

static const case_kind case_kinds[] = {
    {"segmentation", rg_bad_rle_case, NULL},
    {"hex", rg_bad_utf8_case, NULL},
};

/* One input, whether a file of its own or an element of a list. */
typedef struct input {
    const char *expect;
    rgpt_status (*open)(const char *path, rgpt_error *err);
    const char *path;
    rgpt_status (*open_row)(const json_t *row, rgpt_error *err);
    const json_t *row;
} input;

static bool is_as_expected(const char *expect, bool is_accepted, const rgpt_error *err, const char **wrong) {
    *wrong = "";
    if (is_accepted && strncmp(expect, "reject", strlen("reject")) == 0) *wrong = "accepted, must be rejected";
    if (!is_accepted && strcmp(expect, "accept") == 0) *wrong = "rejected, must be accepted: ";
    if (!is_accepted && (err->message[0] == '\0' || strchr(err->message, '\n'))) *wrong = "rejected without one line: ";
    return **wrong == '\0';
}

static int run_input(const void *what, char *line, size_t line_size) {
    const input *in = what;
    rgpt_error err = {0};
    rgpt_status status = in->open ? in->open(in->path, &err) : in->open_row(in->row, &err);
    const char *wrong;
    bool is_good = is_as_expected(in->expect, status == RGPT_OK, &err, &wrong);
    snprintf(line, line_size, "%s%s", wrong, status == RGPT_OK ? is_good ? "accepted" : "" : err.message);
    return is_good ? RG_CASE_PASS : RG_CASE_FAIL;
}

static bool ends_with(const char *text, const char *suffix) {
    size_t length = strlen(text), suffix_length = strlen(suffix);
    return length >= suffix_length && strcmp(text + length - suffix_length, suffix) == 0;
}

static const bad_kind *find_kind(const char *file) {
    size_t count = sizeof bad_kinds / sizeof *bad_kinds;
    for (size_t i = 0; i < count; i++) {
        if (ends_with(file, bad_kinds[i].suffix)) return &bad_kinds[i];
    }
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(bad_kinds[i].folder);
        if (strncmp(file, bad_kinds[i].folder, length) == 0 && file[length] == '/') return &bad_kinds[i];
    }
    return NULL;
}

static void run_file(rg_tally *tally, const char *path, const char *file, const char *expect) {
    static const char *const expects[] = {"accept", "reject", "either", "reject-at-model"};
    const bad_kind *kind = find_kind(file);
    bool is_known = false;
    for (size_t i = 0; i < sizeof expects / sizeof *expects; i++) is_known |= strcmp(expect, expects[i]) == 0;
    if (!kind) {
        rg_case_report(tally, file, RG_CASE_FAIL, "a kind of file that this runner does not know");
    } else if (!kind->open) {
        rg_case_report(tally, file, RG_CASE_SKIP, kind->why_not);
    } else if (!is_known) {
        rg_case_report(tally, file, RG_CASE_FAIL, "\"expect\" is a word that this runner does not know");
    } else if (strcmp(expect, "reject-at-model") == 0) {
        rg_case_run(tally, file, &limits, run_input, &(input){.expect = "reject", .open = rg_bad_model, .path = path});
    } else {
        rg_case_run(tally, file, &limits, run_input, &(input){.expect = expect, .open = kind->open, .path = path});
    }
}

static void run_list_row(rg_tally *tally, const char *file, const json_t *row) {
    const char *name = json_string_value(json_object_get(row, "name"));
    const char *expect = json_string_value(json_object_get(row, "expect"));
    char full_name[300];
    snprintf(full_name, sizeof full_name, "%s:%s", file, name ? name : "(no name)");

    const case_kind *kind = case_kinds, *end = kind + sizeof case_kinds / sizeof *case_kinds;
    while (kind < end && !json_object_get(row, kind->field)) kind++;
    if (kind == end) {
        rg_case_report(tally, full_name, RG_CASE_FAIL, "a kind of case that this runner does not know");
    } else if (!kind->open) {
        rg_case_report(tally, full_name, RG_CASE_SKIP, kind->why_not);
    } else {
        input in = {.expect = expect ? expect : "accept", .open_row = kind->open, .row = row};
        rg_case_run(tally, full_name, &limits, run_input, &in);
    }
}

static void run_list(rg_tally *tally, const char *path, const char *file) {
    json_error_t error;
    json_t *rows = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (!json_is_array(rows)) rg_case_report(tally, file, RG_CASE_FAIL, rows ? "not a list" : error.text);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) run_list_row(tally, file, row);
    json_decref(rows);
}

static void run_manifest(rg_tally *tally, const char *folder) {
    char path[4096];
    snprintf(path, sizeof path, "%s/manifest.json", folder);
    json_error_t error;
    json_t *rows = json_load_file(path, 0, &error);
    if (!json_is_array(rows)) rg_case_report(tally, path, RG_CASE_FAIL, rows ? "not a list" : error.text);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) {
        const char *file = json_string_value(json_object_get(row, "file"));
        const char *expect = json_string_value(json_object_get(row, "expect"));
        if (!file || !expect) {
            rg_case_report(tally, path, RG_CASE_FAIL, "a row without \"file\" or \"expect\"");
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", folder, file);
        if (ends_with(file, ".json")) {
            run_list(tally, path, file);
        } else {
            run_file(tally, path, file, expect);
        }
    }
    json_decref(rows);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s DIR...   DIR holds a manifest.json\n", argv[0]);
        return 2;
    }
    rg_tally tally = {0};
    for (int i = 1; i < argc; i++) run_manifest(&tally, argv[i]);
    return rg_tally_close(&tally);
}
