/* golden_region.c - the region module alone: a feature map "z" and binary masks, and for each variant of
 * the refinement what pooling and the connectors make of them. Weights in weights.safetensors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward.h"
#include "golden.h"
#include "model/import.h"
#include "model/regiongpt.h"

static const double tolerance = 1e-5;

typedef struct region_case {
    rg_golden *golden;
    rg_import im;
    rg_param_list params;
    rg_refine refine;
    rg_connector connector;
    const rg_weight *z;     /* [1, C, h, w] */
    const rg_weight *masks; /* [R, H, W] bytes */
    int grid;               /* adaptive pooling's target */
} region_case;

/* ------------------------------------------------------------------ inputs */

/* [1, C, h, w] -> [h*w, C] */
static rg_tensor *feature_map(rg_run *run, const region_case *c) {
    int64_t C = c->z->dim[1], cells = c->z->dim[2] * c->z->dim[3];
    rg_tensor *x = rg_tensor_new2(run, cells, C);
    if (!x || rg_run_is_dry(run)) return x;
    const float *from = c->z->data;
    for (int64_t i = 0; i < cells; i++) {
        for (int64_t k = 0; k < C; k++) rg_tensor_reals(x)[i * C + k] = from[k * cells + i];
    }
    return x;
}

/* [R, H, W] bytes -> coverage of the refined grid [R, G*G], as SPEC resizes masks. */
static rg_tensor *coverage(rg_run *run, const region_case *c, int64_t G) {
    int64_t R = c->masks->dim[0], H = c->masks->dim[1], W = c->masks->dim[2];
    rg_tensor *out = rg_tensor_new2(run, R, G * G);
    if (!out) return NULL;
    for (int64_t r = 0; r < R; r++) {
        rg_scope scope = rg_scope_begin(run);
        rg_tensor *mask = rg_tensor_new2(run, H * W, 1);
        for (int64_t i = 0; mask && !rg_run_is_dry(run) && i < H * W; i++) {
            rg_tensor_reals(mask)[i] = ((const uint8_t *)c->masks->data)[r * H * W + i];
        }
        rg_tensor *grid = rg_upsample(run, mask, H, W, G, G);
        if (grid && grid->data) memcpy(rg_tensor_reals(out) + r * G * G, grid->data, (size_t)(G * G) * sizeof(rg_real));
        rg_scope_end(run, scope, NULL);
    }
    return out;
}

/* ------------------------------------------------------------------ stages */

static rg_tensor *refined(rg_run *run, void *context) {
    region_case *c = context;
    return rg_refine_map(run, &c->refine, feature_map(run, c));
}

static rg_tensor *pooled(rg_run *run, void *context) {
    region_case *c = context;
    return rg_mask_pool(run, refined(run, c), coverage(run, c, rg_refined_cells(&c->im.config)));
}

static rg_tensor *image_cells(rg_run *run, void *context) {
    region_case *c = context;
    int64_t G = rg_refined_cells(&c->im.config);
    return rg_adaptive_pool(run, refined(run, c), G, G, c->grid, c->grid);
}

static rg_tensor *image_tokens(rg_run *run, void *context) {
    region_case *c = context;
    return rg_connect_image(run, &c->connector, image_cells(run, c));
}

static rg_tensor *region_tokens(rg_run *run, void *context) {
    region_case *c = context;
    return rg_connect_regions(run, &c->connector, pooled(run, c));
}

/* ------------------------------------------------------------------ comparisons */

static void compare(region_case *c, const char *prefix, const char *name, rg_forward forward) {
    char full[96];
    snprintf(full, sizeof full, "%s.%s", prefix, name);
    if (!rg_weights_find(c->golden->expected, full)) return;
    int64_t count;
    float *found = rg_golden_run(c->golden, RG_COMPUTE_EXACT, forward, c, &count);
    rg_golden_compare(c->golden, full, found, count, tolerance);
    free(found);
}

/* The stored map is [1, C, G, G]; ours has the channel last. */
static void compare_map(region_case *c, const char *prefix) {
    char full[96];
    snprintf(full, sizeof full, "%s.map", prefix);
    if (!rg_weights_find(c->golden->expected, full)) return;
    int64_t count, C = c->z->dim[1];
    float *found = rg_golden_run(c->golden, RG_COMPUTE_EXACT, refined, c, &count);
    float *turned = found ? malloc((size_t)count * sizeof *turned) : NULL;
    int64_t cells = found ? count / C : 0;
    for (int64_t i = 0; turned && i < count; i++) turned[i % C * cells + i / C] = found[i];
    rg_golden_compare(c->golden, full, turned, count, tolerance);
    free(turned);
    free(found);
}

static rgpt_status bind(region_case *c, rgpt_error *err) {
    rg_binding b;
    rg_param_list_reset(&c->params);
    rg_binding_init(&b, c->im.weights, &c->params);
    rg_refine_bind(&c->refine, &c->im.config, &b);
    rg_connector_bind(&c->connector, &c->im.config, &b);
    return rg_binding_finish(&b, err);
}

static rgpt_status compare_variant(region_case *c, rg_refine_kind kind, rgpt_error *err) {
    const char *name = rg_refine_name(kind);
    int h = (int)c->z->dim[2];
    c->im.config.region.refine = kind;
    rgpt_status status = bind(c, err);
    if (status != RGPT_OK) return status;
    compare_map(c, name);
    compare(c, name, "pooled", pooled);
    c->grid = c->im.config.region.grid_h = c->im.config.region.grid_w = h;
    compare(c, name, "image", image_cells);
    if (c->im.config.region.connector == RG_CONNECT_MLP) {
        compare(c, name, "image_tokens", image_tokens);
        compare(c, name, "regions", region_tokens);
    }
    c->grid = 5;
    compare(c, name, "image5", image_cells);
    return RGPT_OK;
}

/* SpatialRGPT's pair of projectors: the image's over the backbone's own map, the regions' over the refined one. */
static rgpt_status compare_downsample(region_case *c, rgpt_error *err) {
    c->im.config.region.refine = RG_REFINE_NONE;
    rgpt_status status = bind(c, err);
    if (status != RGPT_OK) return status;
    c->grid = c->im.config.region.grid_h = c->im.config.region.grid_w = (int)c->z->dim[2];
    compare(c, "downsample", "image_tokens", image_tokens);

    c->im.config.region.refine = RG_REFINE_DECONV;
    status = bind(c, err);
    if (status == RGPT_OK) compare(c, "rgb_projector", "regions", region_tokens);
    return status;
}

/* Imports the weights with one connector or the other, and fills in a backbone of the map's size. */
static rgpt_status import(region_case *c, rg_connector_kind connector, rgpt_error *err) {
    char path[4096];
    snprintf(path, sizeof path, "%s/weights.safetensors", c->golden->dir);
    rg_weights *w = NULL;
    rg_import_reset(&c->im);
    rgpt_status status = rg_weights_new(&c->im.weights, err);
    if (status == RGPT_OK) status = rg_weights_open(path, &w, err);
    if (status != RGPT_OK) return status;
    rg_weights_keep(c->im.weights, w);
    status = rg_import_region(&c->im, w, connector, err);
    if (status == RGPT_OK) status = rg_weights_seal(c->im.weights, err);
    const rg_weight *fc2 = status == RGPT_OK ? rg_weights_find(c->im.weights, "connector.fc2.weight") : NULL;
    c->im.config.vision.width = (int)c->z->dim[1];
    c->im.config.vision.image_size = (int)c->z->dim[2];
    c->im.config.vision.patch_size = 1;
    c->im.config.decoder.width = fc2 ? (int)fc2->dim[0] : 0;
    return status;
}

int rg_golden_region(const char *dir, char *line, size_t line_size) {
    rg_golden g;
    if (!rg_golden_open(&g, dir, line, line_size)) return RG_CASE_FAIL;
    region_case c = {
        .golden = &g, .z = rg_weights_find(g.expected, "z"), .masks = rg_weights_find(g.expected, "masks")};
    rgpt_error err = {0};
    rgpt_status status = c.z && c.masks ? RGPT_OK : rg_fail(&err, RGPT_FORMAT, "no 'z' or no 'masks'");
    if (status == RGPT_OK) status = import(&c, RG_CONNECT_MLP, &err);
    for (int kind = RG_REFINE_NONE; status == RGPT_OK && kind <= RG_REFINE_DECONV_BILINEAR; kind++) {
        status = compare_variant(&c, (rg_refine_kind)kind, &err);
    }
    if (status == RGPT_OK) status = import(&c, RG_CONNECT_DOWNSAMPLE, &err);
    if (status == RGPT_OK) status = compare_downsample(&c, &err);
    if (status != RGPT_OK) rg_golden_error(&g, &err);
    rg_param_list_reset(&c.params);
    rg_import_reset(&c.im);
    return rg_golden_close(&g);
}
