/* sentencepiece model files: what is read from one, and that nothing malformed gets through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "text/tokenizer.h"
#include "text/vocab_spm.h"
#include "toy_spm.h"

static void the_fields_are_read(void **state) {
    (void)state;
    rg_vocab_spm v;
    assert_int_equal(rg_vocab_spm_init(&v, toy_spm, TOY_SPM_SIZE, NULL), RGPT_OK);
    assert_int_equal(v.vocab.kind, RG_VOCAB_SPM_BPE);
    assert_int_equal(v.vocab.token_count, TOY_SPM_COUNT);
    assert_int_equal(v.vocab.tokens[3].size, 2);
    assert_memory_equal(v.vocab.tokens[3].data, "ab", 2);
    assert_int_equal(v.vocab.types[0], RG_TOKEN_UNKNOWN);
    assert_int_equal(v.vocab.types[1], RG_TOKEN_NORMAL);
    assert_int_equal(v.vocab.types[4], RG_TOKEN_BYTE);
    assert_true(v.vocab.scores[1] == -1 && v.vocab.scores[2] == -2);
    assert_true(v.vocab.add_space_prefix);
    assert_int_equal(v.vocab.bos, 1);

    rg_tokenizer *t;
    assert_int_equal(rg_tokenizer_new(&v.vocab, &t, NULL), RGPT_OK);
    rg_vocab_spm_reset(&v);
    rg_ids ids = {.cap = 10};
    assert_int_equal(rg_tokenizer_encode(t, "ab\n", 3, RG_ENCODE_CONTINUED, &ids, NULL), RGPT_OK);
    assert_int_equal(ids.count, 2);
    assert_int_equal(ids.data[0], 3);
    assert_int_equal(ids.data[1], 4);
    rg_ids_reset(&ids);
    rg_tokenizer_free(t);
}

static void truncation_anywhere_is_refused(void **state) {
    (void)state;
    for (size_t size = 0; size < TOY_SPM_SIZE; size++) {
        rg_vocab_spm v;
        rgpt_error err = {0};
        assert_int_equal(rg_vocab_spm_init(&v, toy_spm, size, &err), RGPT_FORMAT);
        assert_non_null(strstr(err.message, "tokenizer.model: "));
        assert_null(v.tokens);
    }
}

/* Whatever a changed bit makes of the file, reading ends in a tokenizer or in an error. */
static void flipped_bits_do_no_harm(void **state) {
    (void)state;
    for (size_t bit = 0; bit < 8 * (size_t)TOY_SPM_SIZE; bit++) {
        char bytes[TOY_SPM_SIZE];
        memcpy(bytes, toy_spm, sizeof bytes);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        rg_vocab_spm v;
        rgpt_error err = {0};
        rg_tokenizer *t = NULL;
        if (rg_vocab_spm_init(&v, bytes, sizeof bytes, &err) == RGPT_OK) {
            if (rg_tokenizer_new(&v.vocab, &t, &err) != RGPT_OK) assert_true(err.message[0] != '\0');
            rg_vocab_spm_reset(&v);
        }
        rg_tokenizer_free(t);
    }
}

static void expect_status(const char *bytes, size_t size, rgpt_status wanted, const char *words) {
    rg_vocab_spm v;
    rgpt_error err = {0};
    assert_int_equal(rg_vocab_spm_init(&v, bytes, size, &err), wanted);
    if (!strstr(err.message, words)) fail_msg("'%s' does not say '%s'", err.message, words);
}

static void other_models_are_told_apart(void **state) {
    (void)state;
#define EXPECT(bytes, wanted, words) expect_status(bytes, sizeof(bytes) - 1, wanted, words)
    EXPECT("\x12\x02\x18\x01\x1A\x02\x20\x00", RGPT_UNSUPPORTED, "model type 1");
    EXPECT("\x12\x02\x18\x02\x1A\x02\x20\x01", RGPT_UNSUPPORTED, "normaliser");
    EXPECT("\x12\x02\x18\x02\x1A\x05\x20\x00\x12\x01x", RGPT_UNSUPPORTED, "normaliser");
    EXPECT("\x1A\x02\x20\x00", RGPT_FORMAT, "no trainer spec");
    EXPECT("\x12\x02\x18\x02", RGPT_FORMAT, "no normalizer spec");
    EXPECT("\x0B", RGPT_FORMAT, "malformed");                                          /* a group */
    EXPECT("\x00\x00", RGPT_FORMAT, "malformed");                                      /* field number 0 */
    EXPECT("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", RGPT_FORMAT, "malformed");  /* 65 bits */
    EXPECT("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01x", RGPT_FORMAT, "malformed"); /* 2^64-1 bytes */
#undef EXPECT
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fields_are_read),
        cmocka_unit_test(truncation_anywhere_is_refused),
        cmocka_unit_test(flipped_bits_do_no_harm),
        cmocka_unit_test(other_models_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
