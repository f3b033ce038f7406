#include "decoding.h"

#include <math.h>
#include <stdlib.h>

rgpt_status rg_decoding_open(rg_decoding *d, rg_golden *golden, const rg_llama *llama, int64_t capacity,
                             rgpt_error *err) {
    size_t n = (size_t)capacity + 1;
    *d = (rg_decoding){.golden = golden,
                       .llama = llama,
                       .capacity = capacity,
                       .position = calloc(n, sizeof *d->position),
                       .first = calloc(n, sizeof *d->first),
                       .span = calloc(n, sizeof *d->span)};
    if (!d->position || !d->first || !d->span) return rg_fail_memory(err, "positions", n * sizeof *d->span);
    const rg_llama_config *c = llama->config;
    rgpt_status status = rg_kvcache_open(&d->cache, c->blocks, (int64_t)c->kv_heads * c->head_width, err);
    return status == RGPT_OK ? rg_kvcache_grow(&d->cache, c->context, err) : status;
}

void rg_decoding_close(rg_decoding *d) {
    free(d->position);
    free(d->first);
    free(d->span);
    rg_kvcache_close(&d->cache);
}

/* ------------------------------------------------------------------ passes */

/* Rows from .. from + count of the sequence, after what the cache holds; logits of the last `rows`. */
typedef struct pass {
    rg_decoding *d;
    const rg_pick *pick;
    int64_t from, count, rows;
} pass;

static rg_tensor *forward(rg_run *run, void *context) {
    const pass *p = context;
    rg_decoding *d = p->d;
    for (int64_t i = 0; i < p->count; i++) {
        d->position[i] = (int32_t)(p->from + i);
        d->first[i] = (int32_t)i;
        d->span[i] = (rg_span){0, (int32_t)(p->from + i + 1)};
    }
    d->first[p->count] = (int32_t)p->count;
    const rg_tensor *source[] = {&d->llama->embedding, NULL};
    if (d->image) {
        const int64_t dim[] = {d->image_count, d->llama->config->width};
        source[1] = rg_tensor_from_floats(run, 2, dim, d->image);
    }
    rg_visible visible = {d->first, d->span};
    rg_place place = {.position = d->position, .visible = &visible, .cache = &d->cache, .slot = p->from};
    rg_tensor *x = rg_splice(run, source, d->image ? 2 : 1, p->pick, p->count); /* [count, D] */
    rg_tensor *hidden = rg_llama_hidden(run, d->llama, x, &place);
    return rg_llama_logits(run, d->llama, rg_tensor_rows_view(run, hidden, p->count - p->rows, p->rows));
}

static float *logits_of(pass *p, int64_t *count) {
    return rg_golden_run(p->d->golden, RG_COMPUTE_EXACT, forward, p, count);
}

/* ------------------------------------------------------------------ comparisons */

/* The logits of as many last positions as are stored; NULL, and the case has failed, if they do not fit. */
static float *last_logits(rg_decoding *d, const rg_pick *pick, int64_t count, int64_t *found_count) {
    const rg_weight *wanted = rg_weights_find(d->golden->expected, "logits");
    int64_t vocab = d->llama->config->vocab;
    int64_t rows = wanted ? (int64_t)(wanted->size / sizeof(float)) / vocab : 0;
    if (rows < 1 || rows > count || count > d->capacity) {
        d->golden->failed = true;
        rg_golden_say(d->golden, "logits: %lld rows of %lld positions", (long long)rows, (long long)count);
        return NULL;
    }
    pass p = {d, pick, 0, count, rows};
    return logits_of(&p, found_count);
}

double rg_decoding_logit_distance(rg_decoding *d, const rg_pick *pick, int64_t count) {
    int64_t found_count = 0;
    float *found = last_logits(d, pick, count, &found_count);
    const float *wanted = found ? rg_golden_floats(d->golden, "logits", found_count) : NULL;
    double worst = 0, largest = 0;
    for (int64_t i = 0; wanted && i < found_count; i++) {
        worst = fmax(worst, fabs((double)found[i] - (double)wanted[i]));
        largest = fmax(largest, fabs((double)wanted[i]));
    }
    free(found);
    return wanted && largest > 0 ? worst / largest : INFINITY;
}

void rg_decoding_compare_logits(rg_decoding *d, const rg_pick *pick, int64_t count, double tolerance) {
    int64_t found_count = 0;
    float *found = last_logits(d, pick, count, &found_count);
    if (found) rg_golden_compare(d->golden, "logits", found, found_count, tolerance);
    free(found);
}

/* The likeliest token; *margin: how far ahead of `wanted` its logit is. */
static int64_t best_token(const float *logits, int64_t count, int64_t wanted, double *margin) {
    int64_t best = 0;
    for (int64_t t = 1; t < count; t++) best = logits[t] > logits[best] ? t : best;
    *margin = wanted >= 0 && wanted < count ? (double)(logits[best] - logits[wanted]) : INFINITY;
    return best;
}

void rg_decoding_compare_greedy(rg_decoding *d, const char *name, const rg_pick *prompt, int64_t prompt_count) {
    const rg_weight *wanted = rg_weights_find(d->golden->expected, name);
    const int64_t *id = wanted->data;
    pass p = {d, prompt, 0, prompt_count, 1};
    rg_pick next;
    for (int64_t i = 0; i < wanted->dim[0]; i++) {
        int64_t count;
        float *logits = logits_of(&p, &count);
        if (!logits) return;
        double margin;
        int64_t best = best_token(logits, count, id[i], &margin);
        free(logits);
        if (best != id[i]) {
            d->golden->failed = true;
            rg_golden_say(d->golden, "%s: token %lld is %lld, wanted %lld, whose logit is %.1e lower", name,
                          (long long)i, (long long)best, (long long)id[i], margin);
            return;
        }
        next = (rg_pick){0, (int32_t)best};
        p = (pass){d, &next, prompt_count + i, 1, 1};
    }
    d->golden->compared++;
    rg_golden_say(d->golden, "%s: %lld ids equal", name, (long long)wanted->dim[0]);
}
