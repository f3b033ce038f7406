/* import_clip.c - CLIP's and SigLIP's image towers as transformers saves them: alone, beside the text tower, or inside
 * another model (LLaVA's "vision_tower."). SigLIP's is CLIP's without class token and pre-norm. */
#include <stdio.h>
#include <string.h>

#include "model/import.h"
#include "model/rename.h"
#include "model/setting.h"

#define PATCH    "embeddings.patch_embedding.weight"
#define POSITION "embeddings.position_embedding.weight"
#define LAYER    "encoder.layers.%d."

static const rg_rename rules[] = {
    {"vision.patch.weight", PATCH, RG_AS_IS},
    {"vision.patch.bias", "embeddings.patch_embedding.bias", RG_AS_IS},
    {"vision.class_token", "embeddings.class_embedding", RG_FLAT},
    {"vision.pre_norm.weight", "pre_layrnorm.weight", RG_AS_IS}, /* transformers' spelling */
    {"vision.pre_norm.bias", "pre_layrnorm.bias", RG_AS_IS},
};

/* The same in both of CLIP's towers, under "vision." and "text." */
static const rg_rename block_rules[] = {
    {"blk.%d.norm1.weight", LAYER "layer_norm1.weight", RG_AS_IS},
    {"blk.%d.norm1.bias", LAYER "layer_norm1.bias", RG_AS_IS},
    {"blk.%d.attn_q.weight", LAYER "self_attn.q_proj.weight", RG_AS_IS},
    {"blk.%d.attn_q.bias", LAYER "self_attn.q_proj.bias", RG_AS_IS},
    {"blk.%d.attn_k.weight", LAYER "self_attn.k_proj.weight", RG_AS_IS},
    {"blk.%d.attn_k.bias", LAYER "self_attn.k_proj.bias", RG_AS_IS},
    {"blk.%d.attn_v.weight", LAYER "self_attn.v_proj.weight", RG_AS_IS},
    {"blk.%d.attn_v.bias", LAYER "self_attn.v_proj.bias", RG_AS_IS},
    {"blk.%d.attn_out.weight", LAYER "self_attn.out_proj.weight", RG_AS_IS},
    {"blk.%d.attn_out.bias", LAYER "self_attn.out_proj.bias", RG_AS_IS},
    {"blk.%d.norm2.weight", LAYER "layer_norm2.weight", RG_AS_IS},
    {"blk.%d.norm2.bias", LAYER "layer_norm2.bias", RG_AS_IS},
    {"blk.%d.fc1.weight", LAYER "mlp.fc1.weight", RG_AS_IS},
    {"blk.%d.fc1.bias", LAYER "mlp.fc1.bias", RG_AS_IS},
    {"blk.%d.fc2.weight", LAYER "mlp.fc2.weight", RG_AS_IS},
    {"blk.%d.fc2.bias", LAYER "mlp.fc2.bias", RG_AS_IS},
};

/* After the last block, so of no use when an earlier layer is selected. */
static const rg_rename final_norm[] = {
    {"vision.norm.weight", "post_layernorm.weight", RG_AS_IS},
    {"vision.norm.bias", "post_layernorm.bias", RG_AS_IS},
};

#define RULES(table) table, sizeof(table) / sizeof *(table)

bool rg_is_clip(const rg_weights *w) {
    char prefix[RG_NAME_SIZE];
    return rg_rename_prefix(w, PATCH, prefix);
}

static const rg_weight *find(const rg_weights *w, const char *prefix, const char *name) {
    char full[RG_NAME_SIZE];
    rg_rename_make(full, prefix, name, 0);
    return rg_weights_find(w, full);
}

/* ------------------------------------------------------------------ configuration */

/* The tower's settings, from whichever config.json the folder has: its own or one with the tower's inside; then what
 * `about` says otherwise. A new reference, or NULL without memory. */
static json_t *merge_settings(const json_t *config, const json_t *about) {
    json_t *inside = json_object_get(config, "vision_config");
    json_t *layer = json_object_get(config, "vision_feature_layer"); /* LLaVA's, about its tower */
    json_t *merged = json_object();
    if (!merged) return NULL;
    bool done = json_object_update(merged, json_is_object(inside) ? inside : (json_t *)config) == 0 || !config;
    if (layer) done = json_object_set(merged, "select_layer", layer) == 0 && done;
    if (about) done = json_object_update(merged, (json_t *)about) == 0 && done;
    if (done) return merged;
    json_decref(merged);
    return NULL;
}

/* What transformers takes for granted is left out of config.json, so the defaults here are its own. */
static rgpt_status read_config(rg_vision_config *v, const rg_weights *w, const char *prefix, const json_t *settings,
                               int cells, rgpt_error *err) {
    static const float clip_mean[3] = {0.48145466f, 0.4578275f, 0.40821073f};
    static const float clip_std[3] = {0.26862954f, 0.26130258f, 0.27577711f};
    static const float half[3] = {0.5f, 0.5f, 0.5f};
    const rg_weight *patch = find(w, prefix, PATCH), *fc1 = find(w, prefix, "encoder.layers.0.mlp.fc1.weight");
    if (patch->rank != 4 || patch->dim[0] > INT32_MAX || patch->dim[2] > RG_LARGEST_PATCH || !fc1 || fc1->rank != 2 ||
        fc1->dim[0] > INT32_MAX) {
        return rg_fail(err, RGPT_FORMAT,
                       "vision: %s" PATCH " and %sencoder.layers.0.mlp.fc1.weight: "
                       "wanted [C, 3, P, P] and [M, C]",
                       prefix, prefix);
    }
    bool is_clip = find(w, prefix, "embeddings.class_embedding") != NULL;
    int side = (int)patch->dim[2];
    *v = (rg_vision_config){
        .image_size = rg_setting_int(settings, "image_size", cells * side),
        .patch_size = side,
        .width = (int)patch->dim[0],
        .heads = rg_setting_int(settings, "heads", rg_setting_int(settings, "num_attention_heads", 12)),
        .blocks =
            rg_setting_int(settings, "num_hidden_layers", rg_rename_layers(w, prefix, LAYER "layer_norm1.weight")),
        .mlp_width = (int)fc1->dim[0],
        .norm_eps = rg_setting_number(settings, "layer_norm_eps", is_clip ? 1e-5 : 1e-6),
        .has_class_token = is_clip,
        .has_pre_norm = is_clip,
        .fit = is_clip ? RG_FIT_PAD : RG_FIT_SQUASH,
    };
    snprintf(v->family, sizeof v->family, "%s", is_clip ? "clip" : "siglip");
    rg_setting_three(settings, "mean", is_clip ? clip_mean : half, v->mean);
    rg_setting_three(settings, "std", is_clip ? clip_std : half, v->std);
    rgpt_status status =
        rg_import_activation(settings, is_clip ? "quick_gelu" : "gelu_pytorch_tanh", &v->activation, err);
    if (status == RGPT_OK) status = rg_vision_config_check(v, err);
    return status == RGPT_OK ? rg_import_select_layer(v, settings, err) : status;
}

/* ------------------------------------------------------------------ import */

rgpt_status rg_import_clip_blocks(rg_weights *to, const rg_weights *from, const char *prefix, const char *into,
                                  int blocks, rgpt_error *err) {
    rg_rename_setting setting = {.prefix = prefix, .into = into, .layers = blocks};
    return rg_rename_apply(RULES(block_rules), &setting, from, to, err);
}

rgpt_status rg_import_clip(rg_import *im, const rg_weights *w, const json_t *config, const json_t *about,
                           rgpt_error *err) {
    char prefix[RG_NAME_SIZE], position[RG_NAME_SIZE];
    if (!rg_rename_prefix(w, PATCH, prefix)) return rg_fail(err, RGPT_FORMAT, "vision: no tensor " PATCH);
    rg_rename_make(position, prefix, POSITION, 0);
    int cells;
    bool has_class_token = find(w, prefix, "embeddings.class_embedding") != NULL;
    rgpt_status status = rg_import_position_cells(w, position, has_class_token, &cells, err);
    if (status != RGPT_OK) return status;

    rg_vision_config *v = &im->config.vision;
    json_t *settings = merge_settings(config, about);
    status = settings ? read_config(v, w, prefix, settings, cells, err)
                      : rg_fail_memory(err, "vision settings", sizeof *settings);
    json_decref(settings);
    rg_rename_setting setting = {.prefix = prefix};
    if (status == RGPT_OK) status = rg_rename_apply(RULES(rules), &setting, w, im->weights, err);
    if (status == RGPT_OK) status = rg_import_clip_blocks(im->weights, w, prefix, "vision.", v->blocks, err);
    if (status == RGPT_OK && v->has_final_norm) {
        status = rg_rename_apply(RULES(final_norm), &setting, w, im->weights, err);
    }
    if (status == RGPT_OK) status = rg_import_position(im, w, position, err);
    im->has_vision = status == RGPT_OK;
    return status;
}
