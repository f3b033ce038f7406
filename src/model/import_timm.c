/* import_timm.c - timm's VisionTransformer, with or without LayerScale: fused qkv, learned positions. */
#include "model/import.h"
#include "model/rename.h"
#include "model/setting.h"

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

/* timm's heads are 64 wide unless a config says otherwise. */
static rgpt_status read_config(rg_vision_config *v, const rg_weights *w, const json_t *about, int cells,
                               rgpt_error *err) {
    const rg_weight *patch = rg_weights_find(w, "patch_embed.proj.weight");
    const rg_weight *fc1 = rg_weights_find(w, "blocks.0.mlp.fc1.weight");
    if (patch->rank != 4 || patch->dim[0] > INT32_MAX || patch->dim[2] > RG_LARGEST_PATCH || !fc1 || fc1->rank != 2 ||
        fc1->dim[0] > INT32_MAX) {
        return rg_fail(err, RGPT_FORMAT,
                       "timm: patch_embed.proj.weight and blocks.0.mlp.fc1.weight: wanted [C, 3, P, P] and [M, C]");
    }
    int width = (int)patch->dim[0], side = (int)patch->dim[2];
    *v = (rg_vision_config){
        .family = "timm_vit",
        .image_size = rg_setting_int(about, "image_size", cells * side),
        .patch_size = side,
        .width = width,
        .heads = rg_setting_int(about, "heads", width >= 64 ? width / 64 : 1),
        .blocks = rg_rename_layers(w, "", "blocks.%d.norm1.weight"),
        .mlp_width = (int)fc1->dim[0],
        .norm_eps = 1e-6,
        .activation = RG_GELU_ERF,
        .has_class_token = rg_weights_find(w, "cls_token") != NULL,
        .has_layer_scale = rg_weights_find(w, "blocks.0.ls1.gamma") != NULL,
        .fit = RG_FIT_PAD,
    };
    static const float half[3] = {0.5f, 0.5f, 0.5f};
    rg_setting_three(about, "mean", half, v->mean);
    rg_setting_three(about, "std", half, v->std);
    rgpt_status status = rg_vision_config_check(v, err);
    return status == RGPT_OK ? rg_import_select_layer(v, about, err) : status;
}

rgpt_status rg_import_timm(rg_import *im, const rg_weights *w, const json_t *about, rgpt_error *err) {
    int cells;
    const char *position = "pos_embed";
    rgpt_status status = rg_import_position_cells(w, position, rg_weights_find(w, "cls_token") != NULL, &cells, err);
    rg_vision_config *v = &im->config.vision;
    if (status == RGPT_OK) status = read_config(v, w, about, cells, err);
    if (status != RGPT_OK) return status;
    rg_rename_setting setting = {.prefix = "", .layers = v->blocks};
    status = rg_rename_apply(rules, sizeof rules / sizeof *rules, &setting, w, im->weights, err);
    if (status == RGPT_OK) status = rg_import_position(im, w, position, err);
    im->has_vision = status == RGPT_OK;
    return status;
}
