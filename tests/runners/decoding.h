/* decoding.h - a decoder at work for golden cases: logits of a sequence, and greedy answers through the KV cache.
 *
 * A position is an rg_pick: a row of the token table (source 0), or of an image's embeddings (source 1).
 */
#ifndef RG_TESTS_DECODING_H
#define RG_TESTS_DECODING_H

#include "forward.h"
#include "model/llama.h"

typedef struct rg_decoding {
    rg_golden *golden;
    const rg_llama *llama;
    const float *image; /* [image_count, D], the caller's; NULL: no position picks from it */
    int64_t image_count;
    rg_kvcache cache;
    int64_t capacity;  /* positions */
    int32_t *position; /* [capacity] */
    int32_t *first;    /* [capacity + 1] */
    rg_span *span;     /* [capacity] */
} rg_decoding;

/* For sequences of at most `capacity` positions in one pass. On failure *d still wants to be closed. */
rgpt_status rg_decoding_open(rg_decoding *d, rg_golden *golden, const rg_llama *llama, int64_t capacity,
                             rgpt_error *err);
void rg_decoding_close(rg_decoding *d);

/* How far the last positions' logits are from "logits", relative to the largest; infinite if they cannot be had. */
double rg_decoding_logit_distance(rg_decoding *d, const rg_pick *pick, int64_t count);
/* Compares the last positions' logits with "logits", as many as are stored. */
void rg_decoding_compare_logits(rg_decoding *d, const rg_pick *pick, int64_t count, double tolerance);
/* Continues greedily and compares with the ids stored as `name`. */
void rg_decoding_compare_greedy(rg_decoding *d, const char *name, const rg_pick *prompt, int64_t prompt_count);

#endif
