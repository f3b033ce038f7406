/* llama.h - the decoder: RMSNorm, rotary positions, grouped-query attention, SwiGLU (SPEC section 2).
 *
 * Query and key weights are in GGUF's order, where rotary pairs are neighbours; importing other layouts
 * reorders their rows (import.h).
 */
#ifndef RG_MODEL_LLAMA_H
#define RG_MODEL_LLAMA_H

#include "model/config.h"
#include "model/dense.h"
#include "model/kvcache.h"

typedef struct rg_llama_block {
    rg_tensor attn_norm; /* [D] */
    rg_dense q, k, v, out;
    rg_tensor mlp_norm; /* [D] */
    rg_dense gate, up, down;
} rg_llama_block;

typedef struct rg_llama {
    const rg_llama_config *config;
    rg_tensor embedding;   /* [V, D] */
    rg_llama_block *block; /* owned */
    rg_tensor output_norm; /* [D] */
    rg_tensor output;      /* [V, D]; rank 0: tied, the embedding serves */
    rg_tensor rope_factor; /* [W/2]; rank 0: none */
    float *frequency;      /* [W/2] radians a position, owned */
} rg_llama;

/* Binds `prefix` + llama.cpp's tensor names. */
rgpt_status rg_llama_bind(rg_llama *m, const rg_llama_config *config, const char *prefix, rg_binding *b,
                          rgpt_error *err);
/* Once bound without misfits: computes the rotary frequencies. */
void rg_llama_prepare(rg_llama *m);
void rg_llama_reset(rg_llama *m);

/* Where the rows of one pass stand. */
typedef struct rg_place {
    const int32_t *position;   /* [T] rotary positions */
    const rg_visible *visible; /* which slots each row sees, its own included */
    rg_kvcache *cache;         /* NULL: keys are the rows themselves */
    int64_t slot;              /* the rows' first slot in the cache */
} rg_place;

/* x: [T, D] embeddings -> [T, D] last hidden states, before the output norm. */
rg_tensor *rg_llama_hidden(rg_run *run, const rg_llama *m, const rg_tensor *x, const rg_place *place);
/* hidden [T, D] -> logits [T, V] */
rg_tensor *rg_llama_logits(rg_run *run, const rg_llama *m, const rg_tensor *hidden);

#endif
