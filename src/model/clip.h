/* clip.h - CLIP as a scorer: an image and a text as points of one space, whose cosine says how well they fit. It scores
 * crops against label names; nothing of RegionGPT itself needs it. */
#ifndef RG_MODEL_CLIP_H
#define RG_MODEL_CLIP_H

#include "model/vit.h"

typedef struct rg_clip {
    rg_clip_config config;
    rg_vit vision;
    rg_tensor image_projection;      /* [E, C] */
    rg_tensor embedding;             /* [V, W] tokens */
    rg_tensor position;              /* [context, W] */
    rg_encoder text;                 /* its own width W, causal */
    rg_tensor text_gamma, text_beta; /* [W] final norm */
    rg_tensor text_projection;       /* [E, W] */
    int32_t *first;                  /* the causal mask, owned: position t sees 0 .. t */
    rg_span *span;
    rg_param_list params;
} rg_clip;

/* Binds "vision.*", "text.*" and "clip.*" of `weights`, which must stay open as long as the model. config is copied. On
 * failure *m is reset. */
rgpt_status rg_clip_bind(rg_clip *m, const rg_clip_config *config, const rg_weights *weights, rgpt_error *err);
void rg_clip_reset(rg_clip *m);

/* pixels [3, S, S], normalised -> [1, E] of length 1 */
rg_tensor *rg_clip_image(rg_run *run, const rg_clip *m, const rg_tensor *pixels);
/* A text's tokens, start to end token, as picks of source 0 -> [1, E] of length 1. More than `context` are refused. */
rg_tensor *rg_clip_text(rg_run *run, const rg_clip *m, const rg_pick *token, int64_t count);
/* images [I, E], texts [N, E] -> logits [I, N]: cosines times the learned scale */
rg_tensor *rg_clip_logits(rg_run *run, const rg_clip *m, const rg_tensor *images, const rg_tensor *texts);

#endif
