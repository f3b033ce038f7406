#include "tiny_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "io/gguf_writer.h"
#include "model/config_gguf.h"
#include "model/import.h"
#include "model/rename.h"

enum { C = 32, CELLS = 4, PATCH = 8, VIT_MLP = 64, D = 64, KV = 32, MLP = 96, RANK = 4, BLOCKS = 2 };

typedef struct maker {
    rg_weights *weights;
    rg_rng rng;
    int64_t vocab;
    rgpt_status status;
    rgpt_error *err;
} maker;

/* A tensor of uniform numbers around `centre`, stored as `dtype`. */
static void add(maker *m, const char *name, rg_dtype dtype, float centre, float spread, int rank, const int64_t *dim) {
    int64_t count = 1;
    size_t size = 0;
    for (int i = 0; i < rank; i++) count *= dim[i];
    if (m->status != RGPT_OK || !rg_dtype_size(dtype, count, &size)) return;
    float *values = malloc((size_t)count * sizeof *values);
    void *data = malloc(size);
    if (!values || !data) {
        m->status = rg_fail_memory(m->err, name, size);
        free(values);
        free(data);
        return;
    }
    for (int64_t i = 0; i < count; i++) values[i] = centre + spread * (float)(2 * rg_rng_uniform(&m->rng) - 1);
    if (dtype == RG_F32) {
        memcpy(data, values, size);
    } else {
        rg_dtype_get(dtype)->from_f32(data, values, count);
    }
    free(values);
    m->status = rg_own_values(m->weights, name, dtype, rank, dim, data, m->err);
}

static void add_matrix(maker *m, const char *name, rg_dtype dtype, int64_t rows, int64_t columns) {
    add(m, name, dtype, 0, 0.25f, 2, (const int64_t[]){rows, columns});
}

static void add_vector(maker *m, const char *name, float centre, int64_t count) {
    add(m, name, RG_F32, centre, 0.1f, 1, &count);
}

static void add_dense(maker *m, const char *prefix, const char *name, int64_t rows, int64_t columns) {
    char full[128];
    snprintf(full, sizeof full, "%s%s.weight", prefix, name);
    add_matrix(m, full, RG_F16, rows, columns);
    snprintf(full, sizeof full, "%s%s.bias", prefix, name);
    add_vector(m, full, 0, rows);
}

static void add_norm(maker *m, const char *prefix, const char *name) {
    char full[128];
    snprintf(full, sizeof full, "%s%s.weight", prefix, name);
    add_vector(m, full, 1, C);
    snprintf(full, sizeof full, "%s%s.bias", prefix, name);
    add_vector(m, full, 0, C);
}

static void add_vision(maker *m) {
    add(m, "vision.patch.weight", RG_F32, 0, 0.1f, 4, (const int64_t[]){C, 3, PATCH, PATCH});
    add_vector(m, "vision.patch.bias", 0, C);
    add_vector(m, "vision.class_token", 0, C);
    add_matrix(m, "vision.position", RG_F32, CELLS * CELLS + 1, C);
    add_norm(m, "vision.", "norm");
    for (int i = 0; i < BLOCKS; i++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "vision.blk.%d.", i);
        add_norm(m, prefix, "norm1");
        add_norm(m, prefix, "norm2");
        static const char *const square[] = {"attn_q", "attn_k", "attn_v", "attn_out"};
        for (int k = 0; k < 4; k++) add_dense(m, prefix, square[k], C, C);
        add_dense(m, prefix, "fc1", VIT_MLP, C);
        add_dense(m, prefix, "fc2", C, VIT_MLP);
    }
}

static void add_region_module(maker *m) {
    for (int i = 1; i <= 2; i++) {
        char name[32];
        snprintf(name, sizeof name, "refine.deconv%d.weight", i);
        add(m, name, RG_F32, 0, 0.3f, 4, (const int64_t[]){2, 2, C, C});
        snprintf(name, sizeof name, "refine.deconv%d.bias", i);
        add_vector(m, name, 0, C);
    }
    add_norm(m, "refine.", "norm");
    add_dense(m, "connector.", "fc1", D, C);
    add_dense(m, "connector.", "fc2", D, D);
}

/* A quantised matrix with its adapter. */
static void add_adapted(maker *m, int block, const char *name, int64_t rows, int64_t columns) {
    char full[128];
    snprintf(full, sizeof full, "decoder.blk.%d.%s.weight", block, name);
    add_matrix(m, full, RG_Q4_1, rows, columns);
    snprintf(full, sizeof full, "decoder.blk.%d.%s.lora_a", block, name);
    add_matrix(m, full, RG_F16, RANK, columns);
    snprintf(full, sizeof full, "decoder.blk.%d.%s.lora_b", block, name);
    add_matrix(m, full, RG_F32, rows, RANK);
}

static void add_decoder(maker *m) {
    add_matrix(m, "decoder.token_embd.weight", RG_Q8_0, m->vocab, D);
    add_vector(m, "decoder.output_norm.weight", 1, D);
    for (int i = 0; i < BLOCKS; i++) {
        char name[64];
        snprintf(name, sizeof name, "decoder.blk.%d.attn_norm.weight", i);
        add_vector(m, name, 1, D);
        snprintf(name, sizeof name, "decoder.blk.%d.ffn_norm.weight", i);
        add_vector(m, name, 1, D);
        add_adapted(m, i, "attn_q", D, D);
        add_adapted(m, i, "attn_k", KV, D);
        add_adapted(m, i, "attn_v", KV, D);
        add_adapted(m, i, "attn_output", D, D);
        add_adapted(m, i, "ffn_gate", MLP, D);
        add_adapted(m, i, "ffn_up", MLP, D);
        add_adapted(m, i, "ffn_down", D, MLP);
    }
}

static const rg_config config = {
    .vision = {.family = "timm_vit",
               .image_size = CELLS * PATCH,
               .patch_size = PATCH,
               .width = C,
               .heads = 2,
               .blocks = BLOCKS,
               .mlp_width = VIT_MLP,
               .norm_eps = 1e-6,
               .activation = RG_GELU_ERF,
               .has_class_token = true,
               .has_final_norm = true,
               .mean = {0.5f, 0.5f, 0.5f},
               .std = {0.5f, 0.5f, 0.5f},
               .fit = RG_FIT_PAD},
    .region = {.refine = RG_REFINE_DECONV, .connector = RG_CONNECT_MLP, .grid_h = 2, .grid_w = 2},
};

static void put_decoder_sizes(rg_gguf_writer *w) {
    rg_gguf_put_u32(w, "llama.embedding_length", D);
    rg_gguf_put_u32(w, "llama.block_count", BLOCKS);
    rg_gguf_put_u32(w, "llama.attention.head_count", 4);
    rg_gguf_put_u32(w, "llama.attention.head_count_kv", 2);
    rg_gguf_put_u32(w, "llama.feed_forward_length", MLP);
    rg_gguf_put_u32(w, "llama.context_length", 512);
    rg_gguf_put_f32(w, "llama.attention.layer_norm_rms_epsilon", 1e-5f);
    rg_gguf_put_f32(w, "llama.rope.freq_base", 10000);
}

static rgpt_status write_file(const rg_weights *weights, const rg_gguf *vocab, const char *path, rgpt_error *err) {
    rg_gguf_writer *w;
    rgpt_status status = rg_gguf_writer_open(path, &w, err);
    if (status != RGPT_OK) return status;
    rg_gguf_put_string(w, "general.architecture", RG_ARCHITECTURE);
    rg_gguf_put_string(w, "general.name", "tiny");
    rg_gguf_put_string(w, "regiongpt.template", "chatml_nosystem");
    rg_config_write(&config, w);
    put_decoder_sizes(w);
    for (size_t i = 0; i < rg_gguf_pair_count(vocab); i++) {
        const rg_gguf_pair *pair = rg_gguf_pair_at(vocab, i);
        if (strncmp(pair->key, "tokenizer.", 10) == 0) rg_gguf_put_pair(w, pair);
    }
    for (size_t i = 0; i < rg_weights_count(weights); i++) rg_gguf_put_tensor(w, rg_weights_at(weights, i));
    status = rg_gguf_writer_begin(w, err);
    for (size_t i = 0; status == RGPT_OK && i < rg_weights_count(weights); i++) {
        const rg_weight *t = rg_weights_at(weights, i);
        status = rg_gguf_writer_data(w, t->data, t->size, err);
    }
    if (status == RGPT_OK) return rg_gguf_writer_commit(w, err);
    rg_gguf_writer_cancel(w);
    return status;
}

static int64_t token_count(const rg_gguf *vocab) {
    const rg_gguf_pair *pair = rg_gguf_find_pair(vocab, "tokenizer.ggml.tokens");
    return pair ? (int64_t)pair->count : 0;
}

rgpt_status rg_tiny_model_write(const char *path, const char *vocab_path, rgpt_error *err) {
    rg_gguf *vocab;
    rgpt_status status = rg_gguf_open(vocab_path, &vocab, err);
    if (status != RGPT_OK) return status;
    maker m = {.vocab = token_count(vocab), .err = err};
    rg_rng_init(&m.rng, 1);
    m.status = rg_weights_new(&m.weights, err);
    add_vision(&m);
    add_region_module(&m);
    add_decoder(&m);
    if (m.status == RGPT_OK) m.status = rg_weights_seal(m.weights, err);
    if (m.status == RGPT_OK) m.status = write_file(m.weights, vocab, path, err);
    rg_weights_close(m.weights);
    rg_gguf_close(vocab);
    return m.status;
}
