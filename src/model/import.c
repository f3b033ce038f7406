#include "model/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json_parse.h"
#include "model/config_gguf.h"

enum { CONFIG_LIMIT = 1 << 20, PATH_SIZE = 4096 };

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool exists(const char *path) {
    struct stat info;
    return stat(path, &info) == 0;
}

/* folder/name; false when it does not fit, and then it exists for nobody. */
static bool join(char out[PATH_SIZE], const char *folder, const char *name) {
    int length = snprintf(out, PATH_SIZE, "%s/%s", folder, name);
    return length >= 0 && length < PATH_SIZE;
}

/* Reads folder/name; *out is NULL, without an error, if there is no such file. */
static rgpt_status read_json(const char *folder, const char *name, json_t **out, rgpt_error *err) {
    *out = NULL;
    char path[PATH_SIZE];
    if (!join(path, folder, name) || !exists(path)) return RGPT_OK;
    char *text;
    size_t size;
    rgpt_status status = rg_file_read(path, CONFIG_LIMIT, &text, &size, err);
    if (status != RGPT_OK) return status;
    status = rg_json_parse(text, size, out, err);
    free(text);
    if (status != RGPT_OK) return rg_fail_within(err, status, "%s", path);
    if (json_is_object(*out)) return RGPT_OK;
    json_decref(*out);
    *out = NULL;
    return rg_fail(err, RGPT_FORMAT, "%s: found no object, wanted one", path);
}

/* ------------------------------------------------------------------ one source */

/* What config.json of a RegionGPT folder said, for parts that follow. */
typedef struct joining {
    rg_import *im;
    json_t *config; /* "architecture": "regiongpt"; NULL: none yet */
} joining;

static const json_t *about_vision(const joining *j) {
    return json_object_get(j->config, "vision");
}

/* What a folder of transformers' holds: a tower, a decoder, or a LLaVA with both and a projector. */
static rgpt_status add_transformers(joining *j, rg_weights *w, const json_t *config, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    if (rg_is_clip(w)) status = rg_import_clip(j->im, w, config, about_vision(j), err);
    if (status == RGPT_OK && rg_is_projector(w)) status = rg_import_projector(j->im, w, config, err);
    if (status == RGPT_OK && rg_is_decoder_hf(w)) status = rg_import_decoder_hf(j->im, w, config, err);
    return status;
}

/* A part that is a safetensors or GGUF file; which one shows in its tensors' names. */
static rgpt_status add_part(joining *j, rg_weights *w, const char *path, const json_t *config, rgpt_error *err) {
    rg_import *im = j->im;
    if (rg_weights_gguf(w)) return rg_import_decoder_gguf(im, rg_weights_gguf(w), err);
    if (rg_is_timm(w)) return rg_import_timm(im, w, about_vision(j), err);
    rg_connector_kind connector;
    if (rg_is_region_module(w, &connector)) return rg_import_region(im, w, connector, err);
    if (rg_is_clip(w) || rg_is_decoder_hf(w)) return add_transformers(j, w, config, err);
    return rg_fail(
        err, RGPT_UNSUPPORTED,
        "%s: holds neither a vision transformer (timm's, CLIP's, SigLIP's), nor a region module, nor a LLaMA decoder",
        path);
}

static rgpt_status add_file(joining *j, const char *path, const json_t *config, rgpt_error *err) {
    rg_weights *w;
    rgpt_status status = rg_weights_open(path, &w, err);
    if (status != RGPT_OK) return status;
    rg_weights_keep(j->im->weights, w);
    status = add_part(j, w, path, config, err);
    return status == RGPT_OK ? status : rg_fail_within(err, status, "%s", path);
}

static rgpt_status add_adapter(joining *j, const char *folder, const json_t *config, rgpt_error *err) {
    rg_weights *w;
    rgpt_status status = rg_weights_open(folder, &w, err);
    if (status != RGPT_OK) return status;
    rg_weights_keep(j->im->weights, w);
    return rg_import_peft(j->im, w, config, err);
}

static rgpt_status add_folder(joining *j, const char *folder, rgpt_error *err); /* which may name other folders */

static rgpt_status add_path(joining *j, const char *path, rgpt_error *err) {
    return is_folder(path) ? add_folder(j, path, err) : add_file(j, path, NULL, err);
}

/* Weights that config.json names, a file or folder: in its own folder, or beside that. */
static rgpt_status add_named(joining *j, const char *folder, const char *name, rgpt_error *err) {
    char path[PATH_SIZE], beside[PATH_SIZE];
    if (join(path, folder, name) && exists(path)) return add_path(j, path, err);
    if (join(beside, folder, "..") && join(path, beside, name) && exists(path)) return add_path(j, path, err);
    return rg_fail(err, RGPT_IO, "%s/config.json: names '%s', which is neither in that folder nor beside it", folder,
                   name);
}

static int grid_side(const json_t *config, size_t axis) {
    json_int_t n = json_integer_value(json_array_get(json_object_get(config, "image_grid"), axis));
    return n > 0 && n <= INT32_MAX ? (int)n : 0;
}

static void copy_text(char out[RG_IMPORT_TEXT], const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    if (text) snprintf(out, RG_IMPORT_TEXT, "%s", text);
}

/* What the weights do not show: the grid, the refinement without parameters, frame, template, name. */
static rgpt_status apply_config(joining *j, rgpt_error *err) {
    rg_region_config *region = &j->im->config.region;
    region->grid_h = grid_side(j->config, 0);
    region->grid_w = grid_side(j->config, 1);
    copy_text(j->im->template_name, j->config, "template");
    copy_text(j->im->name, j->config, "name");
    j->im->prompts = json_incref(json_object_get(j->config, "prompts"));
    const char *frame = json_string_value(json_object_get(about_vision(j), "frame"));
    if (frame) j->im->config.vision.fit = strncmp(frame, "squash", 6) == 0 ? RG_FIT_SQUASH : RG_FIT_PAD;
    const char *refine = json_string_value(json_object_get(j->config, "refinement"));
    if (refine && !rg_refine_from_name(refine, &region->refine)) {
        return rg_fail(err, RGPT_UNSUPPORTED, "config.json: refinement: found '%s'", refine);
    }
    return RGPT_OK;
}

/* The folder of a RegionGPT: its vision weights and region module now; the adapter once there is a decoder. */
static rgpt_status add_regiongpt(joining *j, const char *folder, rgpt_error *err) {
    const char *vision = json_string_value(json_object_get(about_vision(j), "weights"));
    if (!vision) return rg_fail(err, RGPT_FORMAT, "%s/config.json: vision.weights: missing", folder);
    rgpt_status status = add_named(j, folder, vision, err);
    if (status == RGPT_OK) status = add_named(j, folder, "region.safetensors", err);
    return status == RGPT_OK ? apply_config(j, err) : status;
}

static bool is_regiongpt(const json_t *config) {
    const char *architecture = json_string_value(json_object_get(config, "architecture"));
    return architecture && strcmp(architecture, RG_ARCHITECTURE) == 0;
}

static rgpt_status add_folder(joining *j, const char *folder, rgpt_error *err) {
    json_t *config;
    rgpt_status status = read_json(folder, "config.json", &config, err);
    if (status == RGPT_OK && is_regiongpt(config)) {
        if (j->config) {
            status = rg_fail(err, RGPT_INVALID, "convert: two RegionGPT folders among the sources");
        } else {
            j->config = json_incref(config);
            status = add_regiongpt(j, folder, err);
        }
    } else if (status == RGPT_OK) {
        status = add_file(j, folder, config, err);
    }
    json_decref(config);
    return status;
}

/* ------------------------------------------------------------------ all of them */

static rgpt_status add_adapters_of(joining *j, const char *source, rgpt_error *err) {
    char inside[PATH_SIZE];
    if (!is_folder(source)) return RGPT_OK;
    const char *folder = source;
    json_t *config;
    rgpt_status status = read_json(folder, "adapter_config.json", &config, err);
    if (status == RGPT_OK && !config && join(inside, source, "adapter")) {
        folder = inside;
        status = read_json(folder, "adapter_config.json", &config, err);
    }
    if (status == RGPT_OK && config) status = add_adapter(j, folder, config, err);
    json_decref(config);
    return status;
}

static bool is_adapter(const char *folder) {
    char path[PATH_SIZE];
    return is_folder(folder) && join(path, folder, "adapter_config.json") && exists(path);
}

static rgpt_status add_sources(joining *j, const char *const *sources, size_t count, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; status == RGPT_OK && i < count; i++) {
        if (!is_adapter(sources[i])) status = add_path(j, sources[i], err);
    }
    /* Adapters last: their rows are reordered as the decoder's heads are. */
    for (size_t i = 0; status == RGPT_OK && i < count; i++) status = add_adapters_of(j, sources[i], err);
    return status;
}

static rgpt_status check_complete(const rg_import *im, rgpt_error *err) {
    if (im->has_vision && im->has_region && im->has_decoder) return RGPT_OK;
    return rg_fail(err, RGPT_INVALID, "convert: among the sources there is no%s%s%s",
                   im->has_vision ? "" : " vision transformer (safetensors);",
                   im->has_region ? "" : " region module (region.safetensors);",
                   im->has_decoder ? "" : " decoder (a GGUF of the llama architecture);");
}

/* Without a config.json the image's cells are those of the backbone (paper). */
static void fill_defaults(rg_import *im) {
    rg_region_config *region = &im->config.region;
    if (region->grid_h == 0) region->grid_h = rg_vision_cells(&im->config.vision);
    if (region->grid_w == 0) region->grid_w = rg_vision_cells(&im->config.vision);
    if (!im->name[0]) snprintf(im->name, sizeof im->name, "rgpt-tiny");
}

rgpt_status rg_import_open(rg_import *im, const char *const *sources, size_t source_count, rgpt_error *err) {
    *im = (rg_import){0};
    joining j = {.im = im};
    rgpt_status status = rg_weights_new(&im->weights, err);
    if (status == RGPT_OK) status = add_sources(&j, sources, source_count, err);
    if (status == RGPT_OK) status = check_complete(im, err);
    if (status == RGPT_OK) {
        fill_defaults(im);
        status = rg_config_check(&im->config, err);
    }
    if (status == RGPT_OK) status = rg_weights_seal(im->weights, err);
    json_decref(j.config);
    if (status != RGPT_OK) rg_import_reset(im);
    return status;
}

void rg_import_reset(rg_import *im) {
    rg_weights_close(im->weights);
    json_decref(im->prompts);
    *im = (rg_import){0};
}
