/* vocab.json and merges.txt: what is read from the pair, and what is no vocabulary. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "text/tokenizer.h"
#include "text/vocab_json.h"

static rg_text text_of(const char *text) {
    return (rg_text){text, strlen(text)};
}

static const char clip_vocab[] =
    "{\"<|endoftext|>\": 5, \"a\": 0, \"b</w>\": 3, \"a</w>\": 2, \"b\": 1, \"ab</w>\": 4}";

static void clip_is_recognised(void **state) {
    (void)state;
    rg_vocab_json v;
    assert_int_equal(rg_vocab_json_init(&v, text_of(clip_vocab), text_of("#version: 0.2\r\na b</w>\r\n"), NULL),
                     RGPT_OK);
    assert_string_equal(v.vocab.pre, "clip");
    assert_int_equal(v.vocab.token_count, 6);
    assert_int_equal(v.vocab.merge_count, 1);
    assert_int_equal(v.vocab.eos, 5);
    assert_int_equal(v.vocab.bos, RG_TOKEN_NONE);
    rg_tokenizer *t;
    assert_int_equal(rg_tokenizer_new(&v.vocab, &t, NULL), RGPT_OK);
    rg_vocab_json_reset(&v);

    static const int32_t wanted[] = {4, 0, 0, 2, 4, 5}; /* "ab", "aaa", "ab", <|endoftext|> */
    const char *text = " AB  aAa\tab <|endoftext|>";
    rg_ids ids = {.cap = 10};
    assert_int_equal(rg_tokenizer_encode(t, text, strlen(text), RG_ENCODE_SPECIALS, &ids, NULL), RGPT_OK);
    assert_int_equal(ids.count, 6);
    for (size_t i = 0; i < ids.count; i++) assert_int_equal(ids.data[i], wanted[i]);
    rg_ids_reset(&ids);
    rg_tokenizer_free(t);
}

static void merges_are_lines(void **state) {
    (void)state;
    rg_vocab_json v;
    const char *merges = "# #\n\na b\r\n#version x";
    assert_int_equal(rg_vocab_json_init(&v, text_of("{}"), text_of(merges), NULL), RGPT_OK);
    assert_string_equal(v.vocab.pre, "gpt-2");
    assert_int_equal(v.vocab.merge_count, 3);
    assert_int_equal(v.vocab.merges[1].size, 3);
    assert_memory_equal(v.vocab.merges[2].data, "#version x", 10);
    rg_vocab_json_reset(&v);
}

static void what_is_no_vocabulary_is_refused(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"", "its byte 0"},
        {"[]", "not an object"},
        {"{\"a\": 0, \"a\": 1}", "vocab.json: duplicate"},
        {"{\"a\": 0, \"b\": 0}", "tokens 'a' and 'b' both have id 0"},
        {"{\"a\": 0, \"b\": 2}", "token 'b': an id below 2"},
        {"{\"a\": -1}", "token 'a': an id below 1"},
        {"{\"a\": 0.5}", "token 'a': an id below 1"},
        {"{\"a\": \"0\"}", "token 'a': an id below 1"},
        {"{\"a\\u0000\": 0}", "vocab.json: NUL byte"},
        {"{\"\\ud800\": 0}", "vocab.json: invalid Unicode"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rg_vocab_json v;
        rgpt_error err = {0};
        assert_int_equal(rg_vocab_json_init(&v, text_of(rows[i][0]), text_of(""), &err), RGPT_FORMAT);
        if (!strstr(err.message, rows[i][1])) fail_msg("'%s' does not say '%s'", err.message, rows[i][1]);
        assert_null(v.root);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clip_is_recognised),
        cmocka_unit_test(merges_are_lines),
        cmocka_unit_test(what_is_no_vocabulary_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
