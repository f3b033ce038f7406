#include "model/config.h"

#include <math.h>
#include <string.h>

int rg_vision_cells(const rg_vision_config *c) {
    return c->image_size / c->patch_size;
}

int rg_refined_cells(const rg_config *c) {
    static const int factor[] = {
        [RG_REFINE_NONE] = 1, [RG_REFINE_BILINEAR] = 16, [RG_REFINE_DECONV] = 4, [RG_REFINE_DECONV_BILINEAR] = 16};
    return rg_vision_cells(&c->vision) * factor[c->region.refine];
}

int rg_image_tokens(const rg_config *c) {
    int h = c->region.grid_h, w = c->region.grid_w;
    return c->region.connector == RG_CONNECT_DOWNSAMPLE ? ((h + 1) / 2) * ((w + 1) / 2) : h * w;
}

/* ------------------------------------------------------------------ names */

static const char *const refine_names[] = {"none", "bilinear", "deconv", "deconv+bilinear"};
static const char *const connector_names[] = {"mlp2x_gelu", "mlp_downsample"};
static const char *const activation_names[] = {"gelu", "gelu_tanh", "quick_gelu"};

static bool find_name(const char *const *names, int count, const char *name, int *out) {
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

const char *rg_refine_name(rg_refine_kind kind) {
    return refine_names[kind];
}
const char *rg_connector_name(rg_connector_kind kind) {
    return connector_names[kind];
}
const char *rg_activation_name(rg_activation kind) {
    return activation_names[kind];
}

bool rg_refine_from_name(const char *name, rg_refine_kind *out) {
    int i = 0;
    if (!find_name(refine_names, COUNT(refine_names), name, &i)) return false;
    *out = (rg_refine_kind)i;
    return true;
}

bool rg_connector_from_name(const char *name, rg_connector_kind *out) {
    int i = 0;
    if (!find_name(connector_names, COUNT(connector_names), name, &i)) return false;
    *out = (rg_connector_kind)i;
    return true;
}

bool rg_activation_from_name(const char *name, rg_activation *out) {
    int i = 0;
    if (!find_name(activation_names, COUNT(activation_names), name, &i)) return false;
    *out = (rg_activation)i;
    return true;
}

/* ------------------------------------------------------------------ ranges */

typedef struct range {
    const char *name;
    int value, least, most;
} range;

static rgpt_status check_ranges(const char *part, const range *r, int count, rgpt_error *err) {
    for (int i = 0; i < count; i++) {
        if (r[i].value < r[i].least || r[i].value > r[i].most) {
            return rg_fail(err, RGPT_FORMAT, "%s: %s: found %d, wanted %d to %d", part, r[i].name, r[i].value,
                           r[i].least, r[i].most);
        }
    }
    return RGPT_OK;
}

static rgpt_status check_positive(const char *part, const char *name, double value, rgpt_error *err) {
    if (isfinite(value) && value > 0) return RGPT_OK;
    return rg_fail(err, RGPT_FORMAT, "%s: %s: found %g, wanted a positive number", part, name, value);
}

rgpt_status rg_vision_config_check(const rg_vision_config *c, rgpt_error *err) {
    const range ranges[] = {
        {"image_size", c->image_size, 1, RG_LARGEST_IMAGE},
        {"patch_size", c->patch_size, 1, RG_LARGEST_PATCH},
        {"width", c->width, 1, 65536},
        {"heads", c->heads, 1, 1024},
        {"blocks", c->blocks, 1, 1024},
        {"mlp_width", c->mlp_width, 1, 1 << 20},
    };
    rgpt_status status = check_ranges("vision", ranges, COUNT(ranges), err);
    if (status == RGPT_OK) status = check_positive("vision", "norm_eps", c->norm_eps, err);
    for (int i = 0; status == RGPT_OK && i < 3; i++) {
        status = check_positive("vision", "std", (double)c->std[i], err);
        if (status == RGPT_OK && !isfinite(c->mean[i]))
            status = rg_fail(err, RGPT_FORMAT, "vision: mean: not a number");
    }
    if (status != RGPT_OK) return status;
    if (c->image_size % c->patch_size != 0) {
        return rg_fail(err, RGPT_FORMAT, "vision: image_size %d is no multiple of patch_size %d", c->image_size,
                       c->patch_size);
    }
    if (c->width % c->heads != 0) {
        return rg_fail(err, RGPT_FORMAT, "vision: width %d is no multiple of heads %d", c->width, c->heads);
    }
    return RGPT_OK;
}

rgpt_status rg_llama_config_check(const rg_llama_config *c, rgpt_error *err) {
    const range ranges[] = {
        {"embedding_length", c->width, 1, 65536},    {"block_count", c->blocks, 1, 1024},
        {"attention.head_count", c->heads, 1, 1024}, {"attention.head_count_kv", c->kv_heads, 1, c->heads},
        {"head width", c->head_width, 2, 4096},      {"feed_forward_length", c->mlp_width, 1, 1 << 20},
        {"vocab_size", c->vocab, 1, 1 << 24},        {"context_length", c->context, 1, 1 << 24},
        {"adapter rank", c->lora_rank, 0, 65536},
    };
    rgpt_status status = check_ranges("decoder", ranges, COUNT(ranges), err);
    if (status == RGPT_OK) status = check_positive("decoder", "layer_norm_rms_epsilon", c->norm_eps, err);
    if (status == RGPT_OK) status = check_positive("decoder", "rope.freq_base", c->rope_theta, err);
    if (status != RGPT_OK) return status;
    if (c->heads % c->kv_heads != 0) {
        return rg_fail(err, RGPT_FORMAT, "decoder: %d heads do not share %d kv heads evenly", c->heads, c->kv_heads);
    }
    if (c->head_width % 2 != 0) return rg_fail(err, RGPT_FORMAT, "decoder: head width %d is odd", c->head_width);
    return RGPT_OK;
}

rgpt_status rg_clip_config_check(const rg_clip_config *c, rgpt_error *err) {
    const rg_clip_text_config *t = &c->text;
    const range ranges[] = {
        {"hidden_size", t->width, 1, 65536},       {"num_attention_heads", t->heads, 1, 1024},
        {"num_hidden_layers", t->blocks, 1, 1024}, {"intermediate_size", t->mlp_width, 1, 1 << 20},
        {"vocab_size", t->vocab, 1, 1 << 24},      {"max_position_embeddings", t->context, 1, 1 << 16},
        {"projection width", c->width, 1, 65536},
    };
    rgpt_status status = check_ranges("CLIP's text tower", ranges, COUNT(ranges), err);
    if (status == RGPT_OK) status = check_positive("CLIP's text tower", "layer_norm_eps", t->norm_eps, err);
    if (status == RGPT_OK) status = check_positive("CLIP", "logit_scale", c->scale, err);
    if (status == RGPT_OK && t->width % t->heads != 0) {
        status =
            rg_fail(err, RGPT_FORMAT, "CLIP's text tower: width %d is no multiple of heads %d", t->width, t->heads);
    }
    return status == RGPT_OK ? rg_vision_config_check(&c->vision, err) : status;
}

rgpt_status rg_config_check(const rg_config *c, rgpt_error *err) {
    rgpt_status status = rg_vision_config_check(&c->vision, err);
    if (status == RGPT_OK) status = rg_llama_config_check(&c->decoder, err);
    if (status != RGPT_OK) return status;
    const range ranges[] = {
        {"image grid height", c->region.grid_h, 1, rg_refined_cells(c)},
        {"image grid width", c->region.grid_w, 1, rg_refined_cells(c)},
    };
    return check_ranges("region module", ranges, COUNT(ranges), err);
}
