#include "engine/session.h"

#include <stdlib.h>

/* ------------------------------------------------------------------ how much memory */

/* A cache of the right shape without data, for dry runs. */
static rgpt_status shape_cache(rg_kvcache *cache, const rg_llama_config *c, int64_t slots, rgpt_error *err) {
    int64_t width = (int64_t)c->kv_heads * c->head_width;
    rgpt_status status = rg_kvcache_open(cache, c->blocks, width, err);
    if (status != RGPT_OK) return status;
    for (int i = 0; i < c->blocks; i++) {
        cache->k[i] = cache->v[i] = (rg_tensor){.dtype = RG_REAL, .rank = 2, .dim = {slots, width, 1, 1}};
    }
    return RGPT_OK;
}

static void dry_look(rg_run *run, const rg_regiongpt *net) {
    int64_t S = net->config.vision.image_size, G = rg_refined_cells(&net->config);
    rg_tensor *map = rg_see(run, net, rg_tensor_from_floats(run, 3, (const int64_t[]){3, S, S}, NULL));
    rg_scope scope = rg_scope_begin(run);
    rg_image_embeddings(run, net, map);
    rg_scope_end(run, scope, NULL);
    rg_region_embeddings(run, net, map, rg_tensor_new2(run, RG_REGION_ROWS, G * G));
}

static void dry_pass(rg_run *run, const rg_regiongpt *net, rg_kvcache *cache, int64_t rows, int64_t slots) {
    rg_place place = {.cache = cache, .slot = slots - rows};
    rg_tensor *x = rg_tensor_new2(run, rows, net->config.decoder.width);
    rg_tensor *hidden = rg_llama_hidden(run, &net->decoder, x, &place);
    rg_llama_logits(run, &net->decoder, rg_tensor_rows_view(run, hidden, 0, RG_LOGIT_ROWS));
}

/* The workspace that every pass of a session with `slots` slots fits in. */
static rgpt_status measure_run(const rg_regiongpt *net, int64_t slots, size_t *size, rgpt_error *err) {
    rg_run run;
    rg_kvcache cache;
    rgpt_status status = shape_cache(&cache, &net->config.decoder, slots, err);
    if (status != RGPT_OK) return status;
    status = rg_run_open_dry(&run, err);
    if (status == RGPT_OK) {
        dry_look(&run, net);
        rg_run_reset(&run);
        dry_pass(&run, net, &cache, slots < RG_PREFILL_ROWS ? slots : RG_PREFILL_ROWS, slots);
        status = rg_run_status(&run, err);
        *size = rg_run_need(&run);
        rg_run_close(&run);
    }
    rg_kvcache_close(&cache);
    return status;
}

rgpt_status rg_session_reserve(rgpt_session *s, int64_t slots, rgpt_error *err) {
    if (slots <= s->slots) return RGPT_OK;
    int64_t rounded = (slots + RG_CONTEXT_STEP - 1) / RG_CONTEXT_STEP * RG_CONTEXT_STEP;
    size_t workspace = 0;
    rg_run run = {0};
    rgpt_status status = measure_run(&s->model->net, rounded, &workspace, err);
    if (status == RGPT_OK) status = rg_run_open(&run, workspace, s->model->compute, s->matmul, err);
    if (status == RGPT_OK) status = rg_kvcache_grow(&s->cache, rounded, err);
    if (status != RGPT_OK) {
        rg_run_close(&run);
        return status;
    }
    rg_run_close(&s->run);
    s->run = run;
    s->slots = rounded;
    return RGPT_OK;
}

static size_t kept_size(const rg_regiongpt *net) {
    int64_t G = rg_refined_cells(&net->config), C = net->config.vision.width, D = net->config.decoder.width;
    return (size_t)(G * G * C + rg_image_tokens(&net->config) * D + net->config.decoder.vocab) * sizeof(float);
}

rgpt_status rg_session_measure(const rgpt_model *model, size_t *size, rgpt_error *err) {
    const rg_llama_config *d = &model->net.config.decoder;
    size_t workspace = 0;
    rgpt_status status = measure_run(&model->net, RG_CONTEXT_STEP, &workspace, err);
    if (status != RGPT_OK) return status;
    *size = workspace + kept_size(&model->net) +
            rg_kvcache_size(d->blocks, (int64_t)d->kv_heads * d->head_width, RG_CONTEXT_STEP);
    return RGPT_OK;
}

/* ------------------------------------------------------------------ progress */

void rgpt_session_on_progress(rgpt_session *s, rgpt_progress progress, void *context) {
    s->progress = progress;
    s->progress_context = context;
}

rgpt_status rg_session_tick(rgpt_session *s, const char *what, size_t done, size_t total, rgpt_error *err) {
    if (!s->progress || s->progress(s->progress_context, what, (int64_t)done, (int64_t)total)) return RGPT_OK;
    return rg_fail(err, RGPT_CANCELLED, "%s: cancelled", what);
}

/* ------------------------------------------------------------------ open and close */

static rgpt_status allocate(rgpt_session *s, rgpt_error *err) {
    size_t rows = RG_PREFILL_ROWS + 1, vocab = (size_t)s->model->net.config.decoder.vocab;
    /* A row of a label tree has a span for the prompt and one for each token of its label so far. */
    s->span_allocated = 16 * rows;
    s->item = calloc((size_t)s->context, sizeof *s->item);
    s->position = calloc(rows, sizeof *s->position);
    s->first = calloc(rows, sizeof *s->first);
    s->span = calloc(s->span_allocated, sizeof *s->span);
    s->pick = calloc(rows, sizeof *s->pick);
    s->logits = calloc(vocab, sizeof *s->logits);
    if (s->item && s->position && s->first && s->span && s->pick && s->logits) return RGPT_OK;
    return rg_fail_memory(err, "session", (size_t)s->context * sizeof *s->item + vocab * sizeof *s->logits);
}

static rgpt_status open_parts(rgpt_session *s, rgpt_error *err) {
    const rgpt_model *m = s->model;
    const rg_llama_config *d = &m->net.config.decoder;
    rgpt_status status = rg_matmul_new(rg_isa_detect(), m->threads, &s->matmul, err);
    if (status == RGPT_OK) status = rg_kvcache_open(&s->cache, d->blocks, (int64_t)d->kv_heads * d->head_width, err);
    if (status == RGPT_OK) status = rg_session_reserve(s, 1, err);
    return status == RGPT_OK ? allocate(s, err) : status;
}

rgpt_status rgpt_session_open(rgpt_model *model, const rgpt_session_options *options, rgpt_session **out,
                              rgpt_error *err) {
    *out = NULL;
    rg_error_clear(err);
    int most = model->net.config.decoder.context;
    int context = options ? options->context_length : 0;
    if (context == 0) context = most < RG_CONTEXT_DEFAULT ? most : RG_CONTEXT_DEFAULT;
    if (context < 1 || context > most) {
        return rg_fail(err, RGPT_INVALID, "session: context_length %d, wanted 1 to %d", context, most);
    }
    rgpt_session *s = calloc(1, sizeof *s);
    if (!s) return rg_fail_memory(err, "session", sizeof *s);
    s->model = model;
    s->context = context;
    rgpt_status status = open_parts(s, err);
    if (status != RGPT_OK) {
        rgpt_session_close(s);
        return status;
    }
    *out = s;
    return RGPT_OK;
}

void rgpt_session_close(rgpt_session *s) {
    if (!s) return;
    rg_conversation_clear(s);
    rg_kvcache_close(&s->cache);
    rg_run_close(&s->run);
    rg_matmul_free(s->matmul);
    free(s->said);
    free(s->map);
    free(s->image);
    free(s->region);
    free(s->item);
    free(s->position);
    free(s->first);
    free(s->span);
    free(s->pick);
    free(s->logits);
    free(s);
}
