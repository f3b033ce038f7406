#include "folder.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A path too long for `out` becomes "", which no file has. */
static void join_path(char *out, size_t size, const char *folder, const char *file) {
    int length = snprintf(out, size, "%s/%s", folder, file);
    if (length < 0 || (size_t)length >= size) out[0] = '\0';
}

static json_t *load(const char *folder, const char *file) {
    char path[4096];
    join_path(path, sizeof path, folder, file);
    return json_load_file(path, 0, NULL);
}

/* Only the names matter here, so the header is read by itself: a little-endian length, then JSON. */
static json_t *load_tensor_names(const char *folder) {
    char path[4096];
    join_path(path, sizeof path, folder, "expected.safetensors");
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    uint64_t size = 0;
    json_t *names = NULL;
    if (fread(&size, sizeof size, 1, file) == 1 && size < (1u << 20)) {
        char *text = malloc(size);
        if (text && fread(text, 1, size, file) == size) names = json_loadb(text, size, 0, NULL);
        free(text);
    }
    fclose(file);
    return names;
}

void rg_folder_open(const char *path, rg_folder *out) {
    *out = (rg_folder){
        .path = path,
        .config = load(path, "config.json"),
        .about = load(path, "case.json"),
        .expected = load(path, "expected.json"),
        .tensors = load_tensor_names(path),
    };
}

void rg_folder_close(rg_folder *folder) {
    json_decref(folder->config);
    json_decref(folder->about);
    json_decref(folder->expected);
    json_decref(folder->tensors);
}

bool rg_folder_has(const char *path, const char *file) {
    char full[4096];
    struct stat info;
    join_path(full, sizeof full, path, file);
    return stat(full, &info) == 0;
}

bool rg_folder_has_prefix(const char *path, const char *prefix) {
    DIR *dir = opendir(path);
    if (!dir) return false;
    bool found = false;
    for (struct dirent *entry; !found && (entry = readdir(dir));) {
        found = strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    }
    closedir(dir);
    return found;
}

bool rg_folder_search(const char *dir, int depth, rg_folder_fn *visit, void *context) {
    struct dirent **entries;
    int count = scandir(dir, &entries, NULL, alphasort);
    bool found = false;
    for (int i = 0; i < count; i++) {
        char path[4096];
        const char *name = entries[i]->d_name;
        join_path(path, sizeof path, dir, name);
        bool is_there = name[0] != '.' && path[0] != '\0';
        if (!found && is_there) found = visit(context, name, path);
        if (!found && is_there && depth > 0) found = rg_folder_search(path, depth - 1, visit, context);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
    return found;
}

/* What a forked case is handed. */
typedef struct kind_run {
    const rg_kind *kind;
    const char *path;
} kind_run;

static int run_kind(const void *what, char *line, size_t line_size) {
    const kind_run *run = what;
    return run->kind->run(run->path, line, line_size);
}

static const char *last_part(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static const rg_kind *find_kind(const rg_kind *kinds, const char *path) {
    rg_folder folder;
    rg_folder_open(path, &folder);
    const rg_kind *kind = kinds;
    while (kind->name && !kind->matches(&folder)) kind++;
    rg_folder_close(&folder);
    return kind->name ? kind : NULL;
}

static void run_case(rg_tally *tally, const rg_kind *kinds, const char *path) {
    /* A case of the largest kind (5,000 captions, every METEOR stage) under ASan on a busy core. */
    static const rg_limits limits = {.wall_seconds = 600};
    const rg_kind *kind = find_kind(kinds, path);
    if (!kind) {
        rg_case_report(tally, last_part(path), RG_CASE_FAIL, "a kind of case that this runner does not know");
    } else if (!kind->run) {
        rg_case_report(tally, last_part(path), RG_CASE_SKIP, kind->why_not);
    } else {
        rg_case_run(tally, last_part(path), &limits, run_kind, &(kind_run){kind, path});
    }
}

static void run_subfolders(rg_tally *tally, const rg_kind *kinds, const char *marker, const char *path) {
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char sub[4096];
        struct stat info;
        join_path(sub, sizeof sub, path, entries[i]->d_name);
        bool is_case = entries[i]->d_name[0] != '.' && stat(sub, &info) == 0 && S_ISDIR(info.st_mode) &&
                       (!marker || rg_folder_has(sub, marker));
        if (is_case) run_case(tally, kinds, sub);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
}

int rg_folder_main(int argc, char **argv, const rg_kind *kinds, const char *marker) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s DIR...   DIR: a case folder, or a folder of case folders\n", argv[0]);
        return 2;
    }
    rg_tally tally = {0};
    for (int i = 1; i < argc; i++) {
        bool is_case = marker ? rg_folder_has(argv[i], marker) : find_kind(kinds, argv[i]) != NULL;
        if (is_case) {
            run_case(&tally, kinds, argv[i]);
        } else {
            run_subfolders(&tally, kinds, marker, argv[i]);
        }
    }
    return rg_tally_close(&tally);
}
