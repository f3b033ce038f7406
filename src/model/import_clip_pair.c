/* import_clip_pair.c - a whole CLIP as transformers saves it: the text tower and the projections beside the image tower
 * of import_clip.c. */
#include <math.h>

#include "model/import.h"
#include "model/rename.h"
#include "model/setting.h"

static const rg_rename rules[] = {
    {"text.token_embd.weight", "text_model.embeddings.token_embedding.weight", RG_AS_IS},
    {"text.position", "text_model.embeddings.position_embedding.weight", RG_AS_IS},
    {"text.norm.weight", "text_model.final_layer_norm.weight", RG_AS_IS},
    {"text.norm.bias", "text_model.final_layer_norm.bias", RG_AS_IS},
    {"clip.text_projection.weight", "text_projection.weight", RG_AS_IS},
    {"clip.image_projection.weight", "visual_projection.weight", RG_AS_IS},
};

/* The scale is learned as its logarithm. */
static rgpt_status read_scale(const rg_weights *w, double *out, rgpt_error *err) {
    const rg_weight *scale = rg_weights_find(w, "logit_scale");
    float logarithm = 0;
    if (!scale || scale->size == 0 || scale->dim[0] != 1 || scale->rank > 1 || !rg_dtype_get(scale->dtype)->to_f32) {
        return rg_fail(err, RGPT_FORMAT, "CLIP: logit_scale: %s, wanted one number", scale ? "found more" : "missing");
    }
    rg_dtype_get(scale->dtype)->to_f32(&logarithm, scale->data, 1);
    *out = exp((double)logarithm);
    return RGPT_OK;
}

/* Rows of a matrix that an int can count; 0 is refused by name. */
static int rows_of(const rg_weights *w, const char *name) {
    const rg_weight *matrix = rg_weights_find(w, name);
    return matrix && matrix->rank == 2 && matrix->dim[0] <= INT32_MAX ? (int)matrix->dim[0] : 0;
}

/* Defaults are CLIPTextConfig's, because transformers leaves them out. */
static rgpt_status read_config(rg_clip_config *c, const rg_weights *w, const json_t *settings, rgpt_error *err) {
    c->text = (rg_clip_text_config){
        .width = rg_setting_int(settings, "hidden_size", 512),
        .heads = rg_setting_int(settings, "num_attention_heads", 8),
        .blocks = rg_setting_int(settings, "num_hidden_layers", 12),
        .mlp_width = rg_setting_int(settings, "intermediate_size", 2048),
        .vocab = rg_setting_int(settings, "vocab_size", 49408),
        .context = rg_setting_int(settings, "max_position_embeddings", 77),
        .norm_eps = rg_setting_number(settings, "layer_norm_eps", 1e-5),
    };
    c->width = rows_of(w, "text_projection.weight");
    rgpt_status status = rg_import_activation(settings, "quick_gelu", &c->text.activation, err);
    if (status == RGPT_OK) status = read_scale(w, &c->scale, err);
    return status == RGPT_OK ? rg_clip_config_check(c, err) : status;
}

rgpt_status rg_import_clip_pair(rg_import *im, const rg_weights *w, const json_t *config, rg_clip_config *out,
                                rgpt_error *err) {
    rgpt_status status = rg_import_clip(im, w, config, NULL, err);
    *out = (rg_clip_config){.vision = im->config.vision};
    if (status == RGPT_OK) status = read_config(out, w, json_object_get(config, "text_config"), err);
    rg_rename_setting setting = {.prefix = ""};
    if (status == RGPT_OK) {
        status = rg_rename_apply(rules, sizeof rules / sizeof *rules, &setting, w, im->weights, err);
    }
    return status == RGPT_OK ? rg_import_clip_blocks(im->weights, w, "text_model.", "text.", out->text.blocks, err)
                             : status;
}
