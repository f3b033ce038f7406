/* import_timm.c - timm's VisionTransformer, with or without LayerScale: fused qkv, learned positions. */
#include <stdlib.h>
#include <string.h>

#include "model/import.h"
#include "model/position.h"
#include "model/rename.h"

static const rg_rename rules[] = {
    {"vision.patch.weight", "patch_embed.proj.weight", RG_AS_IS},
    {"vision.patch.bias", "patch_embed.proj.bias", RG_AS_IS},
    {"vision.class_token", "cls_token", RG_FLAT},
    {"vision.norm.weight", "norm.weight", RG_AS_IS},
    {"vision.norm.bias", "norm.bias", RG_AS_IS},
    {"vision.blk.%d.norm1.weight", "blocks.%d.norm1.weight", RG_AS_IS},
    {"vision.blk.%d.norm1.bias", "blocks.%d.norm1.bias", RG_AS_IS},
    {"vision.blk.%d.attn_q.weight", "blocks.%d.attn.qkv.weight", RG_FIRST_THIRD},
    {"vision.blk.%d.attn_k.weight", "blocks.%d.attn.qkv.weight", RG_MIDDLE_THIRD},
    {"vision.blk.%d.attn_v.weight", "blocks.%d.attn.qkv.weight", RG_LAST_THIRD},
    {"vision.blk.%d.attn_q.bias", "blocks.%d.attn.qkv.bias", RG_FIRST_THIRD},
    {"vision.blk.%d.attn_k.bias", "blocks.%d.attn.qkv.bias", RG_MIDDLE_THIRD},
    {"vision.blk.%d.attn_v.bias", "blocks.%d.attn.qkv.bias", RG_LAST_THIRD},
    {"vision.blk.%d.attn_out.weight", "blocks.%d.attn.proj.weight", RG_AS_IS},
    {"vision.blk.%d.attn_out.bias", "blocks.%d.attn.proj.bias", RG_AS_IS},
    {"vision.blk.%d.scale1", "blocks.%d.ls1.gamma", RG_AS_IS},
    {"vision.blk.%d.norm2.weight", "blocks.%d.norm2.weight", RG_AS_IS},
    {"vision.blk.%d.norm2.bias", "blocks.%d.norm2.bias", RG_AS_IS},
    {"vision.blk.%d.fc1.weight", "blocks.%d.mlp.fc1.weight", RG_AS_IS},
    {"vision.blk.%d.fc1.bias", "blocks.%d.mlp.fc1.bias", RG_AS_IS},
    {"vision.blk.%d.fc2.weight", "blocks.%d.mlp.fc2.weight", RG_AS_IS},
    {"vision.blk.%d.fc2.bias", "blocks.%d.mlp.fc2.bias", RG_AS_IS},
    {"vision.blk.%d.scale2", "blocks.%d.ls2.gamma", RG_AS_IS},
};

bool rg_is_timm(const rg_weights *w) {
    return rg_weights_find(w, "patch_embed.proj.weight") && rg_weights_find(w, "blocks.0.attn.qkv.weight");
}

/* A number from config.json, or the one given. */
static int int_or(const json_t *about, const char *key, int otherwise) {
    const json_t *value = json_object_get(about, key);
    json_int_t n = json_integer_value(value);
    return json_is_integer(value) && n > 0 && n <= INT32_MAX ? (int)n : otherwise;
}

static void three_or(const json_t *about, const char *key, float otherwise, float out[3]) {
    const json_t *list = json_object_get(about, key);
    for (size_t i = 0; i < 3; i++) {
        const json_t *value = json_array_get(list, i);
        out[i] = json_is_number(value) ? (float)json_number_value(value) : otherwise;
    }
}

/* The largest n with n * n <= value. */
static int square_root(int64_t value) {
    int root = 0;
    while ((int64_t)(root + 1) * (root + 1) <= value) root++;
    return root;
}

/* timm's heads are 64 wide unless a config says otherwise. */
static rgpt_status read_config(rg_vision_config *v, const rg_weights *w, const json_t *about, int cells,
                               rgpt_error *err) {
    const rg_weight *patch = rg_weights_find(w, "patch_embed.proj.weight");
    const rg_weight *fc1 = rg_weights_find(w, "blocks.0.mlp.fc1.weight");
    if (patch->rank != 4 || patch->dim[0] > INT32_MAX || patch->dim[2] > INT32_MAX || !fc1 || fc1->rank != 2 ||
        fc1->dim[0] > INT32_MAX) {
        return rg_fail(err, RGPT_FORMAT,
                       "timm: patch_embed.proj.weight and blocks.0.mlp.fc1.weight: wanted [C, 3, P, P] and [M, C]");
    }
    int width = (int)patch->dim[0], side = (int)patch->dim[2];
    *v = (rg_vision_config){
        .family = "timm_vit",
        .image_size = int_or(about, "image_size", cells * side),
        .patch_size = side,
        .width = width,
        .heads = int_or(about, "heads", width >= 64 ? width / 64 : 1),
        .blocks = rg_rename_layers(w, "", "blocks.%d.norm1.weight"),
        .mlp_width = (int)fc1->dim[0],
        .norm_eps = 1e-6,
        .activation = RG_GELU_ERF,
        .has_class_token = rg_weights_find(w, "cls_token") != NULL,
        .has_final_norm = true,
        .has_layer_scale = rg_weights_find(w, "blocks.0.ls1.gamma") != NULL,
        .fit = RG_FIT_PAD,
    };
    three_or(about, "mean", 0.5f, v->mean);
    three_or(about, "std", 0.5f, v->std);
    return rg_vision_config_check(v, err);
}

/* [1, T, C] -> [T, C] of the grid that the configuration wants. */
static rgpt_status add_position(rg_import *im, const rg_weight *w, int cells, rgpt_error *err) {
    const rg_vision_config *v = &im->config.vision;
    int to_cells = rg_vision_cells(v), extra = v->has_class_token;
    int64_t rows = (int64_t)to_cells * to_cells + extra;
    float *from = malloc((size_t)(w->dim[1] * w->dim[2]) * sizeof *from);
    float *to = malloc((size_t)(rows * w->dim[2]) * sizeof *to);
    if (!from || !to) {
        free(from);
        free(to);
        return rg_fail_memory(err, "position embeddings", (size_t)(rows * w->dim[2]) * sizeof *to);
    }
    rg_dtype_get(w->dtype)->to_f32(from, w->data, w->dim[1] * w->dim[2]);
    rg_position_resize(to, to_cells, from, cells, extra, w->dim[2]);
    free(from);
    return rg_own_values(im->weights, "vision.position", RG_F32, 2, (const int64_t[]){rows, w->dim[2]}, to, err);
}

rgpt_status rg_import_timm(rg_import *im, const rg_weights *w, const json_t *about, rgpt_error *err) {
    const rg_weight *position = rg_weights_find(w, "pos_embed");
    bool has_class = rg_weights_find(w, "cls_token") != NULL;
    if (!position || position->rank != 3 || position->dim[0] != 1 || !rg_dtype_get(position->dtype)->to_f32) {
        return rg_fail(err, RGPT_FORMAT, "timm: pos_embed: wanted [1, positions, width]");
    }
    int cells = square_root(position->dim[1] - has_class);
    if ((int64_t)cells * cells != position->dim[1] - has_class || cells == 0) {
        return rg_fail(err, RGPT_FORMAT, "timm: pos_embed: %lld positions are no square grid",
                       (long long)position->dim[1]);
    }
    rg_vision_config *v = &im->config.vision;
    rgpt_status status = read_config(v, w, about, cells, err);
    if (status == RGPT_OK && position->dim[2] != v->width) {
        status =
            rg_fail(err, RGPT_FORMAT, "timm: pos_embed: width %lld, wanted %d", (long long)position->dim[2], v->width);
    }
    rg_rename_setting setting = {.prefix = "", .layers = v->blocks};
    if (status == RGPT_OK) {
        status = rg_rename_apply(rules, sizeof rules / sizeof *rules, &setting, w, im->weights, err);
    }
    if (status == RGPT_OK) status = add_position(im, position, cells, err);
    im->has_vision = status == RGPT_OK;
    return status;
}
