/* golden_decoder.c - a LLaMA-family decoder alone, as transformers saves it: "ids" in, the last positions'
 * "logits" out, and greedy continuations "greedy_from_N" of the first N ids through the KV cache. */
#include <stdio.h>
#include <stdlib.h>

#include "decoding.h"
#include "golden.h"
#include "model/import.h"

static const double tolerance = 1e-4;

typedef struct decoder_case {
    rg_golden *golden;
    rg_import im;
    rg_param_list params;
    rg_llama llama;
    rg_decoding decoding;
    const int64_t *ids;
    int64_t id_count;
    rg_pick *pick;   /* [id_count], the ids */
    rg_pick *prompt; /* [id_count], those that a greedy answer continues */
} decoder_case;

static rgpt_status open_model(decoder_case *c, rgpt_error *err) {
    char path[4096];
    snprintf(path, sizeof path, "%s/config.json", c->golden->dir);
    json_t *config = json_load_file(path, 0, NULL);
    rg_weights *w = NULL;
    rgpt_status status = rg_weights_new(&c->im.weights, err);
    if (status == RGPT_OK) status = rg_weights_open(c->golden->dir, &w, err);
    if (status == RGPT_OK) {
        rg_weights_keep(c->im.weights, w);
        status = rg_import_decoder_hf(&c->im, w, config, err);
    }
    json_decref(config);
    if (status == RGPT_OK) status = rg_weights_seal(c->im.weights, err);
    if (status != RGPT_OK) return status;

    rg_binding b;
    rg_binding_init(&b, c->im.weights, &c->params);
    status = rg_llama_bind(&c->llama, &c->im.config.decoder, "decoder.", &b, err);
    rgpt_status misfits = rg_binding_finish(&b, err);
    if (status == RGPT_OK) status = misfits;
    if (status == RGPT_OK) rg_llama_prepare(&c->llama);
    return status;
}

static rgpt_status open_sequence(decoder_case *c, rgpt_error *err) {
    const rg_weight *ids = rg_weights_find(c->golden->expected, "ids");
    if (!ids || ids->dtype != RG_I64) return rg_fail(err, RGPT_FORMAT, "no 'ids'");
    c->ids = ids->data;
    c->id_count = (int64_t)(ids->size / sizeof *c->ids);
    c->pick = calloc((size_t)c->id_count + 1, sizeof *c->pick);
    c->prompt = calloc((size_t)c->id_count + 1, sizeof *c->prompt);
    if (!c->pick || !c->prompt) return rg_fail_memory(err, "ids", ids->size);
    for (int64_t i = 0; i < c->id_count; i++) c->pick[i] = (rg_pick){0, (int32_t)c->ids[i]};
    return rg_decoding_open(&c->decoding, c->golden, &c->llama, c->id_count, err);
}

/* transformers' generate() takes id 0 for padding when a config names none: it hides such positions from
 * all others and does not count them, which is the same as leaving them out. */
static int64_t copy_without_padding(const decoder_case *c, int64_t count) {
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        if (c->ids[i] != 0) c->prompt[kept++] = c->pick[i];
    }
    return kept;
}

static void run_case(decoder_case *c) {
    rg_decoding_compare_logits(&c->decoding, c->pick, c->id_count, tolerance);
    for (size_t i = 0; i < rg_weights_count(c->golden->expected); i++) {
        const char *name = rg_weights_at(c->golden->expected, i)->name;
        int from;
        if (sscanf(name, "greedy_from_%d", &from) != 1 || from > c->id_count) continue;
        rg_decoding_compare_greedy(&c->decoding, name, c->prompt, copy_without_padding(c, from));
    }
}

int rg_golden_decoder(const char *dir, char *line, size_t line_size) {
    rg_golden g;
    if (!rg_golden_open(&g, dir, line, line_size)) return RG_CASE_FAIL;
    decoder_case c = {.golden = &g};
    rgpt_error err = {0};
    rgpt_status status = open_model(&c, &err);
    if (status == RGPT_OK) status = open_sequence(&c, &err);
    if (status == RGPT_OK) run_case(&c);
    if (status != RGPT_OK) rg_golden_error(&g, &err);
    free(c.pick);
    free(c.prompt);
    rg_decoding_close(&c.decoding);
    rg_llama_reset(&c.llama);
    rg_param_list_reset(&c.params);
    rg_import_reset(&c.im);
    return rg_golden_close(&g);
}
