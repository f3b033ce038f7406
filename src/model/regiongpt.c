#include "model/regiongpt.h"

rgpt_status rg_regiongpt_bind(rg_regiongpt *m, const rg_config *config, const rg_weights *weights, rgpt_error *err) {
    *m = (rg_regiongpt){.config = *config};
    rgpt_status status = rg_config_check(config, err);
    if (status != RGPT_OK) return status;

    rg_binding b;
    rg_binding_init(&b, weights, &m->params);
    status = rg_vit_bind(&m->vision, &m->config.vision, &b, err);
    rg_refine_bind(&m->refine, &m->config, &b);
    rg_connector_bind(&m->connector, &m->config, &b);
    if (status == RGPT_OK) status = rg_llama_bind(&m->decoder, &m->config.decoder, "decoder.", &b, err);
    rgpt_status misfits = rg_binding_finish(&b, err);
    if (status == RGPT_OK) status = misfits;
    if (status != RGPT_OK) {
        rg_regiongpt_reset(m);
        return status;
    }
    rg_llama_prepare(&m->decoder);
    return RGPT_OK;
}

void rg_regiongpt_reset(rg_regiongpt *m) {
    rg_vit_reset(&m->vision);
    rg_llama_reset(&m->decoder);
    rg_param_list_reset(&m->params);
}

rg_tensor *rg_see(rg_run *run, const rg_regiongpt *m, const rg_tensor *pixels) {
    rg_scope scope = rg_scope_begin(run);
    rg_tensor *z_lres = rg_vit_features(run, &m->vision, pixels);            /* [cells^2, C] */
    return rg_scope_end(run, scope, rg_refine_map(run, &m->refine, z_lres)); /* [G^2, C] */
}

rg_tensor *rg_image_embeddings(rg_run *run, const rg_regiongpt *m, const rg_tensor *map) {
    const rg_region_config *c = &m->config.region;
    int64_t G = rg_refined_cells(&m->config);
    rg_scope scope = rg_scope_begin(run);
    rg_tensor *z_v = rg_adaptive_pool(run, map, G, G, c->grid_h, c->grid_w); /* [h*w, C] */
    return rg_scope_end(run, scope, rg_connect_image(run, &m->connector, z_v));
}

rg_tensor *rg_region_embeddings(rg_run *run, const rg_regiongpt *m, const rg_tensor *map, const rg_tensor *mask) {
    rg_scope scope = rg_scope_begin(run);
    rg_tensor *z_r = rg_mask_pool(run, map, mask); /* [R, C] */
    return rg_scope_end(run, scope, rg_connect_regions(run, &m->connector, z_r));
}

rg_tensor *rg_embed(rg_run *run, const rg_regiongpt *m, const rg_tensor *image, const rg_tensor *regions,
                    const rg_pick *pick, int64_t count) {
    const rg_tensor *source[RG_SOURCE_COUNT] = {&m->decoder.embedding, image, regions};
    return rg_splice(run, source, RG_SOURCE_COUNT, pick, count);
}
