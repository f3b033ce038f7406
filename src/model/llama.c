#include "model/llama.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Letters: D width, Q and K widths of queries and keys, M of the MLP, V vocabulary, W half a head;
 * switches: O own output matrix, S rope factors, R rank of the adapter. */
static const rg_param_row stem_rows[] = {
    RG_PARAM(rg_llama, embedding, "token_embd.weight", "V D"),
    RG_PARAM(rg_llama, output_norm, "output_norm.weight", "D"),
    RG_PARAM_IF(rg_llama, output, "output.weight", "V D", 'O'),
    RG_PARAM_IF(rg_llama, rope_factor, "rope_freqs.weight", "W", 'S'),
};

static const rg_param_row block_rows[] = {
    RG_PARAM(rg_llama_block, attn_norm, "attn_norm.weight", "D"),
    RG_DENSE_LORA(rg_llama_block, q, "attn_q", "Q", "D"),
    RG_DENSE_LORA(rg_llama_block, k, "attn_k", "K", "D"),
    RG_DENSE_LORA(rg_llama_block, v, "attn_v", "K", "D"),
    RG_DENSE_LORA(rg_llama_block, out, "attn_output", "D", "Q"),
    RG_PARAM(rg_llama_block, mlp_norm, "ffn_norm.weight", "D"),
    RG_DENSE_LORA(rg_llama_block, gate, "ffn_gate", "M", "D"),
    RG_DENSE_LORA(rg_llama_block, up, "ffn_up", "M", "D"),
    RG_DENSE_LORA(rg_llama_block, down, "ffn_down", "D", "M"),
};

#define ROWS(table) table, sizeof(table) / sizeof *(table)

rgpt_status rg_llama_bind(rg_llama *m, const rg_llama_config *config, const char *prefix, rg_binding *b,
                          rgpt_error *err) {
    *m = (rg_llama){.config = config};
    m->block = calloc((size_t)config->blocks, sizeof *m->block);
    m->frequency = calloc((size_t)config->head_width / 2, sizeof *m->frequency);
    if (!m->block || !m->frequency) {
        rg_llama_reset(m);
        return rg_fail_memory(err, "decoder blocks", (size_t)config->blocks * sizeof *m->block);
    }
    b->letter['D'] = config->width;
    b->letter['Q'] = (int64_t)config->heads * config->head_width;
    b->letter['K'] = (int64_t)config->kv_heads * config->head_width;
    b->letter['M'] = config->mlp_width;
    b->letter['V'] = config->vocab;
    b->letter['W'] = config->head_width / 2;
    b->letter['O'] = config->has_output;
    b->letter['S'] = config->has_rope_factors;
    b->letter['R'] = config->lora_rank;
    rg_bind(b, m, prefix, ROWS(stem_rows));
    for (int i = 0; i < config->blocks; i++) {
        char block_prefix[64];
        snprintf(block_prefix, sizeof block_prefix, "%sblk.%d.", prefix, i);
        rg_bind(b, &m->block[i], block_prefix, ROWS(block_rows));
    }
    return RGPT_OK;
}

void rg_llama_prepare(rg_llama *m) {
    int half = m->config->head_width / 2;
    for (int i = 0; i < half; i++) {
        double f = pow(m->config->rope_theta, -(double)i / half);
        if (m->rope_factor.rank) f /= (double)rg_tensor_reals(&m->rope_factor)[i];
        m->frequency[i] = (float)f;
    }
}

void rg_llama_reset(rg_llama *m) {
    free(m->block);
    free(m->frequency);
    *m = (rg_llama){0};
}

/* h: [T, D] normalised -> [T, Q] what the heads read. */
static rg_tensor *attend(rg_run *run, const rg_llama *m, int layer, const rg_tensor *h, const rg_tensor *rope,
                         const rg_place *place) {
    const rg_llama_config *c = m->config;
    const rg_llama_block *p = &m->block[layer];
    rg_tensor *q = rg_rope(run, rg_dense_apply(run, &p->q, h), rope, c->heads);    /* [T, Q] */
    rg_tensor *k = rg_rope(run, rg_dense_apply(run, &p->k, h), rope, c->kv_heads); /* [T, K] */
    rg_tensor *v = rg_dense_apply(run, &p->v, h);                                  /* [T, K] */
    if (place->cache) {
        k = rg_kvcache_put(run, &place->cache->k[layer], k, place->slot); /* [slots, K] */
        v = rg_kvcache_put(run, &place->cache->v[layer], v, place->slot);
    }
    return rg_attention(run, q, k, v, c->heads, c->kv_heads, place->visible);
}

typedef struct block_context {
    const rg_llama *model;
    int layer;
    const rg_tensor *rope;
    rg_place place;
} block_context;

/* x: [T, D] */
static rg_tensor *block_forward(rg_run *run, const void *context, const rg_tensor *x) {
    const block_context *b = context;
    const rg_llama *m = b->model;
    const rg_llama_block *p = &m->block[b->layer];
    rg_tensor *h = rg_rms_norm(run, x, &p->attn_norm, m->config->norm_eps); /* [T, D] */
    rg_tensor *y = rg_add(run, x, rg_dense_apply(run, &p->out, attend(run, m, b->layer, h, b->rope, &b->place)));

    h = rg_rms_norm(run, y, &p->mlp_norm, m->config->norm_eps);
    h = rg_silu_mul(run, rg_dense_apply(run, &p->gate, h), rg_dense_apply(run, &p->up, h)); /* [T, M] */
    return rg_add(run, y, rg_dense_apply(run, &p->down, h));
}

rg_tensor *rg_llama_hidden(rg_run *run, const rg_llama *m, const rg_tensor *x, const rg_place *place) {
    if (!RG_OP_READY(run, x)) return NULL;
    rg_scope scope = rg_scope_begin(run);
    rg_tensor *rope = rg_rope_table(run, place->position, rg_tensor_rows(x), m->frequency, m->config->head_width / 2);
    rg_tensor *h = rg_tensor_rows_view(run, x, 0, rg_tensor_rows(x));
    for (int i = 0; i < m->config->blocks; i++) {
        const block_context block = {m, i, rope, *place};
        h = rg_recompute(run, block_forward, &block, sizeof block, h);
    }
    return rg_scope_end(run, scope, h);
}

rg_tensor *rg_llama_logits(rg_run *run, const rg_llama *m, const rg_tensor *hidden) {
    rg_tensor *h = rg_rms_norm(run, hidden, &m->output_norm, m->config->norm_eps); /* [T, D] */
    return rg_linear(run, h, m->output.rank ? &m->output : &m->embedding, NULL);   /* [T, V] */
}
