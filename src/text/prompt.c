#include "text/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "text/placeholder.h"

/* A prompt being built. Plain text gathers in `segment` until an item that is no text ends it, and is then
 * tokenised in one go. */
typedef struct builder {
    const rg_prompt_setting *setting;
    rg_prompt *out;
    rg_buffer segment;
    rg_ids ids;      /* of the segment being flushed */
    bool *mentioned; /* [region_count] */
    size_t tag_count;
    bool has_image_tag; /* the first user turn spelled "<image>" out */
    bool is_answer;     /* of the items to come */
    bool after_text;    /* the last item came from text: the next segment goes on where it ended */
    size_t turn;        /* 1 = first; for messages */
    rgpt_error *err;
} builder;

/* ------------------------------------------------------------------ items */

static rgpt_status reserve(builder *b, size_t extra) {
    rg_prompt *p = b->out;
    size_t limit = b->setting->item_limit;
    if (extra > limit || p->count > limit - extra) {
        return rg_fail(b->err, RGPT_LIMIT, "prompt: turn %zu: the conversation is longer than %zu tokens", b->turn,
                       limit);
    }
    if (p->count + extra <= p->allocated) return RGPT_OK;
    size_t grown = p->allocated ? 2 * p->allocated : 256;
    if (grown < p->count + extra) grown = p->count + extra;
    rg_item *items = realloc(p->items, grown * sizeof *items);
    if (!items) return rg_fail_memory(b->err, "prompt", grown * sizeof *items);
    p->items = items;
    p->allocated = grown;
    return RGPT_OK;
}

static rgpt_status add_tokens(builder *b, const int32_t *ids, size_t count) {
    rgpt_status status = reserve(b, count);
    if (status != RGPT_OK) return status;
    for (size_t i = 0; i < count; i++) {
        b->out->items[b->out->count++] = (rg_item){.id = ids[i], .kind = RG_ITEM_TOKEN, .is_answer = b->is_answer};
    }
    return RGPT_OK;
}

static rgpt_status flush(builder *b) {
    if (b->segment.size == 0) return RGPT_OK;
    unsigned mode = RG_ENCODE_PLAIN | (b->after_text ? RG_ENCODE_CONTINUED : 0);
    b->ids.count = 0;
    rgpt_status status =
        rg_tokenizer_encode(b->setting->tokenizer, b->segment.data, b->segment.size, mode, &b->ids, b->err);
    if (status != RGPT_OK) return rg_fail_within(b->err, status, "prompt: turn %zu", b->turn);
    b->segment.size = 0;
    b->after_text = true;
    return add_tokens(b, b->ids.data, b->ids.count);
}

static rgpt_status add_special(builder *b, int32_t id) {
    rgpt_status status = flush(b);
    b->after_text = false;
    return status == RGPT_OK ? add_tokens(b, &id, 1) : status;
}

/* `count` items of one kind with ids from `first` on. */
static rgpt_status add_features(builder *b, rg_item_kind kind, size_t first, size_t count) {
    rgpt_status status = flush(b);
    if (status == RGPT_OK) status = reserve(b, count);
    if (status != RGPT_OK) return status;
    for (size_t i = 0; i < count; i++) {
        b->out->items[b->out->count++] = (rg_item){.id = (int32_t)(first + i), .kind = (uint8_t)kind};
    }
    b->after_text = false;
    return RGPT_OK;
}

static rgpt_status add_plain(builder *b, const char *text, size_t size) {
    return rg_buffer_append(&b->segment, text, size, b->err);
}

/* Text of the template, where special tokens stand by name. The end of turn closes an answer. */
static rgpt_status add_template_text(builder *b, const char *text) {
    const rg_tokenizer *t = b->setting->tokenizer;
    size_t size = strlen(text), from = 0, at;
    int32_t id;
    rgpt_status status = RGPT_OK;
    while (status == RGPT_OK && rg_tokenizer_next_special(t, text, size, from, &at, &id)) {
        status = add_plain(b, text + from, at - from);
        if (status == RGPT_OK) status = add_special(b, id);
        b->is_answer = false;
        from = at + rg_tokenizer_token(t, id).size;
    }
    return status == RGPT_OK ? add_plain(b, text + from, size - from) : status;
}

/* ------------------------------------------------------------------ user turns */

static rgpt_status add_region(builder *b, const char *text, const rg_placeholder *p) {
    size_t count = b->setting->region_count;
    int shown = p->size < 40 ? (int)p->size : 40;
    if (p->is_padded) {
        return rg_fail(b->err, RGPT_INVALID, "prompt: turn %zu: '%.*s': regions are written <region1>, <region2>, ...",
                       b->turn, shown, text + p->at);
    }
    if (p->number == 0 || p->number > count) {
        return rg_fail(b->err, RGPT_INVALID, "prompt: turn %zu: '%.*s', but there %s %zu region%s", b->turn, shown,
                       text + p->at, count == 1 ? "is" : "are", count, count == 1 ? "" : "s");
    }
    if (++b->tag_count > RG_PROMPT_TAG_LIMIT) {
        return rg_fail(b->err, RGPT_LIMIT, "prompt: turn %zu: regions are mentioned more than %d times", b->turn,
                       RG_PROMPT_TAG_LIMIT);
    }
    b->mentioned[p->number - 1] = true;
    return add_features(b, RG_ITEM_REGION, p->number - 1, 1);
}

static rgpt_status misplaced_image(builder *b, size_t at) {
    if (b->setting->image_cells == 0) {
        return rg_fail(b->err, RGPT_INVALID, "prompt: turn %zu: <image> at byte %zu, but there is no image", b->turn,
                       at);
    }
    if (b->has_image_tag) {
        return rg_fail(b->err, RGPT_INVALID, "prompt: turn %zu: another <image> at byte %zu; a conversation has one",
                       b->turn, at);
    }
    return rg_fail(b->err, RGPT_INVALID, "prompt: turn %zu: <image> at byte %zu; it may only open the first user turn",
                   b->turn, at);
}

/* The image and its line break open the first user turn, whether or not the text says so. How much of the text
 * says so goes to *used. */
static rgpt_status open_with_image(builder *b, const rg_turn *turn, size_t *used) {
    rg_placeholder p;
    if (rg_placeholder_next(turn->text, turn->size, 0, &p) && p.is_image && p.at == 0) {
        b->has_image_tag = true;
        *used = p.size;
        if (*used < turn->size && turn->text[*used] == '\n') ++*used;
    }
    rgpt_status status = add_features(b, RG_ITEM_IMAGE, 0, b->setting->image_cells);
    return status == RGPT_OK ? add_plain(b, "\n", 1) : status;
}

static rgpt_status add_user_text(builder *b, const rg_turn *turn, bool is_first) {
    rgpt_status status = RGPT_OK;
    size_t from = 0;
    if (is_first && b->setting->image_cells > 0) status = open_with_image(b, turn, &from);
    rg_placeholder p;
    while (status == RGPT_OK && rg_placeholder_next(turn->text, turn->size, from, &p)) {
        if (p.is_image) return misplaced_image(b, p.at);
        status = add_plain(b, turn->text + from, p.at - from);
        if (status == RGPT_OK) status = add_region(b, turn->text, &p);
        from = p.at + p.size;
    }
    return status == RGPT_OK ? add_plain(b, turn->text + from, turn->size - from) : status;
}

/* ------------------------------------------------------------------ turns */

static rgpt_status add_system(builder *b, const char *text, size_t size) {
    const rg_template *tpl = b->setting->tpl;
    rgpt_status status = add_template_text(b, tpl->turn[RG_ROLE_SYSTEM].prefix);
    if (status == RGPT_OK) status = add_plain(b, text, size);
    return status == RGPT_OK ? add_template_text(b, tpl->turn[RG_ROLE_SYSTEM].suffix) : status;
}

static rgpt_status add_user(builder *b, const rg_turn *turn, const rg_turn *system_inside, bool is_first) {
    const rg_template *tpl = b->setting->tpl;
    rgpt_status status = add_template_text(b, tpl->turn[RG_ROLE_USER].prefix);
    if (status == RGPT_OK && system_inside) status = add_system(b, system_inside->text, system_inside->size);
    if (status == RGPT_OK) status = add_user_text(b, turn, is_first);
    return status == RGPT_OK ? add_template_text(b, tpl->turn[RG_ROLE_USER].suffix) : status;
}

/* What asks for an answer. It ends a segment, because there the model takes over. */
static rgpt_status begin_answer(builder *b) {
    rgpt_status status = add_template_text(b, b->setting->tpl->turn[RG_ROLE_ASSISTANT].prefix);
    return status == RGPT_OK ? flush(b) : status;
}

static rgpt_status add_generated(builder *b, const rg_turn *turn) {
    size_t count = rg_tokenizer_token_count(b->setting->tokenizer);
    for (size_t i = 0; i < turn->id_count; i++) {
        if (turn->ids[i] >= 0 && (size_t)turn->ids[i] < count) continue;
        return rg_fail(b->err, RGPT_INVALID, "prompt: turn %zu: token %d, but there are %zu", b->turn,
                       (int)turn->ids[i], count);
    }
    return add_tokens(b, turn->ids, turn->id_count);
}

/* What the model writes, after the assistant's prefix, and the suffix. */
static rgpt_status add_answer_text(builder *b, const rg_turn *turn) {
    const rg_template *tpl = b->setting->tpl;
    rgpt_status status = RGPT_OK;
    b->is_answer = true;
    if (turn->ids) {
        status = add_generated(b, turn);
    } else {
        status = add_plain(b, tpl->answer_lead, strlen(tpl->answer_lead));
        if (status == RGPT_OK) status = add_plain(b, turn->text, turn->size);
    }
    if (status == RGPT_OK) status = add_template_text(b, tpl->turn[RG_ROLE_ASSISTANT].suffix);
    if (status == RGPT_OK) status = flush(b); /* so that no later turn changes how this one was cut */
    b->is_answer = false;
    return status;
}

static rgpt_status add_answer(builder *b, const rg_turn *turn) {
    rgpt_status status = begin_answer(b);
    return status == RGPT_OK ? add_answer_text(b, turn) : status;
}

/* Whose turn the n-th is (0 = first): an optional system turn, then user, assistant, user, ... */
static rg_role expected_role(const rg_turn *turns, size_t n) {
    bool has_system = turns[0].role == RG_ROLE_SYSTEM;
    if (n == 0 && has_system) return RG_ROLE_SYSTEM;
    return (n - has_system) % 2 == 0 ? RG_ROLE_USER : RG_ROLE_ASSISTANT;
}

static rgpt_status check_turns(const rg_turn *turns, size_t count, rgpt_error *err) {
    if (count == 0 || (count == 1 && turns[0].role == RG_ROLE_SYSTEM)) {
        return rg_fail(err, RGPT_INVALID, "prompt: no user turn");
    }
    for (size_t i = 0; i < count; i++) {
        rg_role expected = expected_role(turns, i);
        if (turns[i].role != expected) {
            return rg_fail(err, RGPT_INVALID, "prompt: turn %zu is the %s's, the %s's wanted", i + 1,
                           (unsigned)turns[i].role < RG_ROLE_COUNT ? rg_role_name(turns[i].role) : "nobody",
                           rg_role_name(expected));
        }
        rgpt_status status = rg_utf8_check("text", turns[i].text, turns[i].size, err);
        if (status != RGPT_OK) return rg_fail_within(err, status, "prompt: turn %zu", i + 1);
    }
    return RGPT_OK;
}

static rgpt_status add_turns(builder *b, const rg_turn *turns, size_t count) {
    const rg_template *tpl = b->setting->tpl;
    rg_special_ids special = rg_tokenizer_special_ids(b->setting->tokenizer);
    bool bos = tpl->bos == RG_BOS_ALWAYS || (tpl->bos == RG_BOS_AS_VOCAB && special.add_bos);
    rgpt_status status = bos && special.bos != RG_TOKEN_NONE ? add_special(b, special.bos) : RGPT_OK;

    bool has_system = turns[0].role == RG_ROLE_SYSTEM;
    rg_turn standard = {.text = tpl->system, .size = tpl->system ? strlen(tpl->system) : 0};
    const rg_turn *system = has_system ? &turns[0] : tpl->system ? &standard : NULL;
    if (status == RGPT_OK && system && !tpl->system_in_user) status = add_system(b, system->text, system->size);

    for (size_t i = has_system; i < count && status == RGPT_OK; i++) {
        bool is_first = i == has_system;
        b->turn = i + 1;
        if (turns[i].role == RG_ROLE_USER) {
            status = add_user(b, &turns[i], is_first && tpl->system_in_user ? system : NULL, is_first);
        } else {
            status = add_answer(b, &turns[i]);
        }
    }
    return status == RGPT_OK && turns[count - 1].role == RG_ROLE_USER ? begin_answer(b) : status;
}

static rgpt_status check_mentioned(const builder *b) {
    if (!b->setting->needs_every_region) return RGPT_OK;
    for (size_t i = 0; i < b->setting->region_count; i++) {
        if (b->mentioned[i]) continue;
        return rg_fail(b->err, RGPT_INVALID, "prompt: <region%zu> is never mentioned, of %zu given", i + 1,
                       b->setting->region_count);
    }
    return RGPT_OK;
}

static builder builder_of(const rg_prompt_setting *setting, rg_prompt *out, rgpt_error *err) {
    return (builder){
        .setting = setting, .out = out, .segment.cap = SIZE_MAX, .ids.cap = SIZE_MAX, .turn = 1, .err = err};
}

/* Frees what the builder worked with; after a failure, what it built too. */
static rgpt_status finish(builder *b, rgpt_status status) {
    free(b->mentioned);
    rg_buffer_reset(&b->segment);
    rg_ids_reset(&b->ids);
    if (status != RGPT_OK) rg_prompt_reset(b->out);
    return status;
}

rgpt_status rg_prompt_build(const rg_prompt_setting *setting, const rg_turn *turns, size_t turn_count, rg_prompt *out,
                            rgpt_error *err) {
    rgpt_status status = check_turns(turns, turn_count, err);
    if (status != RGPT_OK) return status;
    if (setting->image_cells > INT32_MAX || setting->region_count > INT32_MAX) {
        return rg_fail(err, RGPT_LIMIT, "prompt: %zu image cells, %zu regions", setting->image_cells,
                       setting->region_count);
    }
    builder b = builder_of(setting, out, err);
    b.mentioned = calloc(setting->region_count + 1, sizeof *b.mentioned);
    if (!b.mentioned) return rg_fail_memory(err, "prompt", setting->region_count);
    status = add_turns(&b, turns, turn_count);
    return finish(&b, status == RGPT_OK ? check_mentioned(&b) : status);
}

rgpt_status rg_prompt_answer(const rg_template *tpl, const rg_tokenizer *t, const char *text, size_t size, rg_ids *ids,
                             rgpt_error *err) {
    const rg_prompt_setting setting = {.tokenizer = t, .tpl = tpl, .item_limit = SIZE_MAX};
    rg_prompt answer = {0};
    builder b = builder_of(&setting, &answer, err);
    b.after_text = true; /* of the assistant's prefix */
    size_t before = ids->count;
    rgpt_status status = add_answer_text(&b, &(rg_turn){.role = RG_ROLE_ASSISTANT, .text = text, .size = size});
    for (size_t i = 0; i < answer.count && status == RGPT_OK; i++) {
        if (answer.items[i].is_answer) status = rg_ids_append(ids, answer.items[i].id, err);
    }
    if (status != RGPT_OK) ids->count = before;
    status = finish(&b, status);
    rg_prompt_reset(&answer);
    return status;
}

void rg_prompt_reset(rg_prompt *prompt) {
    free(prompt->items);
    *prompt = (rg_prompt){0};
}
