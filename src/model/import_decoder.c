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

static const rg_rename rules[] = {
    {"decoder.token_embd.weight", "model.embed_tokens.weight", RG_AS_IS},
    {"decoder.output_norm.weight", "model.norm.weight", RG_AS_IS},
    {"decoder.output.weight", "lm_head.weight", RG_AS_IS},
    {"decoder.blk.%d.attn_norm.weight", "model.layers.%d.input_layernorm.weight", RG_AS_IS},
    {"decoder.blk.%d.attn_q.weight", "model.layers.%d.self_attn.q_proj.weight", RG_ROTARY_Q},
    {"decoder.blk.%d.attn_k.weight", "model.layers.%d.self_attn.k_proj.weight", RG_ROTARY_K},
    {"decoder.blk.%d.attn_v.weight", "model.layers.%d.self_attn.v_proj.weight", RG_AS_IS},
    {"decoder.blk.%d.attn_output.weight", "model.layers.%d.self_attn.o_proj.weight", RG_AS_IS},
    {"decoder.blk.%d.ffn_norm.weight", "model.layers.%d.post_attention_layernorm.weight", RG_AS_IS},
    {"decoder.blk.%d.ffn_gate.weight", "model.layers.%d.mlp.gate_proj.weight", RG_AS_IS},
    {"decoder.blk.%d.ffn_up.weight", "model.layers.%d.mlp.up_proj.weight", RG_AS_IS},
    {"decoder.blk.%d.ffn_down.weight", "model.layers.%d.mlp.down_proj.weight", RG_AS_IS},
};

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

rgpt_status rg_import_decoder_hf(rg_import *im, const rg_weights *w, const json_t *config, rgpt_error *err) {
    const json_t *rope = rope_settings(config);
    rg_llama_config *c = &im->config.decoder;
    *c = (rg_llama_config){
        .width = rg_setting_int(config, "hidden_size", 0),
        .blocks = rg_setting_int(config, "num_hidden_layers", 0),
        .heads = rg_setting_int(config, "num_attention_heads", 0),
        .mlp_width = rg_setting_int(config, "intermediate_size", 0),
        .vocab = rg_setting_int(config, "vocab_size", 0),
        .context = rg_setting_int(config, "max_position_embeddings", 2048),
        .norm_eps = rg_setting_number(config, "rms_norm_eps", 1e-6),
        .rope_theta = rg_setting_number(rope, "rope_theta", rg_setting_number(config, "rope_theta", 10000)),
        .has_output =
            !json_is_true(json_object_get(config, "tie_word_embeddings")) && rg_weights_find(w, "lm_head.weight"),
    };
    c->kv_heads = rg_setting_int(config, "num_key_value_heads", c->heads);
    c->head_width = rg_setting_int(config, "head_dim", c->heads > 0 ? c->width / c->heads : 0);
    rgpt_status status = rg_llama_config_check(c, err);
    if (status != RGPT_OK) return status;

    const char *type = rope_type(rope);
    if (strcmp(type, "llama3") == 0) {
        status = add_rope_factors(im, rope, err);
    } else if (strcmp(type, "default") != 0) {
        status =
            rg_fail(err, RGPT_UNSUPPORTED, "decoder: config.json: rope type '%s', wanted 'default' or 'llama3'", type);
    }
    rg_rename_setting setting = {.prefix = "", .layers = c->blocks, .heads = c->heads, .kv_heads = c->kv_heads};
    if (status == RGPT_OK) {
        status = rg_rename_apply(rules, sizeof rules / sizeof *rules, &setting, w, im->weights, err);
    }
    im->has_decoder = status == RGPT_OK;
    return status;
}
