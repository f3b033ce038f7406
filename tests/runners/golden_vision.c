/* golden_vision.c - a vision backbone against its own library: a folder with model.safetensors and, in
 * expected.safetensors, timm's inputs "x*" with "features*" (every position after the final norm) and "block_-N"
 * (hidden states before the last N - 1 blocks), or transformers' "pixel_values" with "last_hidden_state", "hidden_-N".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward.h"
#include "golden.h"
#include "model/import.h"
#include "model/vit.h"

static const double tolerance = 1e-5;

typedef struct vision_case {
    rg_golden *golden;
    rg_weights *file;
    json_t *config; /* config.json; timm keeps none */
    rg_vit vit;
    const rg_weight *pixels; /* [1, 3, S, S] */
} vision_case;

static rg_tensor *states(rg_run *run, void *context) {
    const vision_case *c = context;
    rg_tensor *x = rg_tensor_from_floats(run, 3, c->pixels->dim + 1, c->pixels->data);
    return rg_vit_states(run, &c->vit, x);
}

/* The model for this input's size and layer. */
static rgpt_status import(vision_case *c, rg_import *im, json_t *about, rgpt_error *err) {
    rgpt_status status = rg_weights_new(&im->weights, err);
    if (status != RGPT_OK) return status;
    status = rg_is_timm(c->file) ? rg_import_timm(im, c->file, about, err)
                                 : rg_import_clip(im, c->file, c->config, about, err);
    return status == RGPT_OK ? rg_weights_seal(im->weights, err) : status;
}

static rgpt_status bind(vision_case *c, const rg_import *im, rg_param_list *params, rgpt_error *err) {
    rg_binding binding;
    rg_binding_init(&binding, im->weights, params);
    rgpt_status status = rg_vit_bind(&c->vit, &im->config.vision, &binding, err);
    rgpt_status misfits = rg_binding_finish(&binding, err);
    return status == RGPT_OK ? misfits : status;
}

/* layer: as select_layer; 0: the last one, through the final norm. */
static rgpt_status compare(vision_case *c, const char *input, const char *output, int layer, rgpt_error *err) {
    c->pixels = rg_weights_find(c->golden->expected, input);
    if (!c->pixels) return rg_fail(err, RGPT_FORMAT, "no input '%s'", input);

    rg_import im = {0};
    json_t *about = json_pack("{s:i}", "image_size", (int)c->pixels->dim[2]);
    if (layer) json_object_set_new(about, "select_layer", json_integer(layer));
    json_object_update_missing(about, c->golden->about);
    rg_param_list params = {0};
    rgpt_status status = import(c, &im, about, err);
    json_decref(about);
    if (status == RGPT_OK) status = bind(c, &im, &params, err);
    if (status == RGPT_OK) {
        int64_t count;
        float *found = rg_golden_run(c->golden, RG_COMPUTE_EXACT, states, c, &count);
        rg_golden_compare(c->golden, output, found, count, tolerance);
        free(found);
    }
    rg_vit_reset(&c->vit);
    rg_param_list_reset(&params);
    rg_import_reset(&im);
    return status;
}

/* How each library's outputs are called, and its inputs: what follows the name is the same for both, or the layer. */
static const struct {
    const char *output, *input;
    bool with_layer;
} kinds[] = {
    {"features", "x", false},
    {"block_", "x", true},
    {"last_hidden_state", "pixel_values", false},
    {"hidden_", "pixel_values", true},
};

static rgpt_status compare_all(vision_case *c, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < rg_weights_count(c->golden->expected); i++) {
        const char *name = rg_weights_at(c->golden->expected, i)->name;
        for (size_t k = 0; status == RGPT_OK && k < sizeof kinds / sizeof *kinds; k++) {
            size_t length = strlen(kinds[k].output);
            if (strncmp(name, kinds[k].output, length) != 0) continue;
            char input[128];
            snprintf(input, sizeof input, "%s%s", kinds[k].input, kinds[k].with_layer ? "" : name + length);
            status = compare(c, input, name, kinds[k].with_layer ? atoi(name + length) : 0, err);
        }
    }
    return status;
}

int rg_golden_vision(const char *dir, char *line, size_t line_size) {
    rg_golden g;
    if (!rg_golden_open(&g, dir, line, line_size)) return RG_CASE_FAIL;
    char path[4096];
    snprintf(path, sizeof path, "%s/config.json", dir);
    vision_case c = {.golden = &g, .config = json_load_file(path, 0, NULL)};
    rgpt_error err = {0};
    rgpt_status status = rg_weights_open(dir, &c.file, &err);
    if (status == RGPT_OK) status = compare_all(&c, &err);
    if (status != RGPT_OK) rg_golden_error(&g, &err);
    rg_weights_close(c.file);
    json_decref(c.config);
    return rg_golden_close(&g);
}
