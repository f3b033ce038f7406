#include "model/vit.h"

#include <stdio.h>
#include <stdlib.h>

/* Letters: C width, M of the MLP, P patch side, T positions; switches: B patch bias, K class
 * token, E pre-norm, F final norm, L LayerScale. */
static const rg_param_row stem_rows[] = {
    RG_PARAM(rg_vit, patch_weight, "patch.weight", "C 3 P P"),
    RG_PARAM_IF(rg_vit, patch_bias, "patch.bias", "C", 'B'),
    RG_PARAM_IF(rg_vit, class_token, "class_token", "C", 'K'),
    RG_PARAM_REAL(rg_vit, position, "position", "T C"),
    RG_PARAM_IF(rg_vit, pre_gamma, "pre_norm.weight", "C", 'E'),
    RG_PARAM_IF(rg_vit, pre_beta, "pre_norm.bias", "C", 'E'),
    RG_PARAM_IF(rg_vit, final_gamma, "norm.weight", "C", 'F'),
    RG_PARAM_IF(rg_vit, final_beta, "norm.bias", "C", 'F'),
};

static const rg_param_row block_rows[] = {
    RG_PARAM(rg_vit_block, norm1_gamma, "norm1.weight", "C"), RG_PARAM(rg_vit_block, norm1_beta, "norm1.bias", "C"),
    RG_DENSE_BIAS(rg_vit_block, q, "attn_q", "C", "C"),       RG_DENSE_BIAS(rg_vit_block, k, "attn_k", "C", "C"),
    RG_DENSE_BIAS(rg_vit_block, v, "attn_v", "C", "C"),       RG_DENSE_BIAS(rg_vit_block, out, "attn_out", "C", "C"),
    RG_PARAM_IF(rg_vit_block, scale1, "scale1", "C", 'L'),    RG_PARAM(rg_vit_block, norm2_gamma, "norm2.weight", "C"),
    RG_PARAM(rg_vit_block, norm2_beta, "norm2.bias", "C"),    RG_DENSE_BIAS(rg_vit_block, fc1, "fc1", "M", "C"),
    RG_DENSE_BIAS(rg_vit_block, fc2, "fc2", "C", "M"),        RG_PARAM_IF(rg_vit_block, scale2, "scale2", "C", 'L'),
};

#define ROWS(table) table, sizeof(table) / sizeof *(table)

rgpt_status rg_vit_bind(rg_vit *m, const rg_vision_config *config, rg_binding *b, rgpt_error *err) {
    *m = (rg_vit){.config = config};
    m->block = calloc((size_t)config->blocks, sizeof *m->block);
    if (!m->block) return rg_fail_memory(err, "vision blocks", (size_t)config->blocks * sizeof *m->block);

    int cells = rg_vision_cells(config);
    b->letter['C'] = config->width;
    b->letter['M'] = config->mlp_width;
    b->letter['P'] = config->patch_size;
    b->letter['T'] = (int64_t)cells * cells + config->has_class_token;
    b->letter['B'] = !config->has_pre_norm; /* CLIP's patches have no bias: its pre-norm follows */
    b->letter['K'] = config->has_class_token;
    b->letter['E'] = config->has_pre_norm;
    b->letter['F'] = config->has_final_norm;
    b->letter['L'] = config->has_layer_scale;
    rg_bind(b, m, "vision.", ROWS(stem_rows));
    for (int i = 0; i < config->blocks; i++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "vision.blk.%d.", i);
        rg_bind(b, &m->block[i], prefix, ROWS(block_rows));
    }
    return RGPT_OK;
}

void rg_vit_reset(rg_vit *m) {
    free(m->block);
    *m = (rg_vit){0};
}

/* A branch's result joins the stream, through LayerScale's gain where there is one. */
static rg_tensor *join(rg_run *run, const rg_tensor *x, const rg_tensor *branch, const rg_tensor *scale) {
    return rg_add(run, x, scale->rank ? rg_row_scale(run, branch, scale) : branch);
}

typedef struct block_context {
    const rg_vision_config *config;
    const rg_vit_block *block;
} block_context;

/* x: [T, C] */
static rg_tensor *block_forward(rg_run *run, const void *context, const rg_tensor *x) {
    const block_context *b = context;
    const rg_vision_config *c = b->config;
    const rg_vit_block *p = b->block;
    rg_tensor *h = rg_layer_norm(run, x, &p->norm1_gamma, &p->norm1_beta, c->norm_eps); /* [T, C] */
    rg_tensor *q = rg_dense_apply(run, &p->q, h);
    rg_tensor *k = rg_dense_apply(run, &p->k, h);
    rg_tensor *v = rg_dense_apply(run, &p->v, h);
    rg_tensor *a = rg_attention(run, q, k, v, c->heads, c->heads, NULL); /* [T, C] */
    rg_tensor *y = join(run, x, rg_dense_apply(run, &p->out, a), &p->scale1);

    h = rg_layer_norm(run, y, &p->norm2_gamma, &p->norm2_beta, c->norm_eps);
    h = rg_activate(run, rg_dense_apply(run, &p->fc1, h), c->activation); /* [T, M] */
    return join(run, y, rg_dense_apply(run, &p->fc2, h), &p->scale2);
}

rg_tensor *rg_vit_states(rg_run *run, const rg_vit *m, const rg_tensor *pixels) {
    const rg_vision_config *c = m->config;
    rg_scope scope = rg_scope_begin(run);
    rg_tensor *x = rg_patch(run, pixels, c->patch_size); /* [cells^2, 3 P P] */
    x = rg_linear(run, x, &m->patch_weight, m->patch_bias.rank ? &m->patch_bias : NULL);
    if (c->has_class_token) x = rg_concat(run, &m->class_token, x); /* [T, C] */
    x = rg_add(run, x, &m->position);
    if (c->has_pre_norm) x = rg_layer_norm(run, x, &m->pre_gamma, &m->pre_beta, c->norm_eps);
    x = rg_scope_end(run, scope, x);

    for (int i = 0; i < c->blocks; i++) {
        const block_context block = {c, &m->block[i]};
        x = rg_recompute(run, block_forward, &block, sizeof block, x);
    }
    if (c->has_final_norm) x = rg_layer_norm(run, x, &m->final_gamma, &m->final_beta, c->norm_eps);
    return rg_scope_end(run, scope, x);
}

rg_tensor *rg_vit_features(rg_run *run, const rg_vit *m, const rg_tensor *pixels) {
    rg_tensor *x = rg_vit_states(run, m, pixels);
    if (!x || !m->config->has_class_token) return x;
    return rg_tensor_rows_view(run, x, 1, rg_tensor_rows(x) - 1);
}
