/* import_peft.c - a LoRA adapter as PEFT saves it. Its scale (alpha / r) goes into the second matrix; a
 * layer that it leaves alone gets zeros, so that all layers are alike. */
#include <stdio.h>
#include <stdlib.h>

#include "model/import.h"
#include "model/rename.h"

#define LAYER "base_model.model.model.layers.%d."

/* The layers' names in ours and theirs, with their shapes as letters of the decoder (llama.c). */
static const rg_rename rules[] = {
    {"decoder.blk.%d.attn_q.lora_a", LAYER "self_attn.q_proj.lora_A.weight", RG_AS_IS},
    {"decoder.blk.%d.attn_q.lora_b", LAYER "self_attn.q_proj.lora_B.weight", RG_SCALE_ROTARY_Q},
    {"decoder.blk.%d.attn_k.lora_a", LAYER "self_attn.k_proj.lora_A.weight", RG_AS_IS},
    {"decoder.blk.%d.attn_k.lora_b", LAYER "self_attn.k_proj.lora_B.weight", RG_SCALE_ROTARY_K},
    {"decoder.blk.%d.attn_v.lora_a", LAYER "self_attn.v_proj.lora_A.weight", RG_AS_IS},
    {"decoder.blk.%d.attn_v.lora_b", LAYER "self_attn.v_proj.lora_B.weight", RG_SCALE},
    {"decoder.blk.%d.attn_output.lora_a", LAYER "self_attn.o_proj.lora_A.weight", RG_AS_IS},
    {"decoder.blk.%d.attn_output.lora_b", LAYER "self_attn.o_proj.lora_B.weight", RG_SCALE},
    {"decoder.blk.%d.ffn_gate.lora_a", LAYER "mlp.gate_proj.lora_A.weight", RG_AS_IS},
    {"decoder.blk.%d.ffn_gate.lora_b", LAYER "mlp.gate_proj.lora_B.weight", RG_SCALE},
    {"decoder.blk.%d.ffn_up.lora_a", LAYER "mlp.up_proj.lora_A.weight", RG_AS_IS},
    {"decoder.blk.%d.ffn_up.lora_b", LAYER "mlp.up_proj.lora_B.weight", RG_SCALE},
    {"decoder.blk.%d.ffn_down.lora_a", LAYER "mlp.down_proj.lora_A.weight", RG_AS_IS},
    {"decoder.blk.%d.ffn_down.lora_b", LAYER "mlp.down_proj.lora_B.weight", RG_SCALE},
};

/* Shapes of the layers above, a row for two rules: [outputs, inputs]. */
static void layer_shape(const rg_llama_config *c, size_t row, int64_t *outputs, int64_t *inputs) {
    int64_t D = c->width, Q = (int64_t)c->heads * c->head_width, K = (int64_t)c->kv_heads * c->head_width;
    int64_t M = c->mlp_width;
    const int64_t shape[][2] = {{Q, D}, {K, D}, {K, D}, {D, Q}, {M, D}, {M, D}, {D, M}};
    *outputs = shape[row][0];
    *inputs = shape[row][1];
}

static rgpt_status add_zeros(rg_import *im, const char *name, int64_t rows, int64_t columns, rgpt_error *err) {
    void *zeros = calloc((size_t)(rows * columns), sizeof(uint16_t));
    if (!zeros) return rg_fail_memory(err, name, (size_t)(rows * columns) * sizeof(uint16_t));
    return rg_own_values(im->weights, name, RG_F16, 2, (const int64_t[]){rows, columns}, zeros, err);
}

/* Zeros for the adapter pairs of a layer that the file does not have. */
static rgpt_status fill_missing(rg_import *im, const rg_weights *w, int layer, rgpt_error *err) {
    const rg_llama_config *c = &im->config.decoder;
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; status == RGPT_OK && i < sizeof rules / sizeof *rules; i++) {
        char ours[RG_NAME_SIZE], theirs[RG_NAME_SIZE];
        rg_rename_make(theirs, "", rules[i].theirs, layer);
        rg_rename_make(ours, "", rules[i].ours, layer);
        if (rg_weights_find(w, theirs)) continue;
        int64_t outputs, inputs;
        layer_shape(c, i / 2, &outputs, &inputs);
        bool is_a = i % 2 == 0;
        status = add_zeros(im, ours, is_a ? c->lora_rank : outputs, is_a ? inputs : c->lora_rank, err);
    }
    return status;
}

rgpt_status rg_import_peft(rg_import *im, const rg_weights *w, const json_t *config, rgpt_error *err) {
    if (!im->has_decoder)
        return rg_fail(err, RGPT_INVALID,
                       "adapter: among the sources there is no decoder for it (a GGUF of the llama architecture)");
    json_int_t rank = json_integer_value(json_object_get(config, "r"));
    double alpha = json_number_value(json_object_get(config, "lora_alpha"));
    if (rank < 1 || rank > 65536 || !(alpha > 0)) {
        return rg_fail(err, RGPT_FORMAT,
                       "adapter: adapter_config.json: found r %lld and lora_alpha %g, wanted both positive",
                       (long long)rank, alpha);
    }
    rg_llama_config *c = &im->config.decoder;
    c->lora_rank = (int)rank;
    rg_rename_setting setting = {.prefix = "",
                                 .layers = c->blocks,
                                 .heads = c->heads,
                                 .kv_heads = c->kv_heads,
                                 .scale = (float)(alpha / (double)rank)};
    size_t before = rg_weights_count(im->weights);
    rgpt_status status = rg_rename_apply(rules, sizeof rules / sizeof *rules, &setting, w, im->weights, err);
    if (status == RGPT_OK && rg_weights_count(im->weights) - before != rg_weights_count(w)) {
        status =
            rg_fail(err, RGPT_UNSUPPORTED, "adapter: %zu of its %zu tensors belong to no linear layer of this decoder",
                    rg_weights_count(w) - (rg_weights_count(im->weights) - before), rg_weights_count(w));
    }
    for (int layer = 0; status == RGPT_OK && layer < c->blocks; layer++) status = fill_missing(im, w, layer, err);
    im->has_adapter = status == RGPT_OK;
    return status;
}
