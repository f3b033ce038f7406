/* Memory failures in tokenizers and prompts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../unit/toy_spm.h"
#include "text/label_tree.h"
#include "text/prompt.h"
#include "text/vocab_json.h"
#include "text/vocab_spm.h"
#include "torture.h"

#define TEXT(literal)                                                                                                  \
    { literal, sizeof(literal) - 1 }

/* "\xC4\xA0" is GPT-2's letter for a space. */
static const rg_text tokens[] = {
    TEXT("a"),
    TEXT("b"),
    TEXT("c"),
    TEXT("\xC4\xA0"),
    TEXT("ab"),
    TEXT("\xC4\xA0"
         "ab"),
    TEXT("<|im_end|>"),
};
static const int32_t types[] = {
    RG_TOKEN_NORMAL, RG_TOKEN_NORMAL, RG_TOKEN_NORMAL,  RG_TOKEN_NORMAL,
    RG_TOKEN_NORMAL, RG_TOKEN_NORMAL, RG_TOKEN_CONTROL,
};
static const rg_text merges[] = {TEXT("a b"), TEXT("\xC4\xA0 ab")};

static const rg_vocab vocab = {
    .kind = RG_VOCAB_BYTE_BPE,
    .token_count = 7,
    .tokens = tokens,
    .type_count = 7,
    .types = types,
    .merge_count = 2,
    .merges = merges,
    .bos = RG_TOKEN_NONE,
    .eos = 6,
    .unknown = RG_TOKEN_NONE,
    .pad = RG_TOKEN_NONE,
};

static rgpt_status tokenizer_story(void *what, rgpt_error *err) {
    (void)what;
    static const char text[] = "ab abc ab<|im_end|>";
    rg_tokenizer *t;
    rgpt_status status = rg_tokenizer_new(&vocab, &t, err);
    if (status != RGPT_OK) return status;
    rg_ids ids = {.cap = 100};
    rg_buffer back = {.cap = 100};
    status = rg_tokenizer_encode(t, text, strlen(text), RG_ENCODE_SPECIALS, &ids, err);
    if (status == RGPT_OK) status = rg_tokenizer_decode(t, ids.data, ids.count, true, &back, err);
    if (status == RGPT_OK) assert_string_equal(back.data, text);
    rg_buffer_reset(&back);
    rg_ids_reset(&ids);
    rg_tokenizer_free(t);
    return status;
}

static rgpt_status sentencepiece_story(void *what, rgpt_error *err) {
    (void)what;
    rg_vocab_spm v;
    rgpt_status status = rg_vocab_spm_init(&v, toy_spm, TOY_SPM_SIZE, err);
    if (status != RGPT_OK) return status;
    rg_tokenizer *t;
    status = rg_tokenizer_new(&v.vocab, &t, err);
    rg_vocab_spm_reset(&v);
    if (status != RGPT_OK) return status;
    rg_ids ids = {.cap = 100};
    status = rg_tokenizer_encode(t, "ab b\nx", 6, RG_ENCODE_PLAIN, &ids, err);
    rg_ids_reset(&ids);
    rg_tokenizer_free(t);
    return status;
}

static rgpt_status clip_story(void *what, rgpt_error *err) {
    (void)what;
    const rg_text vocab_json = TEXT("{\"a\": 0, \"b</w>\": 1, \"ab</w>\": 2}"), merges_txt = TEXT("a b</w>\n");
    rg_vocab_json v;
    rgpt_status status = rg_vocab_json_init(&v, vocab_json, merges_txt, err);
    if (status != RGPT_OK) return status;
    rg_tokenizer *t;
    status = rg_tokenizer_new(&v.vocab, &t, err);
    rg_vocab_json_reset(&v);
    if (status != RGPT_OK) return status;
    rg_ids ids = {.cap = 100};
    status = rg_tokenizer_encode(t, "AB b", 4, RG_ENCODE_PLAIN, &ids, err);
    rg_ids_reset(&ids);
    rg_tokenizer_free(t);
    return status;
}

static rgpt_status prompt_story(void *what, rgpt_error *err) {
    (void)what;
    const rg_turn turns[] = {
        {.role = RG_ROLE_USER, .text = "a <region1> b", .size = 13},
        {.role = RG_ROLE_ASSISTANT, .ids = (int32_t[]){4, 3}, .id_count = 2},
        {.role = RG_ROLE_USER, .text = "c<region2>", .size = 10},
    };
    rg_tokenizer *t;
    rgpt_status status = rg_tokenizer_new(&vocab, &t, err);
    if (status != RGPT_OK) return status;
    rg_prompt_setting setting = {.tokenizer = t, .image_cells = 4, .region_count = 2, .item_limit = 1000};
    rg_prompt prompt = {0};
    status = rg_template_find("plain", &setting.tpl, err);
    if (status == RGPT_OK) status = rg_prompt_build(&setting, turns, 3, &prompt, err);
    rg_prompt_reset(&prompt);
    rg_tokenizer_free(t);
    return status;
}

static rgpt_status label_story(void *what, rgpt_error *err) {
    (void)what;
    const rg_label labels[] = {
        {"ab", (int32_t[]){4, 6}, 2}, {"abab", (int32_t[]){4, 4, 6}, 3}, {"c", (int32_t[]){2, 6}, 2}};
    rg_label_tree tree;
    rgpt_status status = rg_label_tree_init(&tree, labels, 3, 100, err);
    rg_label_tree_reset(&tree);
    return status;
}

static void tokenizers_survive_full_memory(void **state) {
    (void)state;
    torture_memory(tokenizer_story, NULL, 0);
    torture_memory(sentencepiece_story, NULL, 0);
    torture_memory(clip_story, NULL, 0);
}

static void prompts_survive_full_memory(void **state) {
    (void)state;
    torture_memory(prompt_story, NULL, 0);
}

static void label_trees_survive_full_memory(void **state) {
    (void)state;
    torture_memory(label_story, NULL, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokenizers_survive_full_memory),
        cmocka_unit_test(prompts_survive_full_memory),
        cmocka_unit_test(label_trees_survive_full_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
