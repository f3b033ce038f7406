/* golden_rgpt.c - a whole RegionGPT, stage by stage and then as a user meets it: parts joined into one file,
 * opened, shown the case's photo with its regions, and asked its questions.
 *
 * expected.safetensors: pixels, vision, refined, masks, image_tokens, region_tokens, logits.N at the first
 * answer position of case N, choose_logp.N. case.json: regions, labels and per case question, prompt_ids,
 * greedy_ids, greedy_text, choose. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/session.h"
#include "forward.h"
#include "golden.h"
#include "image/image.h"
#include "published.h"

static const double stage_tolerance = 1e-5, logit_tolerance = 1e-4, choice_tolerance = 1e-3;
/* The fast path's stated distance: quantised dot products and bf16 against float32, of the largest logit. */
static const double fast_tolerance = 0.05;

typedef struct rgpt_case {
    rg_golden *golden;
    rgpt_model *model;
    rgpt_session *session;
    rgpt_image *photo;
    rgpt_regions *regions;
} rgpt_case;

/* ------------------------------------------------------------------ stages on stored inputs */

/* An expected tensor's numbers as the input of a stage. */
static rg_tensor *stored(rg_run *run, const rgpt_case *c, const char *name, int rank, const int64_t *dim) {
    const rg_weight *w = rg_weights_find(c->golden->expected, name);
    return w ? rg_tensor_from_floats(run, rank, dim, w->data)
             : rg_run_fail(run, RGPT_FORMAT, "no '%s' in expected.safetensors", name);
}

static rg_tensor *stored_pixels(rg_run *run, const rgpt_case *c) {
    int64_t S = c->model->net.config.vision.image_size;
    return stored(run, c, "pixels", 3, (const int64_t[]){3, S, S});
}

static rg_tensor *vision(rg_run *run, void *context) {
    const rgpt_case *c = context;
    return rg_vit_features(run, &c->model->net.vision, stored_pixels(run, c));
}

static rg_tensor *map(rg_run *run, void *context) {
    const rgpt_case *c = context;
    return rg_see(run, &c->model->net, stored_pixels(run, c));
}

static rg_tensor *image_tokens(rg_run *run, void *context) {
    const rgpt_case *c = context;
    return rg_image_embeddings(run, &c->model->net, map(run, context));
}

static rg_tensor *region_tokens(rg_run *run, void *context) {
    const rgpt_case *c = context;
    int64_t G = rg_refined_cells(&c->model->net.config), R = (int64_t)rgpt_regions_count(c->regions);
    rg_tensor *masks = stored(run, c, "masks", 2, (const int64_t[]){R, G * G});
    return rg_region_embeddings(run, &c->model->net, map(run, context), masks);
}

static void compare_stage(rgpt_case *c, const char *name, rg_forward forward) {
    int64_t count;
    float *found = rg_golden_run(c->golden, RG_COMPUTE_EXACT, forward, c, &count);
    rg_golden_compare(c->golden, name, found, count, stage_tolerance);
    free(found);
}

/* Stored with the channel first. */
static void compare_map(rgpt_case *c) {
    int64_t count, C = c->model->net.config.vision.width;
    float *found = rg_golden_run(c->golden, RG_COMPUTE_EXACT, map, c, &count);
    float *turned = found ? malloc((size_t)count * sizeof *turned) : NULL;
    for (int64_t i = 0; turned && i < count; i++) turned[i % C * (count / C) + i / C] = found[i];
    if (turned) rg_golden_compare(c->golden, "refined", turned, count, stage_tolerance);
    free(turned);
    free(found);
}

/* ------------------------------------------------------------------ questions */

/* The prompt against prompt_ids: image positions are -1, region n is -1-n. */
static void compare_prompt(rgpt_case *c, const json_t *one, const rg_prompt *prompt) {
    const json_t *ids = json_object_get(one, "prompt_ids");
    size_t wrong = json_array_size(ids) != prompt->count;
    for (size_t i = 0; !wrong && i < prompt->count; i++) {
        const rg_item *item = &prompt->items[i];
        int32_t id = item->kind == RG_ITEM_TOKEN ? item->id : item->kind == RG_ITEM_IMAGE ? -1 : -2 - item->id;
        wrong += id != json_integer_value(json_array_get(ids, i));
    }
    c->golden->compared++;
    if (!wrong) return;
    c->golden->failed = true;
    rg_golden_say(c->golden, "prompt of '%s' differs", json_string_value(json_object_get(one, "question")));
}

/* Computes the logits at the first position of an answer. */
static rgpt_status first_logits(rgpt_case *c, const json_t *one, bool with_prompt, rgpt_error *err) {
    rg_prompt prompt;
    size_t kept;
    rgpt_status status =
        rg_conversation_prompt(c->session, json_string_value(json_object_get(one, "question")), &prompt, err);
    if (status == RGPT_OK && with_prompt) compare_prompt(c, one, &prompt);
    if (status == RGPT_OK) status = rg_timeline_set(c->session, prompt.items, prompt.count, &kept, err);
    rg_prompt_reset(&prompt);
    return status;
}

/* Raises *worst to the largest difference, relative to the largest expected logit. */
static rgpt_status measure_logits(rgpt_case *c, const json_t *one, size_t number, double *worst, rgpt_error *err) {
    char name[48];
    snprintf(name, sizeof name, "logits.%zu", number);
    rgpt_status status = first_logits(c, one, false, err);
    int64_t vocab = c->model->net.config.decoder.vocab;
    const float *wanted = status == RGPT_OK ? rg_golden_floats(c->golden, name, vocab) : NULL;
    double difference = 0, largest = 0;
    for (int64_t i = 0; wanted && i < vocab; i++) {
        difference = fmax(difference, fabs((double)c->session->logits[i] - (double)wanted[i]));
        largest = fmax(largest, fabs((double)wanted[i]));
    }
    if (largest > 0 && difference / largest > *worst) *worst = difference / largest;
    return status;
}

static rgpt_status compare_logits(rgpt_case *c, const json_t *one, size_t number, rgpt_error *err) {
    char name[48];
    snprintf(name, sizeof name, "logits.%zu", number);
    rgpt_status status = first_logits(c, one, true, err);
    if (status == RGPT_OK && rg_weights_find(c->golden->expected, name)) {
        rg_golden_compare(c->golden, name, c->session->logits, c->model->net.config.decoder.vocab, logit_tolerance);
    }
    return status;
}

static rgpt_status compare_answer(rgpt_case *c, const json_t *one, rgpt_error *err) {
    const char *question = json_string_value(json_object_get(one, "question"));
    const char *wanted = json_string_value(json_object_get(one, "greedy_text"));
    rgpt_answer answer;
    rgpt_session_restart(c->session);
    rgpt_status status = rgpt_ask(c->session, question, NULL, &answer, err);
    c->golden->compared++;
    if (status == RGPT_OK && wanted && strcmp(answer.text, wanted) != 0) {
        c->golden->failed = true;
        rg_golden_say(c->golden, "'%s': answered '%s', wanted '%s'", question, answer.text, wanted);
    }
    rgpt_answer_reset(&answer);
    rgpt_session_restart(c->session);
    return status;
}

static rgpt_status compare_choice(rgpt_case *c, const json_t *one, size_t number, rgpt_error *err) {
    char name[48];
    snprintf(name, sizeof name, "choose_logp.%zu", number);
    const json_t *names = json_object_get(c->golden->about, "labels");
    size_t count = json_array_size(names);
    if (!rg_weights_find(c->golden->expected, name)) return RGPT_OK;
    const float *wanted = rg_golden_floats(c->golden, name, (int64_t)count);
    const char **labels = calloc(count, sizeof *labels);
    double *p = calloc(count, sizeof *p), *log_p = calloc(count, sizeof *log_p), worst = 0;
    for (size_t i = 0; i < count; i++) labels[i] = json_string_value(json_array_get(names, i));
    rgpt_status status = rgpt_choose(c->session, json_string_value(json_object_get(one, "question")), labels, count, p,
                                     log_p, NULL, err);
    for (size_t i = 0; status == RGPT_OK && wanted && i < count; i++) {
        double d = fabs(log_p[i] - (double)wanted[i]);
        if (!(d <= worst)) worst = d;
    }
    c->golden->compared++;
    if (!(worst <= choice_tolerance)) c->golden->failed = true;
    rg_golden_say(c->golden, "%s max |d| %.1e", name, worst);
    free(labels);
    free(p);
    free(log_p);
    return status;
}

static rgpt_status ask_all(rgpt_case *c, rgpt_error *err) {
    rgpt_status status = rgpt_session_open(c->model, NULL, &c->session, err);
    if (status == RGPT_OK) status = rgpt_session_look(c->session, c->photo, c->regions, err);
    if (status != RGPT_OK) return status;
    const rg_config *config = &c->model->net.config;
    int64_t D = config->decoder.width;
    rg_golden_compare(c->golden, "image_tokens", c->session->image, rg_image_tokens(config) * D, stage_tolerance);
    rg_golden_compare(c->golden, "region_tokens", c->session->region, (int64_t)c->session->region_count * D,
                      stage_tolerance);
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(c->golden->about, "cases"), i, one) {
        if (status == RGPT_OK) status = compare_logits(c, one, i, err);
        if (status == RGPT_OK) status = compare_answer(c, one, err);
        if (status == RGPT_OK) status = compare_choice(c, one, i, err);
    }
    if (status == RGPT_OK)
        rg_golden_say(c->golden, "%zu answers", json_array_size(json_object_get(c->golden->about, "cases")));
    return status;
}

/* ------------------------------------------------------------------ the case */

static rgpt_status open_photo(rgpt_case *c, rgpt_error *err) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", c->golden->dir, json_string_value(json_object_get(c->golden->about, "photo")));
    rgpt_status status = rgpt_image_open(path, &c->photo, err);
    if (status != RGPT_OK) return status;
    status = rgpt_regions_new(rgpt_image_width(c->photo), rgpt_image_height(c->photo), &c->regions, err);
    char *regions = json_dumps(json_object_get(c->golden->about, "regions"), 0);
    if (status == RGPT_OK) status = rgpt_regions_add_json(c->regions, regions, strlen(regions), NULL, err);
    free(regions);
    return status;
}

static rgpt_status run_exact(rgpt_case *c, const char *path, rgpt_error *err) {
    rgpt_model_options exact = {.compute = RGPT_COMPUTE_EXACT};
    rgpt_status status = rgpt_model_open(path, &exact, &c->model, err);
    if (status != RGPT_OK) return status;
    compare_stage(c, "vision", vision);
    compare_map(c);
    compare_stage(c, "image_tokens", image_tokens);
    compare_stage(c, "region_tokens", region_tokens);
    return ask_all(c, err);
}

static void close_model(rgpt_case *c) {
    rgpt_session_close(c->session);
    rgpt_model_close(c->model);
    c->session = NULL;
    c->model = NULL;
}

/* How far the fast path's logits are from the expected ones, over all cases. */
static rgpt_status run_fast(rgpt_case *c, const char *path, rgpt_error *err) {
    close_model(c);
    rgpt_status status = rgpt_model_open(path, NULL, &c->model, err);
    if (status == RGPT_OK) status = rgpt_session_open(c->model, NULL, &c->session, err);
    if (status == RGPT_OK) status = rgpt_session_look(c->session, c->photo, c->regions, err);
    double worst = 0;
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(c->golden->about, "cases"), i, one) {
        if (status == RGPT_OK) status = measure_logits(c, one, i, &worst, err);
    }
    if (!(worst <= fast_tolerance)) c->golden->failed = true;
    rg_golden_say(c->golden, "fast: logits within %.1e of their largest", worst);
    return status;
}

/* Joins the parts into a temporary file and runs that. */
static rgpt_status run_case(rgpt_case *c, const char *decoder, rgpt_error *err) {
    char path[] = "/tmp/rgpt-golden-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0) return rg_fail(err, RGPT_IO, "%s: cannot create", path);
    close(fd);
    const char *sources[] = {c->golden->dir, decoder};
    rgpt_status status = rgpt_convert(sources, 2, path, NULL, NULL, err);
    if (status == RGPT_OK) status = open_photo(c, err);
    if (status == RGPT_OK) status = run_exact(c, path, err);
    if (status == RGPT_OK) status = run_fast(c, path, err);
    unlink(path);
    return status;
}

/* config.json names the decoder's file: inside the case's folder, or one that is published. */
static bool find_decoder(const rg_golden *g, char *path, size_t path_size) {
    char config_path[4096];
    snprintf(config_path, sizeof config_path, "%s/config.json", g->dir);
    json_t *config = json_load_file(config_path, 0, NULL);
    const char *file = json_string_value(json_object_get(json_object_get(config, "decoder"), "file"));
    bool found = false;
    if (file) {
        snprintf(path, path_size, "%s/%s", g->dir, file);
        found = access(path, R_OK) == 0 || rg_published_find(file, g->dir, path, path_size);
    }
    json_decref(config);
    return found;
}

int rg_golden_rgpt(const char *dir, char *line, size_t line_size) {
    rg_golden g;
    if (!rg_golden_open(&g, dir, line, line_size)) return RG_CASE_FAIL;
    char decoder[4096];
    if (!find_decoder(&g, decoder, sizeof decoder)) {
        rg_golden_close(&g);
        snprintf(line, line_size, "its decoder is not on this machine (tools/dev/get-decoder.sh fetches it)");
        return RG_CASE_SKIP;
    }
    rgpt_case c = {.golden = &g};
    rgpt_error err = {0};
    if (run_case(&c, decoder, &err) != RGPT_OK) rg_golden_error(&g, &err);
    close_model(&c);
    rgpt_regions_free(c.regions);
    rgpt_image_close(c.photo);
    return rg_golden_close(&g);
}
