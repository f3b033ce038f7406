/* conversation.c - what was said so far, and the prompt that it makes. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "engine/session.h"

rgpt_status rg_conversation_prompt(const rgpt_session *s, const char *text, rg_prompt *out, rgpt_error *err) {
    *out = (rg_prompt){0};
    size_t count = s->said_count + 1;
    rg_turn *turns = calloc(count, sizeof *turns);
    if (!turns) return rg_fail_memory(err, "conversation", count * sizeof *turns);
    for (size_t i = 0; i < s->said_count; i++) {
        const rg_said *t = &s->said[i];
        turns[i] = (rg_turn){.role = t->role, .text = t->text, .size = t->size, .ids = t->ids, .id_count = t->id_count};
    }
    turns[s->said_count] = (rg_turn){.role = RG_ROLE_USER, .text = text, .size = strlen(text)};
    rg_prompt_setting setting = {
        .tokenizer = s->model->tokenizer,
        .tpl = s->model->tpl,
        .image_cells = s->map ? (size_t)rg_image_tokens(&s->model->net.config) : 0,
        .region_count = s->region_count,
        .item_limit = (size_t)s->context,
    };
    rgpt_status status = rg_prompt_build(&setting, turns, count, out, err);
    free(turns);
    return status;
}

static char *copy_text(const char *text, size_t size) {
    char *copy = malloc(size + 1);
    if (!copy) return NULL;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

rgpt_status rg_conversation_add(rgpt_session *s, const char *question, const char *answer, size_t answer_size,
                                int32_t *ids, size_t id_count, rgpt_error *err) {
    rg_said *grown = rg_array_grow(s->said, &s->said_allocated, s->said_count + 2, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "conversation", (s->said_count + 2) * sizeof *grown);
    s->said = grown;
    rg_said user = {.role = RG_ROLE_USER, .text = copy_text(question, strlen(question)), .size = strlen(question)};
    rg_said assistant = {.role = RG_ROLE_ASSISTANT, .text = copy_text(answer, answer_size), .size = answer_size};
    if (!user.text || !assistant.text) {
        free(user.text);
        free(assistant.text);
        return rg_fail_memory(err, "conversation", user.size + answer_size);
    }
    assistant.ids = ids;
    assistant.id_count = id_count;
    s->said[s->said_count++] = user;
    s->said[s->said_count++] = assistant;
    return RGPT_OK;
}

void rg_conversation_clear(rgpt_session *s) {
    for (size_t i = 0; i < s->said_count; i++) {
        free(s->said[i].text);
        free(s->said[i].ids);
    }
    s->said_count = 0;
}

void rgpt_session_restart(rgpt_session *session) {
    rg_conversation_clear(session);
}

double rg_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}
