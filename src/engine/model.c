#include "engine/model.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/session.h"
#include "model/config_gguf.h"
#include "model/vocab_gguf.h"

enum { MAX_THREADS = 1024 };

static rgpt_status open_text(rgpt_model *m, const rg_gguf *g, rgpt_error *err) {
    rgpt_status status = rg_tokenizer_from_gguf(g, &m->tokenizer, err);
    if (status == RGPT_OK) status = rg_template_from_gguf(g, &m->tpl, err);
    if (status != RGPT_OK) return status;
    if (!m->tpl) {
        return rg_fail(err, RGPT_UNSUPPORTED,
                       "model: %s: missing, and tokenizer.chat_template is none that is known here",
                       RG_GGUF_TEMPLATE_KEY);
    }
    size_t tokens = rg_tokenizer_token_count(m->tokenizer);
    if (tokens > (size_t)m->net.config.decoder.vocab) {
        return rg_fail(err, RGPT_FORMAT, "model: the tokenizer has %zu tokens, the decoder embeddings for %d", tokens,
                       m->net.config.decoder.vocab);
    }
    return rg_template_check(m->tpl, m->tokenizer, err);
}

static void describe(rgpt_model *m, const rg_gguf *g) {
    const rg_vision_config *v = &m->net.config.vision;
    const rg_llama_config *d = &m->net.config.decoder;
    const char *name = "unnamed";
    if (rg_gguf_find_pair(g, "general.name")) rg_gguf_get_string(g, "general.name", &name, NULL);
    snprintf(m->name, sizeof m->name, "%s", name);
    snprintf(m->vision, sizeof m->vision, "%s %dx%d, patch %d, %d px", v->family, v->blocks, v->width, v->patch_size,
             v->image_size);
    snprintf(m->decoder, sizeof m->decoder, "llama %dx%d, vocabulary %d", d->blocks, d->width, d->vocab);
}

static size_t weights_size(const rg_weights *w) {
    size_t size = 0;
    for (size_t i = 0; i < rg_weights_count(w); i++) size += rg_weights_at(w, i)->size;
    return size;
}

static rgpt_status open_all(rgpt_model *m, const char *path, rgpt_error *err) {
    rgpt_status status = rg_weights_open(path, &m->weights, err);
    if (status != RGPT_OK) return status;
    const rg_gguf *g = rg_weights_gguf(m->weights);
    if (!g) {
        return rg_fail(err, RGPT_UNSUPPORTED, "%s: found safetensors, wanted one GGUF file (rgpt convert makes it)",
                       path);
    }
    rg_config config;
    status = rg_config_read(g, &config, err);
    if (status == RGPT_OK) status = rg_regiongpt_bind(&m->net, &config, m->weights, err);
    if (status == RGPT_OK) status = open_text(m, g, err);
    if (status == RGPT_OK) status = rg_metadata_init(m, err);
    if (status == RGPT_OK) status = rg_session_measure(m, &m->session_size, err);
    if (status != RGPT_OK) return rg_fail_within(err, status, "%s", path);
    describe(m, g);
    m->file_size = weights_size(m->weights);
    return RGPT_OK;
}

rgpt_status rgpt_model_open(const char *path, const rgpt_model_options *options, rgpt_model **out, rgpt_error *err) {
    *out = NULL;
    rg_error_clear(err);
    static const rgpt_model_options defaults;
    if (!options) options = &defaults;
    if (options->threads < 0 || options->threads > MAX_THREADS) {
        return rg_fail(err, RGPT_INVALID, "model: %d threads, wanted 1 to %d, or 0 for all cores", options->threads,
                       MAX_THREADS);
    }
    rgpt_model *m = calloc(1, sizeof *m);
    if (!m) return rg_fail_memory(err, "model", sizeof *m);
    m->threads = options->threads ? options->threads : omp_get_num_procs();
    m->compute = options->compute == RGPT_COMPUTE_EXACT ? RG_COMPUTE_EXACT : RG_COMPUTE_FAST;
    m->program_size = rg_resident_size();
    rgpt_status status = open_all(m, path, err);
    if (status != RGPT_OK) {
        rgpt_model_close(m);
        return status;
    }
    *out = m;
    return RGPT_OK;
}

void rgpt_model_close(rgpt_model *m) {
    if (!m) return;
    rg_metadata_reset(m);
    rg_tokenizer_free(m->tokenizer);
    rg_regiongpt_reset(&m->net);
    rg_weights_close(m->weights);
    free(m);
}
