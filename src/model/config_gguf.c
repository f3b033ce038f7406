#include "model/config_gguf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ reading */

/* Reads key after key until one fails; then the rest do nothing. */
typedef struct reader {
    const rg_gguf *g;
    rgpt_status status;
    rgpt_error *err;
} reader;

static int read_int(reader *r, const char *key) {
    uint32_t value = 0;
    if (r->status == RGPT_OK) r->status = rg_gguf_get_u32(r->g, key, &value, r->err);
    if (value > INT32_MAX) {
        r->status = rg_fail(r->err, RGPT_FORMAT, "gguf: key '%s': found %u, wanted at most %d", key, value, INT32_MAX);
        return 0;
    }
    return (int)value;
}

static int read_int_or(reader *r, const char *key, int otherwise) {
    return rg_gguf_find_pair(r->g, key) ? read_int(r, key) : otherwise;
}

static float read_float(reader *r, const char *key) {
    float value = 0;
    if (r->status == RGPT_OK) r->status = rg_gguf_get_f32(r->g, key, &value, r->err);
    return value;
}

static float read_float_or(reader *r, const char *key, float otherwise) {
    return rg_gguf_find_pair(r->g, key) ? read_float(r, key) : otherwise;
}

static bool read_bool(reader *r, const char *key) {
    bool value = false;
    if (r->status == RGPT_OK) r->status = rg_gguf_get_bool(r->g, key, &value, r->err);
    return value;
}

static const char *read_string(reader *r, const char *key) {
    const char *value = "";
    if (r->status == RGPT_OK) r->status = rg_gguf_get_string(r->g, key, &value, r->err);
    return value;
}

static void read_three(reader *r, const char *key, float out[3]) {
    float *values = NULL;
    size_t count = 0;
    if (r->status == RGPT_OK) r->status = rg_gguf_get_f32_array(r->g, key, &values, &count, r->err);
    if (r->status == RGPT_OK && count != 3) {
        r->status = rg_fail(r->err, RGPT_FORMAT, "gguf: key '%s': found %zu numbers, wanted 3", key, count);
    }
    if (r->status == RGPT_OK) memcpy(out, values, 3 * sizeof *out);
    free(values);
}

static void unknown_name(reader *r, const char *key, const char *found) {
    if (r->status != RGPT_OK) return;
    r->status =
        rg_fail(r->err, RGPT_UNSUPPORTED, "gguf: key '%s': found '%s', which this version does not know", key, found);
}

/* The vocabulary's size is the embedding's number of rows; "vocab_size" is optional in LLaMA files. */
static int embedding_rows(reader *r, const char *prefix) {
    char name[64];
    snprintf(name, sizeof name, "%stoken_embd.weight", prefix);
    const rg_weight *w = rg_gguf_find_tensor(r->g, name);
    if (w && w->rank == 2 && w->dim[0] <= INT32_MAX) return (int)w->dim[0];
    if (r->status == RGPT_OK)
        r->status = rg_fail(r->err, RGPT_FORMAT, "gguf: tensor '%s': missing, or no matrix", name);
    return 0;
}

static bool has_tensor(const rg_gguf *g, const char *prefix, const char *name) {
    char full[96];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    return rg_gguf_find_tensor(g, full) != NULL;
}

/* An adapter's rank shows in its matrices. */
static int adapter_rank(const rg_gguf *g, const char *prefix) {
    char name[96];
    snprintf(name, sizeof name, "%sblk.0.attn_q.lora_a", prefix);
    const rg_weight *w = rg_gguf_find_tensor(g, name);
    return w && w->dim[0] <= INT32_MAX ? (int)w->dim[0] : 0;
}

rgpt_status rg_llama_config_read(const rg_gguf *g, const char *prefix, rg_llama_config *out, rgpt_error *err) {
    reader r = {g, RGPT_OK, err};
    *out = (rg_llama_config){
        .width = read_int(&r, "llama.embedding_length"),
        .blocks = read_int(&r, "llama.block_count"),
        .heads = read_int(&r, "llama.attention.head_count"),
        .mlp_width = read_int(&r, "llama.feed_forward_length"),
        .context = read_int(&r, "llama.context_length"),
        .norm_eps = (double)read_float(&r, "llama.attention.layer_norm_rms_epsilon"),
        .rope_theta = (double)read_float_or(&r, "llama.rope.freq_base", 10000),
        .vocab = embedding_rows(&r, prefix),
        .lora_rank = adapter_rank(g, prefix),
        .has_output = has_tensor(g, prefix, "output.weight"),
        .has_rope_factors = has_tensor(g, prefix, "rope_freqs.weight"),
    };
    out->kv_heads = read_int_or(&r, "llama.attention.head_count_kv", out->heads);
    out->head_width = read_int_or(&r, "llama.attention.key_length", out->heads > 0 ? out->width / out->heads : 0);
    int rotated = read_int_or(&r, "llama.rope.dimension_count", out->head_width);
    if (r.status == RGPT_OK && rotated != out->head_width) {
        r.status =
            rg_fail(err, RGPT_UNSUPPORTED, "decoder: llama.rope.dimension_count: found %d, wanted the heads' width, %d",
                    rotated, out->head_width);
    }
    if (r.status != RGPT_OK) return r.status;
    return rg_llama_config_check(out, err);
}

static void read_vision(reader *r, rg_vision_config *v) {
    *v = (rg_vision_config){
        .image_size = read_int(r, "regiongpt.vision.image_size"),
        .patch_size = read_int(r, "regiongpt.vision.patch_size"),
        .width = read_int(r, "regiongpt.vision.embedding_length"),
        .heads = read_int(r, "regiongpt.vision.head_count"),
        .blocks = read_int(r, "regiongpt.vision.block_count"),
        .mlp_width = read_int(r, "regiongpt.vision.feed_forward_length"),
        .norm_eps = (double)read_float(r, "regiongpt.vision.layer_norm_epsilon"),
        .has_class_token = read_bool(r, "regiongpt.vision.class_token"),
        .has_pre_norm = read_bool(r, "regiongpt.vision.pre_norm"),
        .has_final_norm = read_bool(r, "regiongpt.vision.final_norm"),
        .has_layer_scale = read_bool(r, "regiongpt.vision.layer_scale"),
    };
    snprintf(v->family, sizeof v->family, "%s", read_string(r, "regiongpt.vision.family"));
    read_three(r, "regiongpt.vision.mean", v->mean);
    read_three(r, "regiongpt.vision.std", v->std);
    const char *activation = read_string(r, "regiongpt.vision.activation");
    if (!rg_activation_from_name(activation, &v->activation))
        unknown_name(r, "regiongpt.vision.activation", activation);
    const char *fit = read_string(r, "regiongpt.vision.frame");
    v->fit = strcmp(fit, "squash") == 0 ? RG_FIT_SQUASH : RG_FIT_PAD;
    if (v->fit == RG_FIT_PAD && strcmp(fit, "pad") != 0) unknown_name(r, "regiongpt.vision.frame", fit);
}

static void read_region(reader *r, rg_region_config *c) {
    const char *refine = read_string(r, "regiongpt.refinement");
    if (!rg_refine_from_name(refine, &c->refine)) unknown_name(r, "regiongpt.refinement", refine);
    const char *connector = read_string(r, "regiongpt.connector");
    if (!rg_connector_from_name(connector, &c->connector)) unknown_name(r, "regiongpt.connector", connector);
    c->grid_h = read_int(r, "regiongpt.image_grid.height");
    c->grid_w = read_int(r, "regiongpt.image_grid.width");
}

rgpt_status rg_config_read(const rg_gguf *g, rg_config *out, rgpt_error *err) {
    *out = (rg_config){0};
    reader r = {g, RGPT_OK, err};
    const char *architecture = read_string(&r, "general.architecture");
    if (r.status == RGPT_OK && strcmp(architecture, RG_ARCHITECTURE) != 0) {
        return rg_fail(err, RGPT_UNSUPPORTED,
                       "model: general.architecture: found '%s', wanted '" RG_ARCHITECTURE
                       "' (rgpt convert makes such a file)",
                       architecture);
    }
    read_vision(&r, &out->vision);
    read_region(&r, &out->region);
    if (r.status == RGPT_OK) r.status = rg_llama_config_read(g, "decoder.", &out->decoder, err);
    return r.status == RGPT_OK ? rg_config_check(out, err) : r.status;
}

/* ------------------------------------------------------------------ writing */

static void put_int(rg_gguf_writer *w, const char *key, int value) {
    rg_gguf_put_u32(w, key, (uint32_t)value);
}

void rg_config_write(const rg_config *c, rg_gguf_writer *w) {
    const rg_vision_config *v = &c->vision;
    rg_gguf_put_string(w, "regiongpt.vision.family", v->family);
    put_int(w, "regiongpt.vision.image_size", v->image_size);
    put_int(w, "regiongpt.vision.patch_size", v->patch_size);
    put_int(w, "regiongpt.vision.embedding_length", v->width);
    put_int(w, "regiongpt.vision.head_count", v->heads);
    put_int(w, "regiongpt.vision.block_count", v->blocks);
    put_int(w, "regiongpt.vision.feed_forward_length", v->mlp_width);
    rg_gguf_put_f32(w, "regiongpt.vision.layer_norm_epsilon", (float)v->norm_eps);
    rg_gguf_put_string(w, "regiongpt.vision.activation", rg_activation_name(v->activation));
    rg_gguf_put_bool(w, "regiongpt.vision.class_token", v->has_class_token);
    rg_gguf_put_bool(w, "regiongpt.vision.pre_norm", v->has_pre_norm);
    rg_gguf_put_bool(w, "regiongpt.vision.final_norm", v->has_final_norm);
    rg_gguf_put_bool(w, "regiongpt.vision.layer_scale", v->has_layer_scale);
    rg_gguf_put_f32_array(w, "regiongpt.vision.mean", v->mean, 3);
    rg_gguf_put_f32_array(w, "regiongpt.vision.std", v->std, 3);
    rg_gguf_put_string(w, "regiongpt.vision.frame", v->fit == RG_FIT_PAD ? "pad" : "squash");
    rg_gguf_put_string(w, "regiongpt.refinement", rg_refine_name(c->region.refine));
    rg_gguf_put_string(w, "regiongpt.connector", rg_connector_name(c->region.connector));
    put_int(w, "regiongpt.image_grid.height", c->region.grid_h);
    put_int(w, "regiongpt.image_grid.width", c->region.grid_w);
}
