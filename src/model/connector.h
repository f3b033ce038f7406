/* connector.h - from vision features to the decoder's embeddings (paper, section 3.2): one MLP shared by
 * image and regions, or SpatialRGPT's pair of projectors. */
#ifndef RG_MODEL_CONNECTOR_H
#define RG_MODEL_CONNECTOR_H

#include "model/config.h"
#include "model/dense.h"

typedef struct rg_connector {
    const rg_region_config *config;
    rg_tensor norm_gamma, norm_beta; /* [4C], downsampling only */
    rg_dense fc1;                    /* [D, C], or [D, 4C] */
    rg_dense fc2;                    /* [D, D] */
    rg_dense region;                 /* [D, C], downsampling only */
} rg_connector;

/* Binds "connector.*". */
void rg_connector_bind(rg_connector *m, const rg_config *config, rg_binding *b);

/* Z_v [grid_h * grid_w, C] -> H_v [rg_image_tokens, D] */
rg_tensor *rg_connect_image(rg_run *run, const rg_connector *m, const rg_tensor *z);
/* Z_r [R, C] -> H_r [R, D] */
rg_tensor *rg_connect_regions(rg_run *run, const rg_connector *m, const rg_tensor *z);

#endif
