/* regiongpt.h - the model of the paper's Figure 2, assembled.
 *
 *     pixels -> vision -> Z_lres -> refine -> Z_hres -> adaptive pool -> connector -> H_v
 *                                             Z_hres, masks -> mask pool -> connector -> H_r
 *     tokens, H_v for <image>, H_r for <regionN> -> decoder -> text
 */
#ifndef RG_MODEL_REGIONGPT_H
#define RG_MODEL_REGIONGPT_H

#include "model/connector.h"
#include "model/llama.h"
#include "model/refine.h"
#include "model/vit.h"

typedef struct rg_regiongpt {
    rg_config config;
    rg_vit vision;
    rg_refine refine;
    rg_connector connector;
    rg_llama decoder;
    rg_param_list params;
} rg_regiongpt;

/* Binds all parts to `weights`, which must stay open as long as the model. config is copied. On failure
 * *m is reset. */
rgpt_status rg_regiongpt_bind(rg_regiongpt *m, const rg_config *config, const rg_weights *weights, rgpt_error *err);
void rg_regiongpt_reset(rg_regiongpt *m);

/* pixels [3, S, S] -> Z_hres [G*G, C], G = rg_refined_cells */
rg_tensor *rg_see(rg_run *run, const rg_regiongpt *m, const rg_tensor *pixels);
/* Z_hres -> H_v [rg_image_tokens, D] */
rg_tensor *rg_image_embeddings(rg_run *run, const rg_regiongpt *m, const rg_tensor *map);
/* Z_hres, coverage [R, G*G] -> H_r [R, D] */
rg_tensor *rg_region_embeddings(rg_run *run, const rg_regiongpt *m, const rg_tensor *map, const rg_tensor *mask);

/* Where a position's embedding comes from: rg_pick.source. */
enum { RG_FROM_TOKENS, RG_FROM_IMAGE, RG_FROM_REGIONS, RG_SOURCE_COUNT };

/* Picks -> [T, D]. image and regions may be NULL when no pick names them. */
rg_tensor *rg_embed(rg_run *run, const rg_regiongpt *m, const rg_tensor *image, const rg_tensor *regions,
                    const rg_pick *pick, int64_t count);

#endif
