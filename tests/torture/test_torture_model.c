/* Memory failures while the models of transformers are imported and bound: a LLaVA and a CLIP. Their files are opened
 * and their JSON is read before: jansson 2.14 loses bytes of a string, and may write past its end, when it cannot
 * allocate in the middle of one longer than 16 bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "model/clip.h"
#include "model/import.h"
#include "model/regiongpt.h"
#include "torture.h"

typedef struct source {
    rg_weights *file;
    json_t *config;
} source;

static source open_source(const char *dir) {
    char path[512];
    snprintf(path, sizeof path, "%s/config.json", dir);
    source s = {.config = json_load_file(path, 0, NULL)};
    assert_non_null(s.config);
    assert_int_equal(rg_weights_open(dir, &s.file, NULL), RGPT_OK);
    return s;
}

static void close_source(source *s) {
    rg_weights_close(s->file);
    json_decref(s->config);
}

static rgpt_status import_llava(rg_import *im, const source *s, rgpt_error *err) {
    rgpt_status status = rg_weights_new(&im->weights, err);
    if (status == RGPT_OK) status = rg_import_clip(im, s->file, s->config, NULL, err);
    if (status == RGPT_OK) status = rg_import_projector(im, s->file, s->config, err);
    if (status == RGPT_OK) status = rg_import_decoder_hf(im, s->file, s->config, err);
    im->config.region.grid_h = im->config.region.grid_w = 4;
    return status == RGPT_OK ? rg_weights_seal(im->weights, err) : status;
}

static rgpt_status llava_story(void *what, rgpt_error *err) {
    rg_import im = {0};
    rg_regiongpt net;
    rgpt_status status = import_llava(&im, what, err);
    if (status == RGPT_OK) status = rg_regiongpt_bind(&net, &im.config, im.weights, err);
    if (status == RGPT_OK) rg_regiongpt_reset(&net);
    rg_import_reset(&im);
    return status;
}

static rgpt_status clip_story(void *what, rgpt_error *err) {
    const source *s = what;
    rg_import im = {0};
    rg_clip_config config;
    rg_clip clip;
    rgpt_status status = rg_weights_new(&im.weights, err);
    if (status == RGPT_OK) status = rg_import_clip_pair(&im, s->file, s->config, &config, err);
    if (status == RGPT_OK) status = rg_weights_seal(im.weights, err);
    if (status == RGPT_OK) status = rg_clip_bind(&clip, &config, im.weights, err);
    if (status == RGPT_OK) rg_clip_reset(&clip);
    rg_import_reset(&im);
    return status;
}

static void importing_llava_survives_full_memory(void **state) {
    (void)state;
    source s = open_source(TEST_DATA "/golden/llava");
    torture_memory(llava_story, &s, 0);
    close_source(&s);
}

static void opening_clip_survives_full_memory(void **state) {
    (void)state;
    source s = open_source(TEST_DATA "/golden/clip");
    torture_memory(clip_story, &s, 0);
    close_source(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(importing_llava_survives_full_memory),
        cmocka_unit_test(opening_clip_survives_full_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
