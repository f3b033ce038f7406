/* rg_weights_open: which of the forms a model comes in is this one? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "io/json_members.h"
#include "io/weights.h"

/* ------------------------------------------------------------------ an index of shards */

enum { SHARD_LIMIT = 1000, NAME_LIMIT = 255 };

typedef struct shard {
    char name[NAME_LIMIT + 1];
    const rg_weights *weights; /* the set keeps it */
} shard;

typedef struct shard_index {
    const char *folder; /* with its slash, or "" */
    int folder_length;
    rg_weights *set;
    shard *shards; /* SHARD_LIMIT of them */
    size_t shard_count;
    bool has_map;
} shard_index;

/* Shards are safetensors and nothing else: were an index let in, two could name each other for ever. */
static rgpt_status open_shard(shard_index *x, const char *name, const rg_weights **out, rgpt_error *err) {
    char *path = NULL;
    rg_safetensors *file = NULL;
    rg_weights *weights = NULL;
    if (asprintf(&path, "%.*s%s", x->folder_length, x->folder, name) < 0)
        return rg_fail_memory(err, name, strlen(name));
    rgpt_status status = rg_safetensors_open(path, &file, err);
    free(path);
    if (status == RGPT_OK) status = rg_weights_from_safetensors(file, &weights, err);
    if (status != RGPT_OK) return status;
    rg_weights_keep(x->set, weights);
    *out = weights;
    return RGPT_OK;
}

/* An index comes with its shards: it may not send us anywhere else in the file system. */
static bool is_plain_name(const char *name) {
    size_t length = strlen(name);
    return length > 0 && length <= NAME_LIMIT && !strchr(name, '/') && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

/* The shard of that file name, opened when first asked for. */
static rgpt_status get_shard(shard_index *x, const char *name, const rg_weights **out, rgpt_error *err) {
    for (size_t i = x->shard_count; i-- > 0;) { /* backwards: neighbours in the map share a shard */
        if (strcmp(x->shards[i].name, name) != 0) continue;
        *out = x->shards[i].weights;
        return RGPT_OK;
    }
    if (!is_plain_name(name)) {
        return rg_fail(err, RGPT_FORMAT, "found shard '%s', wanted the name of a file in the index's folder", name);
    }
    if (x->shard_count == SHARD_LIMIT) return rg_fail(err, RGPT_LIMIT, "more than %d shards", SHARD_LIMIT);
    shard *s = &x->shards[x->shard_count];
    rgpt_status status = open_shard(x, name, &s->weights, err);
    if (status != RGPT_OK) return status;
    memcpy(s->name, name, strlen(name) + 1);
    x->shard_count++;
    *out = s->weights;
    return RGPT_OK;
}

/* One row of the weight map: "tensor": "shard". */
static rgpt_status visit_tensor(void *self, const char *key, rg_json_cursor *c, rgpt_error *err) {
    shard_index *x = self;
    const rg_weights *weights = NULL;
    json_t *name = NULL;
    rgpt_status status = rg_json_string(c, &name, err);
    if (status == RGPT_OK) status = get_shard(x, json_string_value(name), &weights, err);
    if (status == RGPT_OK) {
        const rg_weight *found = rg_weights_find(weights, key);
        status = found ? rg_weights_add_view(x->set, found, err)
                       : rg_fail(err, RGPT_FORMAT, "not in its shard '%s'", json_string_value(name));
    }
    json_decref(name);
    return status == RGPT_OK ? RGPT_OK : rg_fail_within(err, status, "tensor '%s'", key);
}

static rgpt_status visit_index(void *self, const char *key, rg_json_cursor *c, rgpt_error *err) {
    enum { OTHER_LIMIT = 65536 }; /* bytes; "metadata" tells a total size */
    shard_index *x = self;
    if (strcmp(key, "weight_map") == 0) {
        x->has_map = true;
        return rg_json_walk(c, visit_tensor, x, err);
    }
    json_t *ignored = NULL;
    rgpt_status status = rg_json_value(c, OTHER_LIMIT, &ignored, err);
    json_decref(ignored);
    return status;
}

static rgpt_status read_index(shard_index *x, const rg_map *map, rgpt_error *err) {
    rg_json_cursor c = {.text = (const char *)map->data, .size = map->size};
    rgpt_status status = rg_json_walk(&c, visit_index, x, err);
    if (status == RGPT_OK && !x->has_map) status = rg_fail(err, RGPT_FORMAT, "wanted an index with a \"weight_map\"");
    if (status == RGPT_OK) status = rg_weights_seal(x->set, err);
    return status;
}

static rgpt_status open_index(const char *path, const rg_map *map, rg_weights **out, rgpt_error *err) {
    const char *slash = strrchr(path, '/');
    shard_index x = {.folder = path, .folder_length = slash ? (int)(slash - path) + 1 : 0};
    x.shards = malloc(SHARD_LIMIT * sizeof *x.shards);
    if (!x.shards) return rg_fail_memory(err, path, SHARD_LIMIT * sizeof *x.shards);
    rgpt_status status = rg_weights_new(&x.set, err);
    if (status == RGPT_OK) status = read_index(&x, map, err);
    free(x.shards);
    if (status != RGPT_OK) {
        rg_weights_close(x.set);
        return rg_fail_within(err, status, "%s", path);
    }
    *out = x.set;
    return RGPT_OK;
}

/* ------------------------------------------------------------------ one file */

typedef enum form { UNKNOWN, GGUF, SAFETENSORS, INDEX, PICKLE } form;

/* By contents: names are often wrong, and a wrong guess gives a message about the wrong format. */
static form sniff(const rg_map *map) {
    const char *text = (const char *)map->data;
    if (map->size >= 4 && memcmp(text, "GGUF", 4) == 0) return GGUF;
    if (map->size >= 4 && memcmp(text, "PK\3\4", 4) == 0) return PICKLE;
    if (map->size < 9) return UNKNOWN;
    /* As a safetensors length, eight bytes of JSON text would be an absurd number. */
    uint64_t header_size;
    memcpy(&header_size, text, sizeof header_size);
    if (text[8] == '{' && header_size >> 56 == 0) return SAFETENSORS;
    size_t at = 0;
    while (at < map->size && memchr(" \t\r\n", text[at], 4)) at++;
    return at < map->size && text[at] == '{' ? INDEX : UNKNOWN;
}

static rgpt_status open_gguf(const char *path, rg_weights **out, rgpt_error *err) {
    rg_gguf *file;
    rgpt_status status = rg_gguf_open(path, &file, err);
    return status == RGPT_OK ? rg_weights_from_gguf(file, out, err) : status;
}

static rgpt_status open_safetensors(const char *path, rg_weights **out, rgpt_error *err) {
    rg_safetensors *file;
    rgpt_status status = rg_safetensors_open(path, &file, err);
    return status == RGPT_OK ? rg_weights_from_safetensors(file, out, err) : status;
}

static rgpt_status open_file(const char *path, rg_weights **out, rgpt_error *err) {
    rg_map map;
    rgpt_status status = rg_map_open(path, &map, err);
    if (status != RGPT_OK) return status;
    switch (sniff(&map)) {
    case GGUF:
        status = open_gguf(path, out, err);
        break;
    case SAFETENSORS:
        status = open_safetensors(path, out, err);
        break;
    case INDEX:
        status = open_index(path, &map, out, err);
        break;
    case PICKLE:
        status = rg_fail(err, RGPT_UNSUPPORTED, "%s: a PyTorch archive, wanted safetensors (save it as such)", path);
        break;
    case UNKNOWN:
        status = rg_fail(err, RGPT_FORMAT, "%s: neither GGUF nor safetensors nor an index of shards", path);
        break;
    }
    rg_map_close(&map);
    return status;
}

/* ------------------------------------------------------------------ a folder */

static rgpt_status open_folder(const char *folder, rg_weights **out, rgpt_error *err) {
    static const char *const names[] = {"model.safetensors", "model.safetensors.index.json",
                                        "adapter_model.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = NULL;
        struct stat info;
        if (asprintf(&path, "%s/%s", folder, names[i]) < 0) return rg_fail_memory(err, folder, strlen(folder));
        bool is_there = stat(path, &info) == 0;
        rgpt_status status = is_there ? open_file(path, out, err) : RGPT_OK;
        free(path);
        if (is_there) return status;
    }
    return rg_fail(err, RGPT_IO, "%s: found no %s, %s or %s in this folder", folder, names[0], names[1], names[2]);
}

rgpt_status rg_weights_open(const char *path, rg_weights **out, rgpt_error *err) {
    *out = NULL;
    struct stat info;
    if (stat(path, &info) != 0) return rg_fail_errno(err, "cannot open", path);
    return S_ISDIR(info.st_mode) ? open_folder(path, out, err) : open_file(path, out, err);
}
