/* vocab_gguf.h - the vocabulary and the chat template that a GGUF file carries (keys tokenizer.*). */
#ifndef RG_MODEL_VOCAB_GGUF_H
#define RG_MODEL_VOCAB_GGUF_H

#include "io/gguf.h"
#include "text/template.h"
#include "text/vocab.h"

/* Names the built-in template that a RegionGPT file was trained with (template.h). */
#define RG_GGUF_TEMPLATE_KEY "regiongpt.template"

typedef struct rg_vocab_gguf {
    rg_vocab vocab; /* points into the arrays below and, for the spellings, into the file */
    rg_text *tokens, *merges;
    int32_t *types;
    float *scores;
} rg_vocab_gguf;

/* Models "gpt2" and "llama"; others are RGPT_UNSUPPORTED. Only what the keys are is checked here; whether they
 * fit together is for rg_tokenizer_new. The file must stay open until the description is no longer needed.
 * After a failure `out` is empty. */
rgpt_status rg_vocab_gguf_init(rg_vocab_gguf *out, const rg_gguf *g, rgpt_error *err);
void rg_vocab_gguf_reset(rg_vocab_gguf *v);

/* Both steps in one: the tokenizer keeps nothing of the file. */
rgpt_status rg_tokenizer_from_gguf(const rg_gguf *g, rg_tokenizer **out, rgpt_error *err);

/* The template that RG_GGUF_TEMPLATE_KEY names, else the one that tokenizer.chat_template is recognised as;
 * *out = NULL where the file says nothing that is known here: the user must choose. */
rgpt_status rg_template_from_gguf(const rg_gguf *g, const rg_template **out, rgpt_error *err);

#endif
