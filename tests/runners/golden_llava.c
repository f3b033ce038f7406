/* golden_llava.c - LLaVA as transformers saves it, imported like any source of `rgpt convert`: "pixel_values" to
 * "vision.hidden_-N" (every position of the selected layer) and "projected"; with "input_ids", where the image's
 * positions carry the image token, to the last positions' "logits" and a greedy answer, "greedy_ids". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoding.h"
#include "golden.h"
#include "model/import.h"
#include "model/regiongpt.h"

static const double stage_tolerance = 1e-5, logit_tolerance = 1e-4;

typedef struct llava_case {
    rg_golden *golden;
    rg_import im;
    rg_regiongpt net;
    const rg_weight *pixels; /* [1, 3, S, S] */
    const rg_weight *ids;    /* [T] or [1, T] */
    int64_t image_token;
} llava_case;

static rg_tensor *pixels(rg_run *run, const llava_case *c) {
    return rg_tensor_from_floats(run, 3, c->pixels->dim + 1, c->pixels->data);
}

static rg_tensor *states(rg_run *run, void *context) {
    const llava_case *c = context;
    return rg_vit_states(run, &c->net.vision, pixels(run, c));
}

static rg_tensor *projected(rg_run *run, void *context) {
    const llava_case *c = context;
    return rg_image_embeddings(run, &c->net, rg_see(run, &c->net, pixels(run, c)));
}

/* The selected layer is whichever is stored. */
static void compare_vision(llava_case *c) {
    for (size_t i = 0; i < rg_weights_count(c->golden->expected); i++) {
        const char *name = rg_weights_at(c->golden->expected, i)->name;
        if (strncmp(name, "vision.hidden_", 14) != 0) continue;
        int64_t count;
        float *found = rg_golden_run(c->golden, RG_COMPUTE_EXACT, states, c, &count);
        rg_golden_compare(c->golden, name, found, count, stage_tolerance);
        free(found);
    }
}

/* Image token n becomes row n of the image's embeddings. */
static rg_pick *make_picks(const llava_case *c, int64_t count, int64_t *image_count) {
    rg_pick *pick = calloc((size_t)count + 1, sizeof *pick);
    const int64_t *id = c->ids->data;
    int64_t seen = 0;
    for (int64_t i = 0; pick && i < count; i++) {
        pick[i] = id[i] == c->image_token ? (rg_pick){1, (int32_t)seen++} : (rg_pick){0, (int32_t)id[i]};
    }
    *image_count = seen;
    return pick;
}

/* Casting a model to bfloat16 and back as a whole, as some cases' models were, rounds its rotary frequencies along
 * with its weights; loading its weights does not. Takes the frequencies that the expected logits fit, and says so;
 * ours where neither fit, so that the comparison fails on them. */
static void settle_frequencies(llava_case *c, rg_decoding *d, const rg_pick *pick, int64_t count) {
    if (rg_decoding_logit_distance(d, pick, count) <= logit_tolerance) return;
    rg_llama *decoder = &c->net.decoder;
    for (int i = 0; i < decoder->config->head_width / 2; i++) {
        uint16_t half;
        rg_dtype_get(RG_BF16)->from_f32(&half, &decoder->frequency[i], 1);
        rg_dtype_get(RG_BF16)->to_f32(&decoder->frequency[i], &half, 1);
    }
    if (rg_decoding_logit_distance(d, pick, count) <= logit_tolerance) {
        rg_golden_say(c->golden, "rotary frequencies rounded to bfloat16 by the case's model");
    } else {
        rg_llama_prepare(decoder);
    }
}

static rgpt_status answer(llava_case *c, const float *image, int64_t image_rows, rgpt_error *err) {
    int64_t count = (int64_t)(c->ids->size / sizeof(int64_t)), image_count;
    rg_pick *pick = make_picks(c, count, &image_count);
    rg_decoding d = {0};
    rgpt_status status =
        pick ? rg_decoding_open(&d, c->golden, &c->net.decoder, count, err) : rg_fail_memory(err, "ids", c->ids->size);
    if (status == RGPT_OK && image_count != image_rows) {
        status = rg_fail(err, RGPT_FORMAT, "input_ids: found %lld image positions, wanted %lld", (long long)image_count,
                         (long long)image_rows);
    }
    d.image = image;
    d.image_count = image_rows;
    if (status == RGPT_OK) {
        settle_frequencies(c, &d, pick, count);
        rg_decoding_compare_logits(&d, pick, count, logit_tolerance);
        if (rg_weights_find(c->golden->expected, "greedy_ids"))
            rg_decoding_compare_greedy(&d, "greedy_ids", pick, count);
    }
    rg_decoding_close(&d);
    free(pick);
    return status;
}

static rgpt_status run_case(llava_case *c, rgpt_error *err) {
    compare_vision(c);
    int64_t count;
    float *image = rg_golden_run(c->golden, RG_COMPUTE_EXACT, projected, c, &count);
    rg_golden_compare(c->golden, "projected", image, count, stage_tolerance);
    rgpt_status status = image ? answer(c, image, count / c->net.config.decoder.width, err) : RGPT_OK;
    free(image);
    return status;
}

/* Old configurations call it image_token_index, new ones image_token_id. */
static int64_t image_token(const char *dir) {
    char path[4096];
    snprintf(path, sizeof path, "%s/config.json", dir);
    json_t *config = json_load_file(path, 0, NULL);
    const json_t *token = json_object_get(config, "image_token_id");
    if (!token) token = json_object_get(config, "image_token_index");
    int64_t id = json_is_integer(token) ? json_integer_value(token) : -1;
    json_decref(config);
    return id;
}

int rg_golden_llava(const char *dir, char *line, size_t line_size) {
    rg_golden g;
    if (!rg_golden_open(&g, dir, line, line_size)) return RG_CASE_FAIL;
    llava_case c = {.golden = &g,
                    .pixels = rg_weights_find(g.expected, "pixel_values"),
                    .ids = rg_weights_find(g.expected, "input_ids"),
                    .image_token = image_token(dir)};
    rgpt_error err = {0};
    rgpt_status status = rg_import_open(&c.im, &dir, 1, &err);
    if (status == RGPT_OK) status = rg_regiongpt_bind(&c.net, &c.im.config, c.im.weights, &err);
    if (status == RGPT_OK && (!c.pixels || !c.ids || c.ids->dtype != RG_I64)) {
        status = rg_fail(&err, RGPT_FORMAT, "no 'pixel_values' or no 'input_ids'");
    }
    if (status == RGPT_OK) status = run_case(&c, &err);
    if (status != RGPT_OK) rg_golden_error(&g, &err);
    rg_regiongpt_reset(&c.net);
    rg_import_reset(&c.im);
    return rg_golden_close(&g);
}
