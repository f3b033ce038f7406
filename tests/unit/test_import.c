/* Importing what transformers saves, as config.json varies: layers, grids, defaults, and refusals that say why. The
 * weights are those of the golden case "llava": a tower of 3 blocks with 4 x 4 patches of 8 pixels, a decoder of 2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "model/import.h"

#define LLAVA TEST_DATA "/golden/llava"

typedef struct opened {
    rg_import im;
    rg_weights *file;
    json_t *config;
} opened;

static int open_llava(void **state) {
    static opened o;
    o = (opened){.config = json_load_file(LLAVA "/config.json", 0, NULL)};
    assert_non_null(o.config);
    assert_int_equal(rg_weights_open(LLAVA, &o.file, NULL), RGPT_OK);
    assert_int_equal(rg_weights_new(&o.im.weights, NULL), RGPT_OK);
    *state = &o;
    return 0;
}

static int close_llava(void **state) {
    opened *o = *state;
    rg_import_reset(&o->im);
    rg_weights_close(o->file);
    json_decref(o->config);
    return 0;
}

static rgpt_status import_tower(opened *o, json_t *about, rgpt_error *err) {
    rgpt_status status = rg_import_clip(&o->im, o->file, o->config, about, err);
    json_decref(about);
    return status;
}

/* And clears the error for the next. */
static void assert_refused(rgpt_status found, rgpt_status wanted, rgpt_error *err, const char *because) {
    assert_int_equal(found, wanted);
    if (!strstr(err->message, because)) fail_msg("found '%s', wanted '%s' in it", err->message, because);
    rg_error_clear(err);
}

static void set_of(opened *o, const char *part, const char *key, json_t *value) {
    assert_int_equal(json_object_set_new(json_object_get(o->config, part), key, value), 0);
}

/* ------------------------------------------------------------------ tower */

static void the_layer_of_llava_is_selected(void **state) {
    opened *o = *state;
    assert_int_equal(import_tower(o, NULL, NULL), RGPT_OK);
    const rg_vision_config *v = &o->im.config.vision;
    assert_int_equal(v->blocks, 2); /* vision_feature_layer -2 */
    assert_false(v->has_final_norm);
    assert_true(v->has_class_token && v->has_pre_norm);
    assert_int_equal(v->activation, RG_GELU_QUICK); /* left out of the file */
    assert_string_equal(v->family, "clip");
    assert_int_equal(rg_weights_seal(o->im.weights, NULL), RGPT_OK);
    assert_non_null(rg_weights_find(o->im.weights, "vision.blk.1.fc2.weight"));
    assert_null(rg_weights_find(o->im.weights, "vision.blk.2.fc2.weight")); /* never runs */
    assert_null(rg_weights_find(o->im.weights, "vision.norm.weight"));
}

static void any_layer_can_be_selected(void **state) {
    opened *o = *state;
    static const struct {
        int layer, blocks; /* 0: refused */
    } rows[] = {{-1, 3}, {-3, 1}, {1, 1}, {3, 3}, {0, 0}, {4, 0}, {-4, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rg_vision_config v = {.blocks = 3};
        json_t *settings = json_pack("{s:i}", "select_layer", rows[i].layer);
        rgpt_error err = {0};
        rgpt_status status = rg_import_select_layer(&v, settings, &err);
        json_decref(settings);
        assert_int_equal(status, rows[i].blocks ? RGPT_OK : RGPT_UNSUPPORTED);
        if (status == RGPT_OK) assert_int_equal(v.blocks, rows[i].blocks);
        if (status != RGPT_OK) assert_non_null(strstr(err.message, "wanted one layer, 1 to 3 or -1 to -3"));
    }
    rgpt_error err = {0};
    assert_int_equal(import_tower(o, json_pack("{s:[i,i]}", "select_layer", -2, -3), &err), RGPT_UNSUPPORTED);
}

static void no_layer_means_the_final_norm(void **state) {
    opened *o = *state;
    assert_int_equal(import_tower(o, json_pack("{s:n}", "select_layer"), NULL), RGPT_OK);
    assert_int_equal(o->im.config.vision.blocks, 3);
    assert_true(o->im.config.vision.has_final_norm);
}

static void another_image_size_resizes_the_positions(void **state) {
    opened *o = *state;
    assert_int_equal(import_tower(o, json_pack("{s:i}", "image_size", 48), NULL), RGPT_OK);
    assert_int_equal(rg_weights_seal(o->im.weights, NULL), RGPT_OK);
    assert_int_equal(rg_weights_find(o->im.weights, "vision.position")->dim[0], 6 * 6 + 1);
}

static void a_tower_that_cannot_be_is_refused(void **state) {
    opened *o = *state;
    rgpt_error err = {0};
    assert_refused(import_tower(o, json_pack("{s:s}", "hidden_act", "relu"), &err), RGPT_UNSUPPORTED, &err,
                   "'relu', wanted quick_gelu");
    assert_refused(import_tower(o, json_pack("{s:i}", "num_attention_heads", 5), &err), RGPT_FORMAT, &err,
                   "width 24 is no multiple of heads 5");
    assert_refused(import_tower(o, json_pack("{s:s}", "num_hidden_layers", "three"), &err), RGPT_FORMAT, &err,
                   "blocks: found 0");
    assert_refused(import_tower(o, json_pack("{s:i}", "image_size", 50), &err), RGPT_FORMAT, &err,
                   "50 is no multiple of patch_size 8");
}

/* ------------------------------------------------------------------ projector and decoder */

static void a_projector_of_another_kind_is_refused(void **state) {
    opened *o = *state;
    rgpt_error err = {0};
    assert_true(rg_is_projector(o->file));
    json_object_set_new(o->config, "projector_hidden_act", json_string("relu"));
    assert_refused(rg_import_projector(&o->im, o->file, o->config, &err), RGPT_UNSUPPORTED, &err,
                   "projector_hidden_act: found 'relu'");
    json_object_set_new(o->config, "projector_hidden_act", json_string("gelu"));
    json_object_set_new(o->config, "vision_feature_select_strategy", json_string("full"));
    assert_refused(rg_import_projector(&o->im, o->file, o->config, &err), RGPT_UNSUPPORTED, &err, "found 'full'");
}

static void a_decoder_is_found_inside(void **state) {
    opened *o = *state;
    assert_int_equal(rg_import_decoder_hf(&o->im, o->file, o->config, NULL), RGPT_OK);
    const rg_llama_config *c = &o->im.config.decoder;
    assert_int_equal(c->blocks, 2);
    assert_int_equal(c->head_width, 8);                         /* left out: the heads' share */
    assert_true(c->rope_theta > 9999 && c->rope_theta < 10001); /* left out */
    assert_true(c->has_output);
    assert_int_equal(rg_weights_seal(o->im.weights, NULL), RGPT_OK);
    assert_non_null(rg_weights_find(o->im.weights, "decoder.output.weight"));
    assert_non_null(rg_weights_find(o->im.weights, "decoder.blk.1.ffn_down.weight"));
}

static void a_tied_head_is_not_taken(void **state) {
    opened *o = *state;
    json_object_set_new(o->config, "tie_word_embeddings", json_true()); /* said of the whole */
    assert_int_equal(rg_import_decoder_hf(&o->im, o->file, o->config, NULL), RGPT_OK);
    assert_false(o->im.config.decoder.has_output);
}

static void an_unknown_rope_is_refused(void **state) {
    opened *o = *state;
    rgpt_error err = {0};
    set_of(o, "text_config", "rope_scaling", json_pack("{s:s,s:f}", "type", "yarn", "factor", 4.0));
    assert_refused(rg_import_decoder_hf(&o->im, o->file, o->config, &err), RGPT_UNSUPPORTED, &err, "rope type 'yarn'");
}

#define LLAVA_TEST(name) cmocka_unit_test_setup_teardown(name, open_llava, close_llava)

int main(void) {
    const struct CMUnitTest tests[] = {
        LLAVA_TEST(the_layer_of_llava_is_selected),    LLAVA_TEST(any_layer_can_be_selected),
        LLAVA_TEST(no_layer_means_the_final_norm),     LLAVA_TEST(another_image_size_resizes_the_positions),
        LLAVA_TEST(a_tower_that_cannot_be_is_refused), LLAVA_TEST(a_projector_of_another_kind_is_refused),
        LLAVA_TEST(a_decoder_is_found_inside),         LLAVA_TEST(a_tied_head_is_not_taken),
        LLAVA_TEST(an_unknown_rope_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
