#include "model/connector.h"

static const double norm_eps = 1e-5;

/* Letters: C vision width, D decoder width, I columns of fc1 (C, or 4C when 2x2 cells are merged). */
static const rg_param_row mlp_rows[] = {
    RG_DENSE_BIAS(rg_connector, fc1, "fc1", "D", "I"),
    RG_DENSE_BIAS(rg_connector, fc2, "fc2", "D", "D"),
};

static const rg_param_row downsample_rows[] = {
    RG_PARAM(rg_connector, norm_gamma, "norm.weight", "4C"),
    RG_PARAM(rg_connector, norm_beta, "norm.bias", "4C"),
    RG_DENSE_BIAS(rg_connector, region, "region", "D", "C"),
};

#define ROWS(table) table, sizeof(table) / sizeof *(table)

void rg_connector_bind(rg_connector *m, const rg_config *config, rg_binding *b) {
    *m = (rg_connector){.config = &config->region};
    bool merges = config->region.connector == RG_CONNECT_DOWNSAMPLE;
    b->letter['C'] = config->vision.width;
    b->letter['D'] = config->decoder.width;
    b->letter['I'] = config->vision.width * (merges ? 4 : 1);
    rg_bind(b, m, "connector.", ROWS(mlp_rows));
    if (merges) rg_bind(b, m, "connector.", ROWS(downsample_rows));
}

static rg_tensor *mlp(rg_run *run, const rg_connector *m, const rg_tensor *x) {
    rg_tensor *h = rg_activate(run, rg_dense_apply(run, &m->fc1, x), RG_GELU_ERF); /* [T, D] */
    return rg_dense_apply(run, &m->fc2, h);
}

rg_tensor *rg_connect_image(rg_run *run, const rg_connector *m, const rg_tensor *z) {
    if (m->config->connector == RG_CONNECT_MLP) return mlp(run, m, z);
    rg_tensor *merged = rg_merge2x2(run, z, m->config->grid_h, m->config->grid_w); /* [T, 4C] */
    return mlp(run, m, rg_layer_norm(run, merged, &m->norm_gamma, &m->norm_beta, norm_eps));
}

rg_tensor *rg_connect_regions(rg_run *run, const rg_connector *m, const rg_tensor *z) {
    if (m->config->connector == RG_CONNECT_MLP) return mlp(run, m, z);
    return rg_dense_apply(run, &m->region, z);
}
