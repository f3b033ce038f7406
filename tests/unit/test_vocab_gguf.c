/* Vocabulary and template out of a GGUF file: what is read, and what is told when a file does not fit together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/gguf_writer.h"
#include "model/vocab_gguf.h"
#include "toy_vocab.h"

/* What a file of the toy vocabulary says; changed by a test before it is written. */
typedef struct content {
    const char *model, *pre, *template_name, *jinja;
    size_t token_count, type_count, score_count; /* 0: the key is left out */
    uint32_t eos;
} content;

static const content usual = {
    .model = "gpt2", .pre = "smollm", .token_count = TOY_COUNT, .type_count = TOY_COUNT, .eos = TOY_EOS};

static void put_texts(rg_gguf_writer *w, const char *key, const rg_text *texts, size_t count) {
    rg_gguf_text copy[TOY_COUNT];
    for (size_t i = 0; i < count; i++) copy[i] = (rg_gguf_text){texts[i].data, texts[i].size};
    rg_gguf_put_text_array(w, key, copy, count);
}

static rg_gguf *file_of(const content *c) {
    char path[] = "/tmp/rg_vocab_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    toy_vocab toy;
    toy_vocab_init(&toy);
    float scores[TOY_COUNT] = {0};
    rg_gguf_writer *w;
    assert_int_equal(rg_gguf_writer_open(path, &w, NULL), RGPT_OK);
    if (c->model) rg_gguf_put_string(w, "tokenizer.ggml.model", c->model);
    if (c->pre) rg_gguf_put_string(w, "tokenizer.ggml.pre", c->pre);
    if (c->token_count) put_texts(w, "tokenizer.ggml.tokens", toy.tokens, c->token_count);
    if (c->type_count) rg_gguf_put_i32_array(w, "tokenizer.ggml.token_type", toy.types, c->type_count);
    if (c->score_count) rg_gguf_put_f32_array(w, "tokenizer.ggml.scores", scores, c->score_count);
    put_texts(w, "tokenizer.ggml.merges", toy.merges, TOY_MERGE_COUNT);
    rg_gguf_put_u32(w, "tokenizer.ggml.eos_token_id", c->eos);
    if (c->template_name) rg_gguf_put_string(w, RG_GGUF_TEMPLATE_KEY, c->template_name);
    if (c->jinja) rg_gguf_put_string(w, "tokenizer.chat_template", c->jinja);
    assert_int_equal(rg_gguf_writer_begin(w, NULL), RGPT_OK);
    assert_int_equal(rg_gguf_writer_commit(w, NULL), RGPT_OK);
    rg_gguf *g;
    assert_int_equal(rg_gguf_open(path, &g, NULL), RGPT_OK);
    unlink(path);
    return g;
}

static void a_vocabulary_is_read(void **state) {
    (void)state;
    rg_gguf *g = file_of(&usual);
    rg_vocab_gguf v;
    assert_int_equal(rg_vocab_gguf_init(&v, g, NULL), RGPT_OK);
    assert_string_equal(v.vocab.pre, "smollm");
    assert_int_equal(v.vocab.merge_count, TOY_MERGE_COUNT);
    assert_int_equal(v.vocab.bos, RG_TOKEN_NONE);
    rg_vocab_gguf_reset(&v);
    rg_tokenizer *t;
    assert_int_equal(rg_tokenizer_from_gguf(g, &t, NULL), RGPT_OK);
    rg_gguf_close(g); /* the tokenizer keeps nothing of it */
    assert_int_equal(rg_tokenizer_special_ids(t).eos, TOY_EOS);
    assert_int_equal(rg_tokenizer_special(t, "<|im_start|>", 12), TOY_IM_START);
    rg_ids ids = {.cap = 10};
    assert_int_equal(rg_tokenizer_encode(t, "hello world", 11, RG_ENCODE_PLAIN, &ids, NULL), RGPT_OK);
    assert_int_equal(ids.count, 2);
    rg_ids_reset(&ids);
    rg_tokenizer_free(t);
}

static void expect_refusal(const content *c, rgpt_status wanted, const char *words) {
    rg_gguf *g = file_of(c);
    rg_tokenizer *t;
    rgpt_error err = {0};
    assert_int_equal(rg_tokenizer_from_gguf(g, &t, &err), wanted);
    assert_null(t);
    if (!strstr(err.message, words)) fail_msg("'%s' does not say '%s'", err.message, words);
    rg_gguf_close(g);
}

static void what_does_not_fit_together_is_refused(void **state) {
    (void)state;
    content c = usual;
    c.model = NULL;
    expect_refusal(&c, RGPT_FORMAT, "'tokenizer.ggml.model'");
    c.model = "bert";
    expect_refusal(&c, RGPT_UNSUPPORTED, "found 'bert', wanted 'gpt2' or 'llama'");
    c = usual;
    c.pre = "falcon";
    expect_refusal(&c, RGPT_UNSUPPORTED, "'falcon'");
    c = usual;
    c.token_count = 0;
    expect_refusal(&c, RGPT_FORMAT, "'tokenizer.ggml.tokens'");
    c = usual;
    c.type_count = 7;
    expect_refusal(&c, RGPT_FORMAT, "7 types for 272 tokens");
    c = usual;
    c.eos = TOY_COUNT;
    expect_refusal(&c, RGPT_FORMAT, "eos token 272, but there are 272");
    c = usual;
    c.model = "llama";
    c.score_count = 3;
    expect_refusal(&c, RGPT_FORMAT, "3 scores for 272 tokens");
}

static void expect_template(const content *c, rgpt_status wanted, const char *name) {
    rg_gguf *g = file_of(c);
    const rg_template *tpl;
    assert_int_equal(rg_template_from_gguf(g, &tpl, NULL), wanted);
    if (name) {
        assert_string_equal(tpl->name, name);
    } else {
        assert_null(tpl);
    }
    rg_gguf_close(g);
}

static void the_template_is_named_or_recognised(void **state) {
    (void)state;
    content c = usual;
    expect_template(&c, RGPT_OK, NULL);
    c.jinja = "{{ '<|im_start|>' }} {{ '<|im_end|>' }}";
    expect_template(&c, RGPT_OK, "chatml_nosystem");
    c.template_name = "vicuna_v1"; /* what the file was trained with goes before what its decoder came with */
    expect_template(&c, RGPT_OK, "vicuna_v1");
    c.template_name = "unheard-of";
    expect_template(&c, RGPT_INVALID, NULL);
    c.template_name = NULL;
    c.jinja = "{% for message in messages %}";
    expect_template(&c, RGPT_OK, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vocabulary_is_read),
        cmocka_unit_test(what_does_not_fit_together_is_refused),
        cmocka_unit_test(the_template_is_named_or_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
