/* import_write.c - joined parts as one GGUF file. */
#include <stdio.h>
#include <string.h>

#include "model/config_gguf.h"
#include "model/import.h"

/* What the decoder's file says about itself but ours says differently, or not at all. */
static bool is_kept(const char *key) {
    static const char *const dropped[] = {
        "general.architecture", "general.name",       "general.file_type", "general.quantization_version",
        "general.alignment",    "general.size_label", "general.type",      "general.basename",
        "general.finetune"};
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
        if (strcmp(key, dropped[i]) == 0) return false;
    }
    return true;
}

static void put_prompts(json_t *prompts, rg_gguf_writer *w) {
    const char *task;
    json_t *wording;
    json_object_foreach(prompts, task, wording) {
        char key[96];
        snprintf(key, sizeof key, "regiongpt.prompt.%.64s", task);
        if (json_is_string(wording)) rg_gguf_put_string(w, key, json_string_value(wording));
    }
}

static void put_metadata(const rg_import *im, rg_gguf_writer *w) {
    rg_gguf_put_string(w, "general.architecture", RG_ARCHITECTURE);
    rg_gguf_put_string(w, "general.name", im->name);
    rg_config_write(&im->config, w);
    if (im->template_name[0]) rg_gguf_put_string(w, "regiongpt.template", im->template_name);
    put_prompts(im->prompts, w);
    for (size_t i = 0; i < rg_gguf_pair_count(im->decoder); i++) {
        const rg_gguf_pair *pair = rg_gguf_pair_at(im->decoder, i);
        if (is_kept(pair->key)) rg_gguf_put_pair(w, pair);
    }
}

static rgpt_status write_data(const rg_import *im, rg_gguf_writer *w, rgpt_progress progress, void *context,
                              rgpt_error *err) {
    int64_t total = 0, done = 0;
    size_t count = rg_weights_count(im->weights);
    for (size_t i = 0; i < count; i++) total += (int64_t)rg_weights_at(im->weights, i)->size;
    for (size_t i = 0; i < count; i++) {
        const rg_weight *t = rg_weights_at(im->weights, i);
        rgpt_status status = rg_gguf_writer_data(w, t->data, t->size, err);
        if (status != RGPT_OK) return status;
        done += (int64_t)t->size;
        if (progress && !progress(context, "writing", done, total)) {
            return rg_fail(err, RGPT_CANCELLED, "convert: cancelled, nothing was written");
        }
    }
    return RGPT_OK;
}

rgpt_status rg_import_write(const rg_import *im, const char *path, rgpt_progress progress, void *context,
                            rgpt_error *err) {
    if (!im->decoder) {
        return rg_fail(err, RGPT_UNSUPPORTED, "convert: the decoder came without a tokenizer: wanted a GGUF file");
    }
    rg_gguf_writer *w;
    rgpt_status status = rg_gguf_writer_open(path, &w, err);
    if (status != RGPT_OK) return status;
    put_metadata(im, w);
    for (size_t i = 0; i < rg_weights_count(im->weights); i++) rg_gguf_put_tensor(w, rg_weights_at(im->weights, i));
    status = rg_gguf_writer_begin(w, err);
    if (status == RGPT_OK) status = write_data(im, w, progress, context, err);
    if (status == RGPT_OK) return rg_gguf_writer_commit(w, err);
    rg_gguf_writer_cancel(w);
    return status;
}
