/* Any bytes as text: each pre-tokenizer's ids spell it again, streamed as well as whole, and none of it can become
 * a control token. As a user's turn it becomes a prompt or an error. */
#include <stdlib.h>
#include <string.h>

#include "../unit/toy_vocab.h"
#include "text/prompt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CAP = 1 << 24 };

/* Made at the first input and kept: a fuzzer's process is one long test. */
static const rg_tokenizer *tokenizer_of(size_t index) {
    static const char *const pres[] = {"gpt-2", "smollm", "llama-bpe", "qwen2"};
    static rg_tokenizer *made[sizeof pres / sizeof *pres];
    if (!made[index]) {
        toy_vocab toy;
        toy_vocab_init(&toy);
        toy.vocab.pre = pres[index];
        if (rg_tokenizer_new(&toy.vocab, &made[index], NULL) != RGPT_OK) abort();
    }
    return made[index];
}

static void check_spelling(const rg_tokenizer *t, const rg_ids *ids, const char *text, size_t size) {
    rg_buffer whole = {.cap = CAP}, streamed = {.cap = CAP};
    if (rg_tokenizer_decode(t, ids->data, ids->count, false, &whole, NULL) != RGPT_OK) abort();
    rg_decoder d;
    rg_decoder_init(&d, t, false);
    for (size_t i = 0; i < ids->count; i++) {
        if (rg_tokenizer_is_control(t, ids->data[i])) abort();
        if (rg_decoder_push(&d, ids->data[i], &streamed, NULL) != RGPT_OK) abort();
    }
    if (rg_decoder_finish(&d, &streamed, NULL) != RGPT_OK) abort();
    if (whole.size != size || streamed.size != size) abort();
    if (size && (memcmp(whole.data, text, size) != 0 || memcmp(streamed.data, text, size) != 0)) abort();
    rg_buffer_reset(&whole);
    rg_buffer_reset(&streamed);
}

static void check_text(const rg_tokenizer *t, const char *text, size_t size) {
    rg_ids ids = {.cap = CAP};
    bool is_valid = rg_utf8_valid_size(text, size) == size;
    if ((rg_tokenizer_encode(t, text, size, RG_ENCODE_PLAIN, &ids, NULL) == RGPT_OK) != is_valid) abort();
    if (is_valid) check_spelling(t, &ids, text, size);
    ids.count = 0;
    rg_tokenizer_encode(t, text, size, RG_ENCODE_SPECIALS, &ids, NULL);
    rg_ids_reset(&ids);
}

static void check_prompt(const rg_tokenizer *t, const char *text, size_t size) {
    rg_prompt_setting setting = {.tokenizer = t, .image_cells = 2, .region_count = 3, .item_limit = CAP};
    const rg_turn turns[] = {{.role = RG_ROLE_USER, .text = text, .size = size},
                             {.role = RG_ROLE_ASSISTANT, .text = text, .size = size}};
    if (rg_template_find("vicuna_v1", &setting.tpl, NULL) != RGPT_OK) abort();
    rg_prompt one = {0}, both = {0};
    rgpt_error err = {0};
    rgpt_status status = rg_prompt_build(&setting, turns, 1, &one, &err);
    if ((status == RGPT_OK) != (err.message[0] == '\0')) abort();
    if (rg_prompt_build(&setting, turns, 2, &both, NULL) != status) abort();
    if (one.count > both.count || (status == RGPT_OK && one.count < 3)) abort();
    for (size_t i = 0; i < one.count; i++) {
        if (one.items[i].id != both.items[i].id || one.items[i].kind != both.items[i].kind) abort();
    }
    rg_prompt_reset(&one);
    rg_prompt_reset(&both);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    for (size_t i = 0; i < 4; i++) check_text(tokenizer_of(i), text, size);
    check_prompt(tokenizer_of(size % 4), text, size);
    return 0;
}
