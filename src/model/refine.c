#include "model/refine.h"

static const double norm_eps = 1e-6;

static const rg_param_row rows[] = {
    RG_PARAM(rg_refine, deconv1_weight, "deconv1.weight", "2 2 C C"),
    RG_PARAM(rg_refine, deconv1_bias, "deconv1.bias", "C"),
    RG_PARAM(rg_refine, norm_gamma, "norm.weight", "C"),
    RG_PARAM(rg_refine, norm_beta, "norm.bias", "C"),
    RG_PARAM(rg_refine, deconv2_weight, "deconv2.weight", "2 2 C C"),
    RG_PARAM(rg_refine, deconv2_bias, "deconv2.bias", "C"),
};

static bool has_deconv(rg_refine_kind kind) {
    return kind == RG_REFINE_DECONV || kind == RG_REFINE_DECONV_BILINEAR;
}

void rg_refine_bind(rg_refine *m, const rg_config *config, rg_binding *b) {
    *m = (rg_refine){.config = config};
    b->letter['C'] = config->vision.width;
    if (has_deconv(config->region.refine)) rg_bind(b, m, "refine.", rows, sizeof rows / sizeof *rows);
}

/* deconvolution -> LayerNorm over channels -> GELU -> deconvolution -> GELU; x: [n^2, C] -> [(4n)^2, C] */
static rg_tensor *deconvolve(rg_run *run, const rg_refine *m, const rg_tensor *x, int64_t n) {
    rg_scope scope = rg_scope_begin(run);
    rg_tensor *h = rg_deconv(run, x, n, n, &m->deconv1_weight, &m->deconv1_bias); /* [(2n)^2, C] */
    h = rg_layer_norm(run, h, &m->norm_gamma, &m->norm_beta, norm_eps);
    h = rg_activate(run, h, RG_GELU_ERF);
    h = rg_deconv(run, h, 2 * n, 2 * n, &m->deconv2_weight, &m->deconv2_bias); /* [(4n)^2, C] */
    return rg_scope_end(run, scope, rg_activate(run, h, RG_GELU_ERF));
}

rg_tensor *rg_refine_map(rg_run *run, const rg_refine *m, const rg_tensor *z) {
    if (!RG_OP_READY(run, z)) return NULL;
    int64_t n = rg_vision_cells(&m->config->vision), fine = rg_refined_cells(m->config);
    rg_tensor *x = rg_tensor_view2(run, z, n * n, rg_tensor_width(z));
    if (has_deconv(m->config->region.refine)) {
        x = deconvolve(run, m, x, n);
        n *= 4;
    }
    return n == fine ? x : rg_upsample(run, x, n, n, fine, fine);
}
