/* golden_decoder.c - a LLaMA-family decoder alone, as transformers saves it: "ids" in, the last positions'
 * "logits" out, and greedy continuations "greedy_from_N" of the first N ids through the KV cache. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward.h"
#include "golden.h"
#include "model/import.h"
#include "model/llama.h"

static const double tolerance = 1e-4;

typedef struct decoder_case {
    rg_golden *golden;
    rg_import im;
    rg_param_list params;
    rg_llama llama;
    rg_kvcache cache;
    const int64_t *ids;
    int64_t id_count;
    int64_t logit_rows;
    int64_t *prompt; /* [id_count] */
    int32_t *position;
    int32_t *first;
    rg_span *span;
    rg_pick *pick;
} decoder_case;

/* ------------------------------------------------------------------ passes */

/* Rows from .. from + count of the sequence, after what the cache holds. */
static rg_tensor *pass(rg_run *run, decoder_case *c, const int64_t *ids, int64_t from, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        c->position[i] = (int32_t)(from + i);
        c->first[i] = (int32_t)i;
        c->span[i] = (rg_span){0, (int32_t)(from + i + 1)};
        c->pick[i] = (rg_pick){0, (int32_t)ids[i]};
    }
    c->first[count] = (int32_t)count;
    const rg_tensor *source[] = {&c->llama.embedding};
    rg_visible visible = {c->first, c->span};
    rg_place place = {.position = c->position, .visible = &visible, .cache = &c->cache, .slot = from};
    return rg_llama_hidden(run, &c->llama, rg_splice(run, source, 1, c->pick, count), &place);
}

static rg_tensor *last_logits(rg_run *run, void *context) {
    decoder_case *c = context;
    rg_tensor *hidden = pass(run, c, c->ids, 0, c->id_count);
    return rg_llama_logits(run, &c->llama,
                           rg_tensor_rows_view(run, hidden, c->id_count - c->logit_rows, c->logit_rows));
}

/* The next token after `count` more ids. */
typedef struct step {
    decoder_case *c;
    const int64_t *ids;
    int64_t from, count;
} step;

static rg_tensor *step_logits(rg_run *run, void *context) {
    step *s = context;
    rg_tensor *hidden = pass(run, s->c, s->ids, s->from, s->count);
    return rg_llama_logits(run, &s->c->llama, rg_tensor_rows_view(run, hidden, s->count - 1, 1));
}

/* transformers' generate() takes id 0 for padding when a config names none: it hides such positions from
 * all others and does not count them, which is the same as leaving them out. */
static int64_t copy_without_padding(const decoder_case *c, int64_t count, int64_t *to) {
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        if (c->ids[i] != 0) to[kept++] = c->ids[i];
    }
    return kept;
}

static void compare_greedy(decoder_case *c, const char *name, int64_t prompt_count) {
    const rg_weight *wanted = rg_weights_find(c->golden->expected, name);
    const int64_t *id = wanted->data;
    int64_t from = copy_without_padding(c, prompt_count, c->prompt);
    step s = {c, c->prompt, 0, from};
    for (int64_t i = 0; i < wanted->dim[0]; i++) {
        int64_t count;
        float *logits = rg_golden_run(c->golden, RG_COMPUTE_EXACT, step_logits, &s, &count);
        if (!logits) return;
        int64_t best = 0;
        for (int64_t t = 1; t < count; t++) best = logits[t] > logits[best] ? t : best;
        double margin = id[i] < count ? (double)(logits[best] - logits[id[i]]) : INFINITY;
        free(logits);
        if (best != id[i]) {
            c->golden->failed = true;
            rg_golden_say(c->golden, "%s: token %lld is %lld, wanted %lld, whose logit is %.1e lower", name,
                          (long long)i, (long long)best, (long long)id[i], margin);
            return;
        }
        s = (step){c, &id[i], from + i, 1};
    }
    c->golden->compared++;
    rg_golden_say(c->golden, "%s: %lld ids equal", name, (long long)wanted->dim[0]);
}

/* ------------------------------------------------------------------ the case */

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

static rgpt_status open_buffers(decoder_case *c, rgpt_error *err) {
    const rg_weight *ids = rg_weights_find(c->golden->expected, "ids");
    const rg_weight *logits = rg_weights_find(c->golden->expected, "logits");
    if (!ids || ids->dtype != RG_I64 || !logits) return rg_fail(err, RGPT_FORMAT, "no 'ids' or no 'logits'");
    c->ids = ids->data;
    c->id_count = (int64_t)(ids->size / sizeof *c->ids);
    c->logit_rows =
        logits->dim[0] * logits->dim[1] * logits->dim[2] / (logits->rank == 3 ? logits->dim[2] : logits->dim[1]);
    size_t n = (size_t)c->id_count + 1;
    c->position = calloc(n, sizeof *c->position);
    c->first = calloc(n, sizeof *c->first);
    c->span = calloc(n, sizeof *c->span);
    c->pick = calloc(n, sizeof *c->pick);
    c->prompt = calloc(n, sizeof *c->prompt);
    const rg_llama_config *l = &c->im.config.decoder;
    rgpt_status status = rg_kvcache_open(&c->cache, l->blocks, (int64_t)l->kv_heads * l->head_width, err);
    return status == RGPT_OK ? rg_kvcache_grow(&c->cache, l->context, err) : status;
}

static void run_case(decoder_case *c) {
    int64_t count;
    float *logits = rg_golden_run(c->golden, RG_COMPUTE_EXACT, last_logits, c, &count);
    rg_golden_compare(c->golden, "logits", logits, count, tolerance);
    free(logits);
    for (size_t i = 0; i < rg_weights_count(c->golden->expected); i++) {
        const char *name = rg_weights_at(c->golden->expected, i)->name;
        int from;
        if (sscanf(name, "greedy_from_%d", &from) == 1 && from <= c->id_count) compare_greedy(c, name, from);
    }
}

int rg_golden_decoder(const char *dir, char *line, size_t line_size) {
    rg_golden g;
    if (!rg_golden_open(&g, dir, line, line_size)) return RG_CASE_FAIL;
    decoder_case c = {.golden = &g};
    rgpt_error err = {0};
    rgpt_status status = open_model(&c, &err);
    if (status == RGPT_OK) status = open_buffers(&c, &err);
    if (status == RGPT_OK) run_case(&c);
    if (status != RGPT_OK) rg_golden_error(&g, &err);
    free(c.position);
    free(c.first);
    free(c.span);
    free(c.pick);
    free(c.prompt);
    rg_kvcache_close(&c.cache);
    rg_llama_reset(&c.llama);
    rg_param_list_reset(&c.params);
    rg_import_reset(&c.im);
    return rg_golden_close(&g);
}
