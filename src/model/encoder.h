/* encoder.h - pre-norm transformer blocks as vision towers have them, and CLIP's text tower too: LayerNorm, attention,
 * LayerNorm, two-layer MLP, each branch added to the stream. */
#ifndef RG_MODEL_ENCODER_H
#define RG_MODEL_ENCODER_H

#include "model/dense.h"

typedef struct rg_encoder_block {
    rg_tensor norm1_gamma, norm1_beta;
    rg_dense q, k, v, out;
    rg_tensor scale1; /* LayerScale; absent: rank 0 */
    rg_tensor norm2_gamma, norm2_beta;
    rg_dense fc1, fc2;
    rg_tensor scale2;
} rg_encoder_block;

typedef struct rg_encoder {
    int block_count;
    int heads;
    double norm_eps;
    rg_activation activation;
    rg_encoder_block *block; /* owned */
} rg_encoder;

/* Binds prefix + "0.norm1.weight" and so on, `e` being filled in up to its blocks. The binding's letters: C width, M of
 * the MLP, L whether there is LayerScale. Misfits go to the binding; only memory can fail here. */
rgpt_status rg_encoder_bind(rg_encoder *e, const char *prefix, rg_binding *b, rgpt_error *err);
void rg_encoder_reset(rg_encoder *e);

/* x: [T, C] -> [T, C]. visible NULL: every position sees every other; else it must stay as long as a tape does. */
rg_tensor *rg_encoder_apply(rg_run *run, const rg_encoder *e, const rg_visible *visible, rg_tensor *x);

#endif
