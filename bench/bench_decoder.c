/* bench_decoder.c - a GGUF decoder alone: prompt and answer speed, in tokens a second.
 *
 *     bench_decoder MODEL.gguf [THREADS [PROMPT [ANSWER [exact]]]]
 *
 * The prompt is PROMPT arbitrary tokens in one go (512), then ANSWER tokens one by one (64); each three
 * times, the best counts. Prints "prefill X tok/s" and "decode Y tok/s"; bench/compare_llama.py runs it
 * against llama.cpp in turn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/import.h"
#include "model/llama.h"

typedef struct bench {
    rg_import im;
    rg_weights *file;
    rg_param_list params;
    rg_llama llama;
    rg_kvcache cache;
    rg_matmul *matmul;
    rg_run run;
    int32_t *position, *first;
    rg_span *span;
    rg_pick *pick;
} bench;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* `count` tokens after `from` others, and the logits of the last. */
static rg_tensor *pass(bench *b, rg_run *run, int64_t from, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        b->pick[i] = (rg_pick){0, (int32_t)((from + i) * 7919 % b->im.config.decoder.vocab)};
        b->position[i] = (int32_t)(from + i);
        b->first[i] = (int32_t)i;
        b->span[i] = (rg_span){0, (int32_t)(from + i + 1)};
    }
    b->first[count] = (int32_t)count;
    const rg_tensor *source[] = {&b->llama.embedding};
    rg_visible visible = {b->first, b->span};
    rg_place place = {.position = b->position, .visible = &visible, .cache = &b->cache, .slot = from};
    rg_tensor *x = rg_splice(run, source, 1, b->pick, count);
    rg_tensor *hidden = rg_llama_hidden(run, &b->llama, x, &place);
    return rg_llama_logits(run, &b->llama, rg_tensor_rows_view(run, hidden, count - 1, 1));
}

static rgpt_status open_model(bench *b, const char *path, rgpt_error *err) {
    rgpt_status status = rg_weights_new(&b->im.weights, err);
    if (status == RGPT_OK) status = rg_weights_open(path, &b->file, err);
    if (status == RGPT_OK) status = rg_import_decoder_gguf(&b->im, rg_weights_gguf(b->file), err);
    if (status == RGPT_OK) status = rg_weights_seal(b->im.weights, err);
    if (status != RGPT_OK) return status;
    rg_binding binding;
    rg_binding_init(&binding, b->im.weights, &b->params);
    status = rg_llama_bind(&b->llama, &b->im.config.decoder, "decoder.", &binding, err);
    rgpt_status misfits = rg_binding_finish(&binding, err);
    if (status == RGPT_OK) status = misfits;
    if (status == RGPT_OK) rg_llama_prepare(&b->llama);
    return status;
}

static rgpt_status open_run(bench *b, int threads, int64_t prompt, int64_t context, rg_compute compute,
                            rgpt_error *err) {
    const rg_llama_config *c = &b->im.config.decoder;
    b->position = calloc((size_t)prompt + 1, sizeof *b->position);
    b->first = calloc((size_t)prompt + 1, sizeof *b->first);
    b->span = calloc((size_t)prompt + 1, sizeof *b->span);
    b->pick = calloc((size_t)prompt + 1, sizeof *b->pick);
    rgpt_status status = rg_kvcache_open(&b->cache, c->blocks, (int64_t)c->kv_heads * c->head_width, err);
    if (status == RGPT_OK) status = rg_kvcache_grow(&b->cache, context, err);
    rg_run dry = {0};
    if (status == RGPT_OK) status = rg_run_open_dry(&dry, err);
    if (status == RGPT_OK) {
        pass(b, &dry, context - prompt, prompt);
        status = rg_run_status(&dry, err);
    }
    if (status == RGPT_OK) status = rg_matmul_new(rg_isa_detect(), threads, &b->matmul, err);
    if (status == RGPT_OK) status = rg_run_open(&b->run, rg_run_need(&dry), compute, b->matmul, err);
    rg_run_close(&dry);
    return status;
}

static void measure(bench *b, int64_t prompt, int64_t answer) {
    double best_prefill = 1e9, best_decode = 1e9;
    for (int round = 0; round < 4; round++) { /* the first warms up */
        rg_run_reset(&b->run);
        double start = now();
        pass(b, &b->run, 0, prompt);
        double prefilled = now();
        for (int64_t i = 0; i < answer; i++) {
            rg_run_reset(&b->run);
            pass(b, &b->run, prompt + i, 1);
        }
        double done = now();
        if (round > 0 && prefilled - start < best_prefill) best_prefill = prefilled - start;
        if (round > 0 && done - prefilled < best_decode) best_decode = done - prefilled;
    }
    printf("prefill %.1f tok/s\ndecode %.1f tok/s\n", (double)prompt / best_prefill, (double)answer / best_decode);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: bench_decoder MODEL.gguf [THREADS [PROMPT [ANSWER [exact]]]]\n");
        return 2;
    }
    int threads = argc > 2 ? atoi(argv[2]) : 2;
    int64_t prompt = argc > 3 ? atoi(argv[3]) : 512, answer = argc > 4 ? atoi(argv[4]) : 64;
    rg_compute compute = argc > 5 && strcmp(argv[5], "exact") == 0 ? RG_COMPUTE_EXACT : RG_COMPUTE_FAST;
    static bench b;
    rgpt_error err = {0};
    rgpt_status status = open_model(&b, argv[1], &err);
    if (status == RGPT_OK) status = open_run(&b, threads, prompt, prompt + answer, compute, &err);
    if (status == RGPT_OK) measure(&b, prompt, answer);
    if (status == RGPT_OK) status = rg_run_status(&b.run, &err);
    if (status != RGPT_OK) fprintf(stderr, "bench_decoder: %s\n", err.message);
    return status != RGPT_OK;
}
