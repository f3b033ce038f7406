#include "model/encoder.h"

#include <stdio.h>
#include <stdlib.h>

static const rg_param_row block_rows[] = {
    RG_PARAM(rg_encoder_block, norm1_gamma, "norm1.weight", "C"),
    RG_PARAM(rg_encoder_block, norm1_beta, "norm1.bias", "C"),
    RG_DENSE_BIAS(rg_encoder_block, q, "attn_q", "C", "C"),
    RG_DENSE_BIAS(rg_encoder_block, k, "attn_k", "C", "C"),
    RG_DENSE_BIAS(rg_encoder_block, v, "attn_v", "C", "C"),
    RG_DENSE_BIAS(rg_encoder_block, out, "attn_out", "C", "C"),
    RG_PARAM_IF(rg_encoder_block, scale1, "scale1", "C", 'L'),
    RG_PARAM(rg_encoder_block, norm2_gamma, "norm2.weight", "C"),
    RG_PARAM(rg_encoder_block, norm2_beta, "norm2.bias", "C"),
    RG_DENSE_BIAS(rg_encoder_block, fc1, "fc1", "M", "C"),
    RG_DENSE_BIAS(rg_encoder_block, fc2, "fc2", "C", "M"),
    RG_PARAM_IF(rg_encoder_block, scale2, "scale2", "C", 'L'),
};

rgpt_status rg_encoder_bind(rg_encoder *e, const char *prefix, rg_binding *b, rgpt_error *err) {
    size_t size = (size_t)e->block_count * sizeof *e->block;
    e->block = calloc((size_t)e->block_count, sizeof *e->block);
    if (!e->block) return rg_fail_memory(err, "blocks", size);
    for (int i = 0; i < e->block_count; i++) {
        char full[64];
        snprintf(full, sizeof full, "%s%d.", prefix, i);
        rg_bind(b, &e->block[i], full, block_rows, sizeof block_rows / sizeof *block_rows);
    }
    return RGPT_OK;
}

void rg_encoder_reset(rg_encoder *e) {
    free(e->block);
    *e = (rg_encoder){0};
}

/* A branch's result joins the stream, through LayerScale's gain where there is one. */
static rg_tensor *join(rg_run *run, const rg_tensor *x, const rg_tensor *branch, const rg_tensor *scale) {
    return rg_add(run, x, scale->rank ? rg_row_scale(run, branch, scale) : branch);
}

typedef struct block_context {
    const rg_encoder *encoder;
    const rg_encoder_block *block;
    rg_visible visible; /* first NULL: all of them */
} block_context;

/* x: [T, C] */
static rg_tensor *block_forward(rg_run *run, const void *context, const rg_tensor *x) {
    const block_context *b = context;
    const rg_encoder *e = b->encoder;
    const rg_encoder_block *p = b->block;
    rg_tensor *h = rg_layer_norm(run, x, &p->norm1_gamma, &p->norm1_beta, e->norm_eps); /* [T, C] */
    rg_tensor *q = rg_dense_apply(run, &p->q, h);
    rg_tensor *k = rg_dense_apply(run, &p->k, h);
    rg_tensor *v = rg_dense_apply(run, &p->v, h);
    rg_tensor *a = rg_attention(run, q, k, v, e->heads, e->heads, b->visible.first ? &b->visible : NULL); /* [T, C] */
    rg_tensor *y = join(run, x, rg_dense_apply(run, &p->out, a), &p->scale1);

    h = rg_layer_norm(run, y, &p->norm2_gamma, &p->norm2_beta, e->norm_eps);
    h = rg_activate(run, rg_dense_apply(run, &p->fc1, h), e->activation); /* [T, M] */
    return join(run, y, rg_dense_apply(run, &p->fc2, h), &p->scale2);
}

rg_tensor *rg_encoder_apply(rg_run *run, const rg_encoder *e, const rg_visible *visible, rg_tensor *x) {
    for (int i = 0; i < e->block_count; i++) {
        const block_context block = {e, &e->block[i], visible ? *visible : (rg_visible){NULL, NULL}};
        x = rg_recompute(run, block_forward, &block, sizeof block, x);
    }
    return x;
}
