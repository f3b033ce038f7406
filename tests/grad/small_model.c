#include "small_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As in oracle/train_golden.py. */
static const rg_config config = {
    .vision = {.family = "timm_vit",
               .image_size = 12,
               .patch_size = 4,
               .width = 12,
               .heads = 2,
               .blocks = 2,
               .mlp_width = 20,
               .norm_eps = 1e-6,
               .activation = RG_GELU_TANH,
               .has_class_token = true,
               .has_final_norm = true,
               .has_layer_scale = true,
               .std = {1, 1, 1}},
    .region = {.refine = RG_REFINE_DECONV, .connector = RG_CONNECT_DOWNSAMPLE, .grid_h = 3, .grid_w = 3},
    .decoder = {.width = 16,
                .blocks = 2,
                .heads = 4,
                .kv_heads = 2,
                .head_width = 4,
                .mlp_width = 24,
                .vocab = 40,
                .context = 64,
                .lora_rank = 2,
                .norm_eps = 1e-5,
                .rope_theta = 10000},
};

static void must(rgpt_status status, const rgpt_error *err) {
    if (status != RGPT_OK) fail_msg("%s", err->message);
}

static void *allocate(size_t count, size_t size) {
    void *block = calloc(count, size);
    assert_non_null(block);
    return block;
}

/* ------------------------------------------------------------------ opening */

static const rg_weight *expected_weight(const small_model *s, const char *name, rg_dtype dtype) {
    const rg_weight *w = rg_weights_find(s->expected, name);
    if (!w || w->dtype != dtype) fail_msg("%s: not in expected.safetensors as it should be", name);
    return w;
}

const float *small_model_expected(const small_model *s, const char *prefix, const char *name, int64_t count) {
    char whole[256];
    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    const rg_weight *w = expected_weight(s, whole, RG_F32);
    assert_int_equal(w->size, (size_t)count * sizeof(float));
    return w->data;
}

/* The file is mapped for reading only, and a parameter learns. */
static void own_parameters(small_model *s) {
    s->count = s->model.params.count;
    s->value = allocate(s->count, sizeof *s->value);
    s->grad = allocate(s->count, sizeof *s->grad);
    for (size_t i = 0; i < s->count; i++) {
        rg_tensor *t = small_model_param(s, i);
        size_t count = (size_t)rg_tensor_count(t);
        assert_int_equal(t->dtype, RG_REAL);
        s->value[i] = allocate(count, sizeof(rg_real));
        s->grad[i] = allocate(count, sizeof(rg_real));
        memcpy(s->value[i], t->data, count * sizeof(rg_real));
        t->data = s->value[i];
    }
}

static void read_conversation(small_model *s) {
    const rg_weight *source = expected_weight(s, "source", RG_I32);
    const int32_t *row = expected_weight(s, "row", RG_I32)->data, *target = expected_weight(s, "target", RG_I32)->data;
    s->rows = source->dim[0];
    assert_in_range(s->rows, 1, SMALL_ROWS);
    for (int32_t t = 0; t < s->rows; t++) {
        s->pick[t] = (rg_pick){((const int32_t *)source->data)[t], row[t]};
        s->target[t] = target[t];
        s->position[t] = s->first[t] = t;
        s->span[t] = (rg_span){0, t + 1};
    }
    s->visible = (rg_visible){s->first, s->span};
    s->first[s->rows] = (int32_t)s->rows;
    s->pixels = small_model_expected(s, "pixels", "", 3 * 12 * 12);
    const rg_weight *mask = expected_weight(s, "mask", RG_F32);
    s->mask = mask->data;
    s->regions = mask->dim[0];
}

void small_model_open(small_model *s) {
    rgpt_error err = {0};
    *s = (small_model){0};
    must(rg_weights_open(TEST_DATA "/train/model.safetensors", &s->weights, &err), &err);
    must(rg_weights_open(TEST_DATA "/train/expected.safetensors", &s->expected, &err), &err);
    must(rg_regiongpt_bind(&s->model, &config, s->weights, &err), &err);
    assert_int_equal(s->model.params.count, rg_weights_count(s->weights)); /* nothing is left over */
    own_parameters(s);
    read_conversation(s);
}

void small_model_close(small_model *s) {
    for (size_t i = 0; i < s->count; i++) {
        free(s->value[i]);
        free(s->grad[i]);
    }
    free(s->value);
    free(s->grad);
    rg_regiongpt_reset(&s->model);
    rg_weights_close(s->weights);
    rg_weights_close(s->expected);
}

/* ------------------------------------------------------------------ passes */

void small_model_want(small_model *s, const char *prefix) {
    for (size_t i = 0; i < s->count; i++) {
        rg_tensor *t = small_model_param(s, i);
        memset(s->grad[i], 0, (size_t)rg_tensor_count(t) * sizeof(rg_real));
        t->grad = NULL;
        t->grad_state = RG_GRAD_NONE;
        if (strncmp(small_model_name(s, i), prefix, strlen(prefix)) == 0) rg_grad_want(t, s->grad[i]);
    }
}

static rg_tensor *loss_of(rg_run *run, const small_model *s) {
    const rg_regiongpt *m = &s->model;
    const int64_t side = config.vision.image_size, G = rg_refined_cells(&config);
    const rg_place place = {.position = s->position, .visible = &s->visible};
    rg_tensor *map = rg_see(run, m, rg_tensor_from_floats(run, 3, (const int64_t[]){3, side, side}, s->pixels));
    rg_tensor *mask = rg_tensor_from_floats(run, 2, (const int64_t[]){s->regions, G * G}, s->mask);
    rg_tensor *image = rg_image_embeddings(run, m, map), *regions = rg_region_embeddings(run, m, map, mask);
    rg_tensor *x = rg_embed(run, m, image, regions, s->pick, s->rows);
    rg_tensor *logits = rg_llama_logits(run, &m->decoder, rg_llama_hidden(run, &m->decoder, x, &place));
    return rg_xent(run, logits, s->target, (double)rg_xent_count(s->target, s->rows));
}

double small_model_pass(small_model *s, rg_matmul *matmul, rg_tape *tape, size_t *size) {
    rgpt_error err = {0};
    rg_run run;
    must(rg_run_open_dry(&run, &err), &err);
    run.tape = tape;
    rg_tensor *loss = loss_of(&run, s);
    if (tape) rg_backward(&run, loss);
    must(rg_run_status(&run, &err), &err);
    size_t need = rg_run_need(&run);
    rg_run_close(&run);

    must(rg_run_open(&run, need, RG_COMPUTE_EXACT, matmul, &err), &err);
    run.tape = tape;
    loss = loss_of(&run, s);
    if (tape) rg_backward(&run, loss);
    must(rg_run_status(&run, &err), &err);
    assert_int_equal(rg_run_need(&run), need);
    double value = (double)rg_tensor_reals(loss)[0];
    rg_run_close(&run);
    if (size) *size = need;
    return value;
}
