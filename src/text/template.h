/* template.h - chat templates as data: what stands around each turn of a conversation.
 *
 * A turn becomes  prefix + text + suffix  of its role. The assistant's prefix alone, at the end, asks the
 * model for an answer. Special tokens stand in these strings by name ("<|im_start|>"). No template that
 * came with a file is ever executed (CVE-2024-34359); its source text is only searched for the markers of
 * a built-in one. SPEC.md section 3 lists the forms.
 */
#ifndef RG_TEXT_TEMPLATE_H
#define RG_TEXT_TEMPLATE_H

#include "text/tokenizer.h"

typedef enum rg_role { RG_ROLE_SYSTEM, RG_ROLE_USER, RG_ROLE_ASSISTANT, RG_ROLE_COUNT } rg_role;

const char *rg_role_name(rg_role role); /* "system", "user", "assistant" */

/* Whether a conversation starts with the vocabulary's beginning-of-sequence token. */
typedef enum rg_template_bos {
    RG_BOS_NEVER,
    RG_BOS_ALWAYS,  /* where the vocabulary has one */
    RG_BOS_AS_VOCAB /* where the vocabulary says that a text starts with it */
} rg_template_bos;

enum { RG_TEMPLATE_SPECIAL_LIMIT = 3 };

typedef struct rg_template {
    const char *name;
    const char *special[RG_TEMPLATE_SPECIAL_LIMIT]; /* the special tokens below, which a vocabulary must have */
    const char *system;  /* system text when the conversation brings none; NULL: then no system turn */
    bool system_in_user; /* the system turn stands inside the first user turn, after its prefix */
    rg_template_bos bos;
    struct {
        const char *prefix, *suffix;
    } turn[RG_ROLE_COUNT];
    const char *answer_lead; /* what the model writes between the assistant's prefix and its text: " " or "" */
    const char *end_of_turn; /* special token (by name) or text that ends an answer */
} rg_template;

/* "chatml", "chatml_nosystem", "smollm2", "vicuna_v1", "llama_2", "llama_3", "plain". RGPT_INVALID, listing
 * them, for another name. */
rgpt_status rg_template_find(const char *name, const rg_template **out, rgpt_error *err);

/* Recognises the source text of a Jinja template (GGUF's tokenizer.chat_template); NULL if it is none of
 * ours. */
const rg_template *rg_template_recognise(const char *jinja, size_t size);

/* RGPT_INVALID unless the vocabulary has every special token the template names. */
rgpt_status rg_template_check(const rg_template *tpl, const rg_tokenizer *t, rgpt_error *err);

/* The token that ends an answer: `end_of_turn` where it is one token, else the vocabulary's eos, else
 * RG_TOKEN_NONE. */
int32_t rg_template_end_token(const rg_template *tpl, const rg_tokenizer *t);

/* Whether generation ends at this token: the template's end of turn or the vocabulary's eos. */
bool rg_template_is_stop(const rg_template *tpl, const rg_tokenizer *t, int32_t id);

/* The text that ends an answer where `end_of_turn` is no special token of this vocabulary, else NULL. */
const char *rg_template_stop_string(const rg_template *tpl, const rg_tokenizer *t);

#endif
