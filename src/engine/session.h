/* session.h - inside rgpt_session: one image, its regions, a conversation, and the decoder's cache of it. */
#ifndef RG_ENGINE_SESSION_H
#define RG_ENGINE_SESSION_H

#include "engine/model.h"
#include "text/prompt.h"

enum {
    RG_PREFILL_ROWS = 256, /* positions a pass; longer prompts take several */
    RG_LOGIT_ROWS = 32,    /* rows whose logits are computed at a time: each is a whole vocabulary */
    RG_REGION_ROWS = 32,   /* regions pooled at a time */
    RG_CONTEXT_STEP = 256, /* the cache grows by so many positions */
    RG_CONTEXT_DEFAULT = 2048
};

/* A turn of the conversation, owning its text; an answer also keeps its tokens as generated. */
typedef struct rg_said {
    rg_role role;
    char *text;
    size_t size;
    int32_t *ids;
    size_t id_count;
} rg_said;

struct rgpt_session {
    rgpt_model *model;
    rg_matmul *matmul;
    rg_run run;
    int64_t slots; /* of the cache; the run's workspace suffices for a pass that sees so many */
    int context;

    /* What the session has seen. All owned; map is NULL without an image. */
    int image_width, image_height;
    float *map;    /* Z_hres [G*G, C] */
    float *image;  /* H_v [image tokens, D] */
    float *region; /* H_r [region_count, D] */
    size_t region_count;
    double image_ms;

    rgpt_progress progress; /* NULL: nobody wants to know */
    void *progress_context;

    rg_said *said;
    size_t said_count, said_allocated;

    /* What the cache holds: slot i is item[i]. */
    rg_kvcache cache;
    rg_item *item; /* [context] */
    size_t item_count;

    /* One pass' description, [RG_PREFILL_ROWS (+ 1)] each, and the last logits [V]. */
    int32_t *position, *first;
    rg_span *span;
    size_t span_allocated;
    rg_pick *pick;
    float *logits;
};

/* Bytes that a default session of this model takes with RG_CONTEXT_STEP positions used: cache and workspace. */
rgpt_status rg_session_measure(const rgpt_model *model, size_t *size, rgpt_error *err);

/* Room for so many slots in the cache, and the workspace that they need. Between passes. */
rgpt_status rg_session_reserve(rgpt_session *session, int64_t slots, rgpt_error *err);

/* Before a pass: tells how far the work is, and RGPT_CANCELLED if it shall not go on. */
rgpt_status rg_session_tick(rgpt_session *session, const char *what, size_t done, size_t total, rgpt_error *err);

/* ------------------------------------------------------------------ timeline.c: positions into the cache */

/* Makes the cache hold exactly these items, keeping the beginning that it already has, and leaves the
 * last item's logits in s->logits. At least one item. *kept: how many were there already. */
rgpt_status rg_timeline_set(rgpt_session *s, const rg_item *items, size_t count, size_t *kept, rgpt_error *err);
/* One more item. */
rgpt_status rg_timeline_push(rgpt_session *s, rg_item item, rgpt_error *err);
/* Forgets all items from `count` on. */
void rg_timeline_cut(rgpt_session *s, size_t count);
/* Forgets what was computed from regions. */
void rg_timeline_cut_regions(rgpt_session *s);

/* Rows of one pass: picks, positions and spans are in the session's arrays. The result is their last hidden
 * states, in the run's arena. */
rg_tensor *rg_timeline_pass(rgpt_session *s, size_t row_count, int64_t slot);

/* ------------------------------------------------------------------ conversation.c: turns and prompts */

/* The items of all turns so far and then `text` as the user's; reset *out. */
rgpt_status rg_conversation_prompt(const rgpt_session *s, const char *text, rg_prompt *out, rgpt_error *err);
/* Both turns, or neither. Takes over `ids` on success. */
rgpt_status rg_conversation_add(rgpt_session *s, const char *question, const char *answer, size_t answer_size,
                                int32_t *ids, size_t id_count, rgpt_error *err);
void rg_conversation_clear(rgpt_session *s);

double rg_now_ms(void);

#endif
