#include "model/clip.h"

#include <stdlib.h>

/* Letters: C vision width, W text width, E of the common space, V tokens, X context. */
static const rg_param_row rows[] = {
    RG_PARAM(rg_clip, image_projection, "clip.image_projection.weight", "E C"),
    RG_PARAM(rg_clip, embedding, "text.token_embd.weight", "V W"),
    RG_PARAM_REAL(rg_clip, position, "text.position", "X W"),
    RG_PARAM(rg_clip, text_gamma, "text.norm.weight", "W"),
    RG_PARAM(rg_clip, text_beta, "text.norm.bias", "W"),
    RG_PARAM(rg_clip, text_projection, "clip.text_projection.weight", "E W"),
};

static rgpt_status make_mask(rg_clip *m, rgpt_error *err) {
    size_t n = (size_t)m->config.text.context;
    m->first = calloc(n + 1, sizeof *m->first);
    m->span = calloc(n, sizeof *m->span);
    if (!m->first || !m->span) return rg_fail_memory(err, "causal mask", n * sizeof *m->span);
    for (size_t t = 0; t < n; t++) {
        m->first[t] = (int32_t)t;
        m->span[t] = (rg_span){0, (int32_t)t + 1};
    }
    m->first[n] = (int32_t)n;
    return RGPT_OK;
}

static rgpt_status bind(rg_clip *m, rg_binding *b, rgpt_error *err) {
    const rg_clip_text_config *t = &m->config.text;
    rgpt_status status = rg_vit_bind(&m->vision, &m->config.vision, b, err);
    if (status != RGPT_OK) return status;
    b->letter['E'] = m->config.width;
    b->letter['V'] = t->vocab;
    b->letter['W'] = t->width;
    b->letter['X'] = t->context;
    rg_bind(b, m, "", rows, sizeof rows / sizeof *rows);

    b->letter['C'] = t->width; /* of the blocks that follow */
    b->letter['M'] = t->mlp_width;
    b->letter['L'] = 0;
    m->text =
        (rg_encoder){.block_count = t->blocks, .heads = t->heads, .norm_eps = t->norm_eps, .activation = t->activation};
    return rg_encoder_bind(&m->text, "text.blk.", b, err);
}

rgpt_status rg_clip_bind(rg_clip *m, const rg_clip_config *config, const rg_weights *weights, rgpt_error *err) {
    *m = (rg_clip){.config = *config};
    rg_binding b;
    rg_binding_init(&b, weights, &m->params);
    rgpt_status status = bind(m, &b, err);
    rgpt_status misfits = rg_binding_finish(&b, err);
    if (status == RGPT_OK) status = misfits;
    if (status == RGPT_OK) status = make_mask(m, err);
    if (status != RGPT_OK) rg_clip_reset(m);
    return status;
}

void rg_clip_reset(rg_clip *m) {
    rg_vit_reset(&m->vision);
    rg_encoder_reset(&m->text);
    rg_param_list_reset(&m->params);
    free(m->first);
    free(m->span);
    *m = (rg_clip){0};
}

rg_tensor *rg_clip_image(rg_run *run, const rg_clip *m, const rg_tensor *pixels) {
    rg_tensor *x = rg_vit_states(run, &m->vision, pixels); /* [T, C] */
    rg_tensor *image = rg_tensor_rows_view(run, x, 0, 1);  /* the class token */
    return rg_unit_rows(run, rg_linear(run, image, &m->image_projection, NULL));
}

rg_tensor *rg_clip_text(rg_run *run, const rg_clip *m, const rg_pick *token, int64_t count) {
    const rg_clip_text_config *t = &m->config.text;
    if (count < 1 || count > t->context) {
        return rg_run_fail(run, RGPT_LIMIT, "CLIP: a text of %lld tokens, wanted 1 to %d", (long long)count,
                           t->context);
    }
    const rg_tensor *source[] = {&m->embedding};
    rg_tensor *x = rg_splice(run, source, 1, token, count); /* [T, W] */
    x = rg_add(run, x, rg_tensor_rows_view(run, &m->position, 0, count));
    const rg_visible causal = {m->first, m->span};
    x = rg_encoder_apply(run, &m->text, &causal, x);
    x = rg_layer_norm(run, x, &m->text_gamma, &m->text_beta, t->norm_eps);
    rg_tensor *end = rg_tensor_rows_view(run, x, count - 1, 1); /* the end token has seen them all */
    return rg_unit_rows(run, rg_linear(run, end, &m->text_projection, NULL));
}

rg_tensor *rg_clip_logits(rg_run *run, const rg_clip *m, const rg_tensor *images, const rg_tensor *texts) {
    return rg_similarity(run, images, texts, m->config.scale);
}
