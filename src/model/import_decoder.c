/* import_decoder.c - the decoder: from a GGUF of the llama architecture, or as transformers saves it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/config_gguf.h"
#include "model/import.h"
#include "model/rename.h"
#include "model/setting.h"

/* ------------------------------------------------------------------ GGUF */

rgpt_status rg_import_decoder_gguf(rg_import *im, const rg_gguf *g, rgpt_error *err) {
    rgpt_status status = rg_llama_config_read(g, "", &im->config.decoder, err);
    for (size_t i = 0; status == RGPT_OK && i < rg_gguf_tensor_count(g); i++) {
        rg_weight same = *rg_gguf_tensor_at(g, i);
        char name[RG_NAME_SIZE];
        rg_rename_make(name, "decoder.", same.name, 0);
        same.name = name;
        status = rg_weights_add_view(im->weights, &same, err);
    }
    im->decoder = g;
    im->has_decoder = status == RGPT_OK;
    return status;
}

/* ------------------------------------------------------------------ Hugging Face */

/* Alone the decoder is "model." and "lm_head."; inside LLaVA "language_model.model." and "language_model.lm_head.", or
 * "model.language_model." and "lm_head." */
#define EMBEDDING "embed_tokens.weight"
#define HEAD      "lm_head.weight"

static const rg_rename rules[] = {
    {"decoder.token_embd.weight", EMBEDDING, RG_AS_IS},
    {"decoder.output_norm.weight", "norm.weight", RG_AS_IS},
    {"decoder.blk.%d.attn_norm.weight", "layers.%d.input_layernorm.weight", RG_AS_IS},
    {"decoder.blk.%d.attn_q.weight", "layers.%d.self_attn.q_proj.weight", RG_ROTARY_Q},
    {"decoder.blk.%d.attn_k.weight", "layers.%d.self_attn.k_proj.weight", RG_ROTARY_K},
    {"decoder.blk.%d.attn_v.weight", "layers.%d.self_attn.v_proj.weight", RG_AS_IS},
    {"decoder.blk.%d.attn_output.weight", "layers.%d.self_attn.o_proj.weight", RG_AS_IS},
    {"decoder.blk.%d.ffn_norm.weight", "layers.%d.post_attention_layernorm.weight", RG_AS_IS},
    {"decoder.blk.%d.ffn_gate.weight", "layers.%d.mlp.gate_proj.weight", RG_AS_IS},
    {"decoder.blk.%d.ffn_up.weight", "layers.%d.mlp.up_proj.weight", RG_AS_IS},
    {"decoder.blk.%d.ffn_down.weight", "layers.%d.mlp.down_proj.weight", RG_AS_IS},
};

/* Beside the rest, under a prefix of its own. */
static const rg_rename head_rules[] = {{"decoder.output.weight", HEAD, RG_AS_IS}};

#define RULES(table) table, sizeof(table) / sizeof *(table)

bool rg_is_decoder_hf(const rg_weights *w) {
    char prefix[RG_NAME_SIZE];
    return rg_rename_prefix(w, EMBEDDING, prefix);
}

/* Old transformers: rope_theta and rope_scaling; new ones: rope_parameters with both inside. */
static const json_t *rope_settings(const json_t *config) {
    const json_t *settings = json_object_get(config, "rope_parameters");
    return settings ? settings : json_object_get(config, "rope_scaling");
}

/* LLaMA-3's rule: long waves are slowed by `factor`, short ones are not, those between are blended. */
static double rope_factor(const json_t *settings, double theta, int i, int half) {
    double factor = rg_setting_number(settings, "factor", 8), low = rg_setting_number(settings, "low_freq_factor", 1);
    double high = rg_setting_number(settings, "high_freq_factor", 4);
    double context = rg_setting_number(settings, "original_max_position_embeddings", 8192);
    double wavelength = 2 * 3.14159265358979323846 * pow(theta, (double)i / half);
    if (wavelength < context / high) return 1;
    if (wavelength > context / low) return factor;
    double smooth = (context / wavelength - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
}

static rgpt_status add_rope_factors(rg_import *im, const json_t *settings, rgpt_error *err) {
    rg_llama_config *c = &im->config.decoder;
    int half = c->head_width / 2;
    float *factor = malloc((size_t)half * sizeof *factor);
    if (!factor) return rg_fail_memory(err, "rope factors", (size_t)half * sizeof *factor);
    for (int i = 0; i < half; i++) factor[i] = (float)rope_factor(settings, c->rope_theta, i, half);
    c->has_rope_factors = true;
    return rg_own_values(im->weights, "decoder.rope_freqs.weight", RG_F32, 1, (const int64_t[]){half}, factor, err);
}

static const char *rope_type(const json_t *settings) {
    const char *type = json_string_value(json_object_get(settings, "rope_type"));
    if (!type) type = json_string_value(json_object_get(settings, "type"));
    return type ? type : "default";
}

/* LlamaConfig's defaults, because transformers leaves out what is at its default. `outer` is the whole config.json, of
 * which `config` may be a part. */
static rgpt_status read_config(rg_llama_config *c, const json_t *config, const json_t *outer, bool has_head,
                               rgpt_error *err) {
    const json_t *rope = rope_settings(config), *tied = json_object_get(config, "tie_word_embeddings");
    if (!tied) tied = json_object_get(outer, "tie_word_embeddings");
    *c = (rg_llama_config){
        .width = rg_setting_int(config, "hidden_size", 4096),
        .blocks = rg_setting_int(config, "num_hidden_layers", 32),
        .heads = rg_setting_int(config, "num_attention_heads", 32),
        .mlp_width = rg_setting_int(config, "intermediate_size", 11008),
        .vocab = rg_setting_int(config, "vocab_size", 32000),
        .context = rg_setting_int(config, "max_position_embeddings", 2048),
        .norm_eps = rg_setting_number(config, "rms_norm_eps", 1e-6),
        .rope_theta = rg_setting_number(rope, "rope_theta", rg_setting_number(config, "rope_theta", 10000)),
        .has_output = !json_is_true(tied) && has_head,
    };
    c->kv_heads = rg_setting_int(config, "num_key_value_heads", c->heads);
    c->head_width = rg_setting_int(config, "head_dim", c->heads > 0 ? c->width / c->heads : 0);
    return rg_llama_config_check(c, err);
}

static rgpt_status add_rope(rg_import *im, const json_t *settings, rgpt_error *err) {
    const char *type = rope_type(settings);
    if (strcmp(type, "llama3") == 0) return add_rope_factors(im, settings, err);
    if (strcmp(type, "default") == 0) return RGPT_OK;
    return rg_fail(err, RGPT_UNSUPPORTED, "decoder: config.json: rope type '%s', wanted 'default' or 'llama3'", type);
}

rgpt_status rg_import_decoder_hf(rg_import *im, const rg_weights *w, const json_t *config, rgpt_error *err) {
    char prefix[RG_NAME_SIZE], head_prefix[RG_NAME_SIZE];
    if (!rg_rename_prefix(w, EMBEDDING, prefix)) return rg_fail(err, RGPT_FORMAT, "decoder: no tensor " EMBEDDING);
    bool has_head = rg_rename_prefix(w, HEAD, head_prefix);
    const json_t *inside = json_object_get(config, "text_config"), *own = inside ? inside : config;
    rg_llama_config *c = &im->config.decoder;
    rgpt_status status = read_config(c, own, config, has_head, err);
    if (status == RGPT_OK) status = add_rope(im, rope_settings(own), err);
    rg_rename_setting setting = {.prefix = prefix, .layers = c->blocks, .heads = c->heads, .kv_heads = c->kv_heads};
    if (status == RGPT_OK) status = rg_rename_apply(RULES(rules), &setting, w, im->weights, err);
    setting.prefix = head_prefix;
    if (status == RGPT_OK && c->has_output) {
        status = rg_rename_apply(RULES(head_rules), &setting, w, im->weights, err);
    }
    im->has_decoder = status == RGPT_OK;
    return status;
}
