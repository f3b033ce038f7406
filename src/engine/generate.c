/* generate.c - rgpt_ask: the answer, token by token, as whole characters. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/session.h"

enum { DEFAULT_TOKENS = 128, TEXT_CAP = 16 << 20, TEXT_PER_TOKEN = 8 };

/* An answer in the making. */
typedef struct speech {
    rgpt_session *s;
    const rgpt_generate_options *options;
    const char *stop_string; /* NULL: a token ends the answer */
    rg_decoder decoder;
    rg_buffer text;
    size_t streamed; /* bytes of text that the callback has had */
    int32_t *ids;    /* [max_tokens] */
    int count, max_tokens;
    rgpt_stop stop;
} speech;

/* The most probable token. A model whose numbers have run away says so instead of babbling. */
static rgpt_status greedy(const rgpt_session *s, int32_t *out, rgpt_error *err) {
    int vocab = s->model->net.config.decoder.vocab, best = 0;
    for (int i = 1; i < vocab; i++) {
        if (s->logits[i] > s->logits[best]) best = i;
    }
    if (!isfinite(s->logits[best])) {
        return rg_fail(err, RGPT_FORMAT, "model: its logits are not finite: its weights are damaged");
    }
    *out = best;
    return RGPT_OK;
}

/* Where the stop string begins, or the text's size. While it could still be beginning at the end, `*hold`
 * bytes there must not be shown yet. */
static size_t find_stop(const speech *p, size_t *hold) {
    *hold = 0;
    if (!p->stop_string || !p->text.data) return p->text.size;
    const char *found = strstr(p->text.data, p->stop_string);
    if (found) return (size_t)(found - p->text.data);
    size_t length = strlen(p->stop_string);
    for (size_t n = length - 1; n > 0; n--) {
        if (n <= p->text.size && memcmp(p->text.data + p->text.size - n, p->stop_string, n) == 0) {
            *hold = n;
            break;
        }
    }
    return p->text.size;
}

/* Hands new text to the callback. False: it asked to stop. */
static bool stream(speech *p, size_t until) {
    if (until <= p->streamed) return true;
    const char *from = p->text.data + p->streamed;
    size_t size = until - p->streamed;
    p->streamed = until;
    return !p->options->on_text || p->options->on_text(p->options->context, from, size);
}

static rgpt_status cancelled(rgpt_error *err) {
    return rg_fail(err, RGPT_CANCELLED, "answer: cancelled");
}

/* One token joins the answer. *done when the stop string is complete. */
static rgpt_status say(speech *p, int32_t id, bool *done, rgpt_error *err) {
    p->ids[p->count++] = id;
    rgpt_status status = rg_decoder_push(&p->decoder, id, &p->text, err);
    if (status != RGPT_OK) return status;
    size_t hold, end = find_stop(p, &hold);
    if (end < p->text.size) {
        p->text.size = end;
        p->text.data[end] = '\0';
        p->stop = RGPT_STOP_STRING;
        *done = true;
    }
    return stream(p, p->text.size - hold) ? RGPT_OK : cancelled(err);
}

static rgpt_status speak(speech *p, rgpt_error *err) {
    rgpt_session *s = p->s;
    p->stop = RGPT_STOP_LENGTH;
    bool done = false;
    while (!done && p->count < p->max_tokens) {
        int32_t id = 0;
        rgpt_status status = greedy(s, &id, err);
        if (status != RGPT_OK) return status;
        if (rg_template_is_stop(s->model->tpl, s->model->tokenizer, id)) {
            p->stop = RGPT_STOP_EOS;
            break;
        }
        status = say(p, id, &done, err);
        /* The token after the last one is not wanted, so the last one is not computed either. */
        bool more = !done && p->count < p->max_tokens && s->item_count < (size_t)s->context;
        if (status == RGPT_OK && more) status = rg_timeline_push(s, (rg_item){.id = id, .kind = RG_ITEM_TOKEN}, err);
        if (status != RGPT_OK) return status;
        if (!more) break;
    }
    rgpt_status status = rg_decoder_finish(&p->decoder, &p->text, err);
    if (status != RGPT_OK) return status;
    return stream(p, p->text.size) ? RGPT_OK : cancelled(err);
}

static rgpt_status speech_open(speech *p, rgpt_session *s, const rgpt_generate_options *options, rgpt_error *err) {
    *p = (speech){.s = s, .options = options, .text = {.cap = TEXT_CAP}};
    p->max_tokens = options->max_tokens ? options->max_tokens : DEFAULT_TOKENS;
    if (p->max_tokens < 0) return rg_fail(err, RGPT_INVALID, "answer: max_tokens %d, wanted at least 1", p->max_tokens);
    if (p->max_tokens > s->context) p->max_tokens = s->context;
    p->stop_string = rg_template_stop_string(s->model->tpl, s->model->tokenizer);
    rg_decoder_init(&p->decoder, s->model->tokenizer, s->model->tpl->answer_lead[0] == ' ');
    p->ids = calloc((size_t)p->max_tokens, sizeof *p->ids);
    if (!p->ids) return rg_fail_memory(err, "answer", (size_t)p->max_tokens * sizeof *p->ids);
    return rg_buffer_reserve(&p->text, (size_t)p->max_tokens * TEXT_PER_TOKEN, err);
}

/* What was generated is the caller's, whatever became of the call. */
static void fill_answer(speech *p, rgpt_answer *out) {
    out->text = p->text.data;
    out->text_size = p->text.size;
    out->stop = p->stop;
    out->usage.generated_tokens = p->count;
    p->text = (rg_buffer){0};
}

static rgpt_status answer(rgpt_session *s, const char *text, const rg_prompt *prompt, speech *p, rgpt_answer *out,
                          rgpt_error *err) {
    double start = rg_now_ms();
    size_t kept = 0;
    rgpt_status status = rg_timeline_set(s, prompt->items, prompt->count, &kept, err);
    double prefilled = rg_now_ms();
    out->usage.prompt_tokens = (int)prompt->count;
    out->usage.cached_tokens = (int)kept;
    out->usage.prefill_ms = prefilled - start;
    if (status == RGPT_OK) status = speak(p, err);
    out->usage.decode_ms = rg_now_ms() - prefilled;
    if (status == RGPT_OK) {
        status = rg_conversation_add(s, text, p->text.data, p->text.size, p->ids, (size_t)p->count, err);
    }
    if (status == RGPT_OK) p->ids = NULL; /* the conversation's now */
    return status;
}

rgpt_status rgpt_ask(rgpt_session *s, const char *text, const rgpt_generate_options *options, rgpt_answer *out,
                     rgpt_error *err) {
    static const rgpt_generate_options defaults;
    rg_error_clear(err);
    *out = (rgpt_answer){0};
    rg_prompt prompt = {0};
    speech p;
    rgpt_status status = speech_open(&p, s, options ? options : &defaults, err);
    if (status == RGPT_OK) status = rg_conversation_prompt(s, text, &prompt, err);
    if (status == RGPT_OK && prompt.count + (size_t)p.max_tokens > (size_t)s->context) {
        p.max_tokens = (int)((size_t)s->context - prompt.count) + 1;
    }
    if (status == RGPT_OK) status = rg_session_reserve(s, (int64_t)(prompt.count + (size_t)p.max_tokens), err);
    if (status == RGPT_OK) status = answer(s, text, &prompt, &p, out, err);
    fill_answer(&p, out);
    free(p.ids);
    rg_prompt_reset(&prompt);
    return status;
}

void rgpt_answer_reset(rgpt_answer *answer) {
    free(answer->text);
    *answer = (rgpt_answer){0};
}
