/* refine.h - the refinement module: a finer feature map, so that small regions have cells of their own
 * (paper, section 3.2 and Table 6). Z_lres -> Z_hres. */
#ifndef RG_MODEL_REFINE_H
#define RG_MODEL_REFINE_H

#include "model/config.h"
#include "model/param.h"

typedef struct rg_refine {
    const rg_config *config;
    rg_tensor deconv1_weight, deconv1_bias; /* [2, 2, C, C]: row, column, output, input */
    rg_tensor norm_gamma, norm_beta;
    rg_tensor deconv2_weight, deconv2_bias;
} rg_refine;

/* Binds "refine.*" where the kind has parameters. */
void rg_refine_bind(rg_refine *m, const rg_config *config, rg_binding *b);

/* z: [cells^2, C] -> [rg_refined_cells^2, C] */
rg_tensor *rg_refine_map(rg_run *run, const rg_refine *m, const rg_tensor *z);

#endif
