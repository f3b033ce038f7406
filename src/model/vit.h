/* vit.h - the vision backbone: a vision transformer of CLIP's, SigLIP's or timm's kind (SPEC section 2).
 * Z_lres of the paper's Figure 2. */
#ifndef RG_MODEL_VIT_H
#define RG_MODEL_VIT_H

#include "model/config.h"
#include "model/encoder.h"

typedef struct rg_vit {
    const rg_vision_config *config;
    rg_tensor patch_weight; /* [C, 3, P, P] */
    rg_tensor patch_bias;
    rg_tensor class_token; /* [C] */
    rg_tensor position;    /* [cells^2 (+ 1), C], the class token's first */
    rg_tensor pre_gamma, pre_beta;
    rg_encoder encoder;
    rg_tensor final_gamma, final_beta;
} rg_vit;

/* Binds "vision.*" of the file. Misfits go to the binding; only memory can fail here. */
rgpt_status rg_vit_bind(rg_vit *m, const rg_vision_config *config, rg_binding *b, rgpt_error *err);
void rg_vit_reset(rg_vit *m);

/* pixels [3, S, S], normalised -> every position's feature [cells^2 (+ 1), C], the class token's first. */
rg_tensor *rg_vit_states(rg_run *run, const rg_vit *m, const rg_tensor *pixels);
/* The same without the class token: Z_lres [cells^2, C]. */
rg_tensor *rg_vit_features(rg_run *run, const rg_vit *m, const rg_tensor *pixels);

#endif
