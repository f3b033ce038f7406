/* golden_vision.c - a vision backbone against its own library: a folder with model.safetensors and, in
 * expected.safetensors, inputs "x*" with "features*" (every position after the final norm) and
 * "block_-N" (hidden states before the last N - 1 blocks). */
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
    rg_vit vit;
    const rg_weight *pixels; /* [1, 3, S, S] */
} vision_case;

static rg_tensor *states(rg_run *run, void *context) {
    const vision_case *c = context;
    rg_tensor *x = rg_tensor_from_floats(run, 3, c->pixels->dim + 1, c->pixels->data);
    return rg_vit_states(run, &c->vit, x);
}

/* Binds the model for this input's size, stopping `short_of_end` blocks early, and compares. */
static rgpt_status compare(vision_case *c, const char *input, const char *output, int short_of_end, rgpt_error *err) {
    c->pixels = rg_weights_find(c->golden->expected, input);
    if (!c->pixels) return rg_fail(err, RGPT_FORMAT, "no input '%s'", input);

    rg_import im = {0};
    json_t *about = json_pack("{s:i}", "image_size", (int)c->pixels->dim[2]);
    json_object_update_missing(about, c->golden->about);
    rgpt_status status = rg_weights_new(&im.weights, err);
    if (status == RGPT_OK) status = rg_import_timm(&im, c->file, about, err);
    if (status == RGPT_OK) status = rg_weights_seal(im.weights, err);
    json_decref(about);
    if (short_of_end > 0) {
        im.config.vision.blocks -= short_of_end;
        im.config.vision.has_final_norm = false;
    }
    rg_param_list params = {0};
    if (status == RGPT_OK) {
        rg_binding binding;
        rg_binding_init(&binding, im.weights, &params);
        status = rg_vit_bind(&c->vit, &im.config.vision, &binding, err);
        rgpt_status misfits = rg_binding_finish(&binding, err);
        if (status == RGPT_OK) status = misfits;
    }
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

static rgpt_status compare_all(vision_case *c, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; status == RGPT_OK && i < rg_weights_count(c->golden->expected); i++) {
        const char *name = rg_weights_at(c->golden->expected, i)->name;
        int depth;
        char input[128];
        if (sscanf(name, "block_-%d", &depth) == 1) {
            status = compare(c, "x", name, depth - 1, err);
        } else if (strncmp(name, "features", 8) == 0) {
            snprintf(input, sizeof input, "x%s", name + 8);
            status = compare(c, input, name, 0, err);
        }
    }
    return status;
}

int rg_golden_vision(const char *dir, char *line, size_t line_size) {
    rg_golden g;
    if (!rg_golden_open(&g, dir, line, line_size)) return RG_CASE_FAIL;
    vision_case c = {.golden = &g};
    rgpt_error err = {0};
    rgpt_status status = rg_weights_open(dir, &c.file, &err);
    if (status == RGPT_OK) status = compare_all(&c, &err);
    if (status != RGPT_OK) rg_golden_error(&g, &err);
    rg_weights_close(c.file);
    return rg_golden_close(&g);
}
