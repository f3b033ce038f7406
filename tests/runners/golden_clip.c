/* golden_clip.c - CLIP's two towers: case.json's "texts" to its "ids" by the vocabulary beside it, those to
 * "text_embeds" [N, E], "pixel_values" to "image_embeds" [1, E], and both to "logits_per_image" [1, N]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward.h"
#include "golden.h"
#include "model/clip.h"
#include "model/import.h"
#include "vocabulary.h"

static const double tolerance = 1e-5;

typedef struct clip_case {
    rg_golden *golden;
    rg_import im;
    rg_clip clip;
    const rg_weight *pixels; /* [1, 3, S, S] */
    const json_t *ids;       /* a list for each text */
    rg_pick *pick;           /* the tokens of the text at hand */
    int64_t token_count;
    float *image; /* [E] */
    float *texts; /* [N, E] */
} clip_case;

/* ------------------------------------------------------------------ tokens */

static bool ids_equal(const rg_ids *found, const json_t *wanted) {
    bool equal = found->count == json_array_size(wanted);
    for (size_t i = 0; equal && i < found->count; i++) {
        equal = found->data[i] == json_integer_value(json_array_get(wanted, i));
    }
    return equal;
}

/* Start token, text, end token. */
static rgpt_status encode(const rg_tokenizer *t, const char *text, rg_ids *ids, rgpt_error *err) {
    rg_special_ids special = rg_tokenizer_special_ids(t);
    rgpt_status status = rg_ids_append(ids, special.bos, err);
    if (status == RGPT_OK) status = rg_tokenizer_encode(t, text, strlen(text), RG_ENCODE_PLAIN, ids, err);
    return status == RGPT_OK ? rg_ids_append(ids, special.eos, err) : status;
}

static rgpt_status compare_ids(clip_case *c, rgpt_error *err) {
    char path[4096];
    snprintf(path, sizeof path, "%s/vocab.json", c->golden->dir);
    rg_tokenizer *t;
    rgpt_status status = rg_vocabulary_open(path, &t, err);
    if (status != RGPT_OK) return status;
    const json_t *texts = json_object_get(c->golden->about, "texts");
    size_t equal = 0, count = json_array_size(texts);
    for (size_t i = 0; status == RGPT_OK && i < count; i++) {
        rg_ids ids = {.cap = 4096};
        status = encode(t, json_string_value(json_array_get(texts, i)), &ids, err);
        equal += status == RGPT_OK && ids_equal(&ids, json_array_get(c->ids, i));
        rg_ids_reset(&ids);
    }
    rg_tokenizer_free(t);
    c->golden->compared++;
    c->golden->failed = c->golden->failed || equal != count;
    rg_golden_say(c->golden, "ids of %zu of %zu texts equal", equal, count);
    return status;
}

/* ------------------------------------------------------------------ towers */

static rg_tensor *image_tower(rg_run *run, void *context) {
    const clip_case *c = context;
    return rg_clip_image(run, &c->clip, rg_tensor_from_floats(run, 3, c->pixels->dim + 1, c->pixels->data));
}

static rg_tensor *text_tower(rg_run *run, void *context) {
    const clip_case *c = context;
    return rg_clip_text(run, &c->clip, c->pick, c->token_count);
}

static rg_tensor *logits(rg_run *run, void *context) {
    const clip_case *c = context;
    int64_t E = c->clip.config.width;
    rg_tensor *image = rg_tensor_from_floats(run, 2, (const int64_t[]){1, E}, c->image);
    rg_tensor *texts = rg_tensor_from_floats(run, 2, (const int64_t[]){(int64_t)json_array_size(c->ids), E}, c->texts);
    return rg_clip_logits(run, &c->clip, image, texts);
}

static float *run(clip_case *c, rg_forward forward, int64_t *count) {
    return rg_golden_run(c->golden, RG_COMPUTE_EXACT, forward, c, count);
}

/* Text `index` to its row of c->texts, from the ids stored: a wrong tokenizer is another figure. */
static bool embed_text(clip_case *c, size_t index) {
    const json_t *ids = json_array_get(c->ids, index);
    int64_t E = c->clip.config.width, count;
    c->token_count = (int64_t)json_array_size(ids);
    c->pick = calloc((size_t)c->token_count + 1, sizeof *c->pick);
    for (int64_t i = 0; c->pick && i < c->token_count; i++) {
        c->pick[i] = (rg_pick){0, (int32_t)json_integer_value(json_array_get(ids, (size_t)i))};
    }
    float *row = c->pick ? run(c, text_tower, &count) : NULL;
    if (row) memcpy(c->texts + (int64_t)index * E, row, (size_t)E * sizeof *row);
    bool done = row != NULL;
    free(row);
    free(c->pick);
    return done;
}

static void compare_towers(clip_case *c) {
    int64_t E = c->clip.config.width, count;
    size_t text_count = json_array_size(c->ids);
    c->image = run(c, image_tower, &count);
    rg_golden_compare(c->golden, "image_embeds", c->image, E, tolerance);
    c->texts = calloc(text_count * (size_t)E + 1, sizeof *c->texts);
    bool done = c->image && c->texts;
    for (size_t i = 0; done && i < text_count; i++) done = embed_text(c, i);
    if (!done) return;
    rg_golden_compare(c->golden, "text_embeds", c->texts, (int64_t)text_count * E, tolerance);
    float *found = run(c, logits, &count);
    rg_golden_compare(c->golden, "logits_per_image", found, count, tolerance);
    free(found);
}

/* ------------------------------------------------------------------ the case */

static rgpt_status open_model(clip_case *c, rgpt_error *err) {
    char path[4096];
    snprintf(path, sizeof path, "%s/config.json", c->golden->dir);
    json_t *config = json_load_file(path, 0, NULL);
    rg_weights *w = NULL;
    rg_clip_config clip = {0};
    rgpt_status status = rg_weights_new(&c->im.weights, err);
    if (status == RGPT_OK) status = rg_weights_open(c->golden->dir, &w, err);
    if (status == RGPT_OK) {
        rg_weights_keep(c->im.weights, w);
        status = rg_import_clip_pair(&c->im, w, config, &clip, err);
    }
    json_decref(config);
    if (status == RGPT_OK) status = rg_weights_seal(c->im.weights, err);
    return status == RGPT_OK ? rg_clip_bind(&c->clip, &clip, c->im.weights, err) : status;
}

int rg_golden_clip(const char *dir, char *line, size_t line_size) {
    rg_golden g;
    if (!rg_golden_open(&g, dir, line, line_size)) return RG_CASE_FAIL;
    clip_case c = {
        .golden = &g, .pixels = rg_weights_find(g.expected, "pixel_values"), .ids = json_object_get(g.about, "ids")};
    rgpt_error err = {0};
    rgpt_status status = c.pixels && c.ids ? RGPT_OK : rg_fail(&err, RGPT_FORMAT, "no 'pixel_values' or no 'ids'");
    if (status == RGPT_OK) status = open_model(&c, &err);
    if (status == RGPT_OK) status = compare_ids(&c, &err);
    if (status == RGPT_OK) compare_towers(&c);
    if (status != RGPT_OK) rg_golden_error(&g, &err);
    free(c.image);
    free(c.texts);
    rg_clip_reset(&c.clip);
    rg_import_reset(&c.im);
    return rg_golden_close(&g);
}
