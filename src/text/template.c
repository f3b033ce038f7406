#include "text/template.h"

#include <string.h>

/* OpenAI's chat markup language, as Qwen, SmolLM2 and many others use it; they differ in the system text. */
#define CHATML                                                                                                         \
    .special = {"<|im_start|>", "<|im_end|>"}, .answer_lead = "", .end_of_turn = "<|im_end|>",                         \
    .turn = {[RG_ROLE_SYSTEM] = {"<|im_start|>system\n", "<|im_end|>\n"},                                              \
             [RG_ROLE_USER] = {"<|im_start|>user\n", "<|im_end|>\n"},                                                  \
             [RG_ROLE_ASSISTANT] = {"<|im_start|>assistant\n", "<|im_end|>\n"}}

static const rg_template templates[] = {
    {.name = "chatml", .system = "You are a helpful assistant.", CHATML},
    {.name = "chatml_nosystem", CHATML},
    {.name = "smollm2", .system = "You are a helpful AI assistant named SmolLM, trained by Hugging Face", CHATML},
    {.name = "vicuna_v1", /* FastChat's conversation "vicuna_v1.1", LLaVA-1.5's "vicuna_v1" */
     .special = {"</s>"},
     .system = "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, "
               "detailed, and polite answers to the user's questions.",
     .bos = RG_BOS_ALWAYS,
     .turn =
         {[RG_ROLE_SYSTEM] = {"", " "}, [RG_ROLE_USER] = {"USER: ", " "}, [RG_ROLE_ASSISTANT] = {"ASSISTANT:", "</s>"}},
     .answer_lead = " ",
     .end_of_turn = "</s>"},
    {.name = "llama_2", /* every exchange is a sequence of its own, from <s> to </s> */
     .special = {"<s>", "</s>"},
     .system_in_user = true,
     .turn = {[RG_ROLE_SYSTEM] = {"<<SYS>>\n", "\n<</SYS>>\n\n"},
              [RG_ROLE_USER] = {"<s>[INST] ", " [/INST]"},
              [RG_ROLE_ASSISTANT] = {"", " </s>"}},
     .answer_lead = " ",
     .end_of_turn = "</s>"},
    {.name = "llama_3",
     .special = {"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"},
     .bos = RG_BOS_ALWAYS,
     .turn = {[RG_ROLE_SYSTEM] = {"<|start_header_id|>system<|end_header_id|>\n\n", "<|eot_id|>"},
              [RG_ROLE_USER] = {"<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>"},
              [RG_ROLE_ASSISTANT] = {"<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>"}},
     .answer_lead = "",
     .end_of_turn = "<|eot_id|>"},
    {.name = "plain", /* no roles: a line each, for base models and the pre-training stage */
     .bos = RG_BOS_AS_VOCAB,
     .turn = {[RG_ROLE_SYSTEM] = {"", "\n"}, [RG_ROLE_USER] = {"", "\n"}, [RG_ROLE_ASSISTANT] = {"", "\n"}},
     .answer_lead = "",
     .end_of_turn = "\n"},
};
enum { TEMPLATE_COUNT = sizeof templates / sizeof *templates };

const char *rg_role_name(rg_role role) {
    static const char *const names[RG_ROLE_COUNT] = {"system", "user", "assistant"};
    return names[role];
}

static const rg_template *find(const char *name) {
    for (size_t i = 0; i < TEMPLATE_COUNT; i++) {
        if (strcmp(templates[i].name, name) == 0) return &templates[i];
    }
    return NULL;
}

rgpt_status rg_template_find(const char *name, const rg_template **out, rgpt_error *err) {
    *out = find(name);
    if (*out) return RGPT_OK;
    rg_buffer known = {.cap = 1024};
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < TEMPLATE_COUNT && status == RGPT_OK; i++) {
        status = rg_buffer_format(&known, err, "%s%s", i ? ", " : "", templates[i].name);
    }
    if (status == RGPT_OK) status = rg_fail(err, RGPT_INVALID, "template: '%s', one of %s wanted", name, known.data);
    rg_buffer_reset(&known);
    return status;
}

const rg_template *rg_template_recognise(const char *jinja, size_t size) {
    /* The first row of which every marker occurs. */
    static const struct {
        const char *marker[2], *name;
    } rows[] = {
        {{"<|im_start|>", "named SmolLM"}, "smollm2"},
        {{"<|im_start|>", "You are a helpful assistant"}, "chatml"},
        {{"<|im_start|>", "<|im_end|>"}, "chatml_nosystem"},
        {{"<|start_header_id|>", "<|eot_id|>"}, "llama_3"},
        {{"[INST]", "<<SYS>>"}, "llama_2"},
        {{"USER:", "ASSISTANT:"}, "vicuna_v1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t found = 0;
        for (size_t k = 0; k < 2; k++) {
            found += memmem(jinja, size, rows[i].marker[k], strlen(rows[i].marker[k])) != NULL;
        }
        if (found == 2) return find(rows[i].name);
    }
    return NULL;
}

static int32_t special(const rg_tokenizer *t, const char *name) {
    return rg_tokenizer_special(t, name, strlen(name));
}

rgpt_status rg_template_check(const rg_template *tpl, const rg_tokenizer *t, rgpt_error *err) {
    for (size_t i = 0; i < RG_TEMPLATE_SPECIAL_LIMIT && tpl->special[i]; i++) {
        if (special(t, tpl->special[i]) != RG_TOKEN_NONE) continue;
        return rg_fail(err, RGPT_INVALID, "template '%s': the vocabulary has no special token '%s'", tpl->name,
                       tpl->special[i]);
    }
    return RGPT_OK;
}

int32_t rg_template_end_token(const rg_template *tpl, const rg_tokenizer *t) {
    int32_t id = special(t, tpl->end_of_turn);
    return id != RG_TOKEN_NONE ? id : rg_tokenizer_special_ids(t).eos;
}

bool rg_template_is_stop(const rg_template *tpl, const rg_tokenizer *t, int32_t id) {
    return id != RG_TOKEN_NONE && (id == rg_template_end_token(tpl, t) || id == rg_tokenizer_special_ids(t).eos);
}

const char *rg_template_stop_string(const rg_template *tpl, const rg_tokenizer *t) {
    return special(t, tpl->end_of_turn) == RG_TOKEN_NONE ? tpl->end_of_turn : NULL;
}
