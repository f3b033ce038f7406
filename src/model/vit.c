#include "model/vit.h"

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

#define ROWS(table) table, sizeof(table) / sizeof *(table)

rgpt_status rg_vit_bind(rg_vit *m, const rg_vision_config *config, rg_binding *b, rgpt_error *err) {
    *m = (rg_vit){.config = config};
    m->encoder = (rg_encoder){.block_count = config->blocks,
                              .heads = config->heads,
                              .norm_eps = config->norm_eps,
                              .activation = config->activation};
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
    return rg_encoder_bind(&m->encoder, "vision.blk.", b, err);
}

void rg_vit_reset(rg_vit *m) {
    rg_encoder_reset(&m->encoder);
    *m = (rg_vit){0};
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

    x = rg_encoder_apply(run, &m->encoder, NULL, x);
    if (c->has_final_norm) x = rg_layer_norm(run, x, &m->final_gamma, &m->final_beta, c->norm_eps);
    return rg_scope_end(run, scope, x);
}

rg_tensor *rg_vit_features(rg_run *run, const rg_vit *m, const rg_tensor *pixels) {
    rg_tensor *x = rg_vit_states(run, m, pixels);
    if (!x || !m->config->has_class_token) return x;
    return rg_tensor_rows_view(run, x, 1, rg_tensor_rows(x) - 1);
}
