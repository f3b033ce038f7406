/* A file as a model: the decoder in it is bound to its configuration, and its tokenizer is built. Takes a
 * GGUF of the llama architecture as well as one of ours, since a decoder is where most can be wrong. */
#include "bad.h"
#include "base/error.h"
#include "model/import.h"
#include "model/llama.h"
#include "model/vocab_gguf.h"

static rgpt_status bind(rg_import *im, rgpt_error *err) {
    rg_llama llama = {0};
    rg_param_list params = {0};
    rg_binding b;
    rg_binding_init(&b, im->weights, &params);
    rgpt_status status = rg_llama_bind(&llama, &im->config.decoder, "decoder.", &b, err);
    rgpt_status misfits = rg_binding_finish(&b, err);
    rg_llama_reset(&llama);
    rg_param_list_reset(&params);
    return status == RGPT_OK ? misfits : status;
}

static rgpt_status build_tokenizer(const rg_gguf *g, rgpt_error *err) {
    rg_tokenizer *tokenizer;
    rgpt_status status = rg_tokenizer_from_gguf(g, &tokenizer, err);
    if (status == RGPT_OK) rg_tokenizer_free(tokenizer);
    return status;
}

rgpt_status rg_bad_model(const char *path, rgpt_error *err) {
    rg_import im = {0};
    rg_weights *file = NULL;
    rgpt_status status = rg_weights_open(path, &file, err);
    if (status != RGPT_OK) return status;
    const rg_gguf *g = rg_weights_gguf(file);
    status = g ? rg_weights_new(&im.weights, err)
               : rg_fail(err, RGPT_UNSUPPORTED, "%s: found safetensors, wanted a GGUF", path);
    if (status == RGPT_OK) status = rg_import_decoder_gguf(&im, g, err);
    if (status == RGPT_OK) status = rg_weights_seal(im.weights, err);
    if (status == RGPT_OK) status = bind(&im, err);
    if (status == RGPT_OK) status = build_tokenizer(g, err);
    rg_import_reset(&im);
    rg_weights_close(file);
    return status;
}
