/* Tokenizers: what text becomes, what it never becomes, what a vocabulary must not be, and how long it takes.
 * That the ids are those of the reference implementations is for the golden cases (tests/data/golden). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "text/tokenizer.h"
#include "toy_vocab.h"

static rg_tokenizer *toy_tokenizer(const char *pre) {
    toy_vocab toy;
    toy_vocab_init(&toy);
    toy.vocab.pre = pre;
    rg_tokenizer *t;
    rgpt_error err = {0};
    if (rg_tokenizer_new(&toy.vocab, &t, &err) != RGPT_OK) fail_msg("%s", err.message);
    return t;
}

/* Checks the ids of a text against a list that ends with -1. */
static void expect_ids(const rg_tokenizer *t, const char *text, unsigned mode, const int32_t *wanted) {
    rg_ids ids = {.cap = 1000};
    assert_int_equal(rg_tokenizer_encode(t, text, strlen(text), mode, &ids, NULL), RGPT_OK);
    size_t count = 0;
    while (wanted[count] >= 0) count++;
    assert_int_equal(ids.count, count);
    for (size_t i = 0; i < count; i++) assert_int_equal(ids.data[i], wanted[i]);
    rg_ids_reset(&ids);
}

static void words_merge_by_rank(void **state) {
    (void)state;
    rg_tokenizer *t = toy_tokenizer("gpt-2");
    expect_ids(t, "", RG_ENCODE_PLAIN, (int32_t[]){-1});
    expect_ids(t, "hello world", RG_ENCODE_PLAIN, (int32_t[]){TOY_HELLO, TOY_WORLD, -1});
    expect_ids(t, "hell\n", RG_ENCODE_PLAIN, (int32_t[]){TOY_MERGED + 2, TOY_BYTES + '\n', -1});
    expect_ids(t, "   hello", RG_ENCODE_PLAIN, (int32_t[]){TOY_SPACES, TOY_BYTES + ' ', TOY_HELLO, -1});
    rg_tokenizer_free(t);
}

static void text_never_becomes_a_control_token(void **state) {
    (void)state;
    rg_tokenizer *t = toy_tokenizer("llama-bpe");
    const char *text = "<s></s><|im_end|>";
    rg_ids ids = {.cap = 100};
    assert_int_equal(rg_tokenizer_encode(t, text, strlen(text), RG_ENCODE_PLAIN, &ids, NULL), RGPT_OK);
    assert_int_equal(ids.count, strlen(text));
    for (size_t i = 0; i < ids.count; i++) assert_false(rg_tokenizer_is_control(t, ids.data[i]));
    rg_ids_reset(&ids);

    expect_ids(t, "<s>hello<|im_end|>\n<|im_", RG_ENCODE_SPECIALS,
               (int32_t[]){TOY_BOS, TOY_HELLO, TOY_IM_END, TOY_BYTES + '\n', TOY_BYTES + '<', TOY_BYTES + '|',
                           TOY_BYTES + 'i', TOY_BYTES + 'm', TOY_BYTES + '_', -1});
    assert_int_equal(rg_tokenizer_special(t, "</s>", 4), TOY_EOS);
    assert_int_equal(rg_tokenizer_special(t, "</s>x", 5), RG_TOKEN_NONE);
    assert_int_equal(rg_tokenizer_special(t, "hello", 5), RG_TOKEN_NONE);
    rg_tokenizer_free(t);
}

/* A piece of any text: characters of all lengths and classes. */
static size_t random_text(rg_rng *rng, char *out, size_t characters) {
    static const uint32_t starts[] = {' ',   '\n',  '0',   'a',    'A',     '<',     0x80,
                                      0x391, 0x5D0, 0x900, 0x4E00, 0x1F300, 0x10FF00};
    size_t size = 0;
    for (size_t i = 0; i < characters; i++) {
        uint32_t start = starts[rg_rng_below(rng, sizeof starts / sizeof *starts)];
        size += rg_utf8_encode(start + (uint32_t)rg_rng_below(rng, 40), out + size);
    }
    return size;
}

static void decode_undoes_encode(void **state) {
    (void)state;
    static const char *const pres[] = {"gpt-2", "smollm", "llama-bpe", "qwen2"};
    rg_rng rng;
    rg_rng_init(&rng, 2);
    for (size_t p = 0; p < sizeof pres / sizeof *pres; p++) {
        rg_tokenizer *t = toy_tokenizer(pres[p]);
        for (int round = 0; round < 5000; round++) {
            char text[40 * RG_UTF8_MAX];
            size_t size = random_text(&rng, text, rg_rng_below(&rng, 40));
            rg_ids ids = {.cap = 1000};
            rg_buffer whole = {.cap = 1000}, streamed = {.cap = 1000};
            assert_int_equal(rg_tokenizer_encode(t, text, size, RG_ENCODE_PLAIN, &ids, NULL), RGPT_OK);
            assert_int_equal(rg_tokenizer_decode(t, ids.data, ids.count, false, &whole, NULL), RGPT_OK);
            assert_int_equal(whole.size, size);
            if (size) assert_memory_equal(whole.data, text, size);

            rg_decoder d;
            rg_decoder_init(&d, t, false);
            for (size_t i = 0; i < ids.count; i++) {
                assert_int_equal(rg_decoder_push(&d, ids.data[i], &streamed, NULL), RGPT_OK);
                assert_int_equal(rg_utf8_valid_size(streamed.data, streamed.size), streamed.size);
            }
            assert_int_equal(rg_decoder_finish(&d, &streamed, NULL), RGPT_OK);
            assert_int_equal(streamed.size, size);
            rg_buffer_reset(&whole);
            rg_buffer_reset(&streamed);
            rg_ids_reset(&ids);
        }
        rg_tokenizer_free(t);
    }
}

static void a_decoder_skips_control_tokens_and_a_first_space(void **state) {
    (void)state;
    rg_tokenizer *t = toy_tokenizer("gpt-2");
    const int32_t ids[] = {TOY_BOS, TOY_WORLD, TOY_WORLD, TOY_EOS, TOY_BYTES + 0xE2, TOY_BYTES + 0x82};
    rg_buffer out = {.cap = 100};
    rg_decoder d;
    rg_decoder_init(&d, t, true);
    for (int i = 0; i < 6; i++) assert_int_equal(rg_decoder_push(&d, ids[i], &out, NULL), RGPT_OK);
    assert_string_equal(out.data, "world world");
    assert_int_equal(rg_decoder_finish(&d, &out, NULL), RGPT_OK);
    assert_string_equal(out.data, "world world\xEF\xBF\xBD");
    assert_int_equal(rg_decoder_push(&d, TOY_COUNT, &out, NULL), RGPT_INVALID);
    out.size = 0;
    assert_int_equal(rg_tokenizer_decode(t, ids, 2, true, &out, NULL), RGPT_OK);
    assert_string_equal(out.data, "<s> world");
    rg_buffer_reset(&out);
    assert_int_equal(rg_tokenizer_token(t, -1).size, 0);
    rg_tokenizer_free(t);
}

static void bad_text_leaves_the_ids_as_they_were(void **state) {
    (void)state;
    rg_tokenizer *t = toy_tokenizer("gpt-2");
    rgpt_error err = {0};
    rg_ids ids = {.cap = 3};
    assert_int_equal(rg_ids_append(&ids, 7, NULL), RGPT_OK);
    assert_int_equal(rg_tokenizer_encode(t, "a\xFF", 2, RG_ENCODE_PLAIN, &ids, &err), RGPT_FORMAT);
    assert_string_equal(err.message, "tokenizer: byte 0xFF at offset 1 is not UTF-8");
    assert_int_equal(rg_tokenizer_encode(t, "abc", 3, RG_ENCODE_PLAIN, &ids, NULL), RGPT_LIMIT);
    assert_int_equal(ids.count, 1);
    rg_ids_reset(&ids);
    rg_tokenizer_free(t);
}

/* ------------------------------------------------------------------ sentencepiece */

enum { SPM_UNKNOWN, SPM_BOS, SPM_EOS, SPM_SPACE, SPM_A, SPM_B, SPM_AB, SPM_SPACE_A, SPM_USER, SPM_COUNT };

static const rg_text spm_tokens[SPM_COUNT] = {{"<unk>", 5},
                                              {"<s>", 3},
                                              {"</s>", 4},
                                              {"\xE2\x96\x81", 3},
                                              {"a", 1},
                                              {"b", 1},
                                              {"ab", 2},
                                              {"\xE2\x96\x81"
                                               "a",
                                               4},
                                              {"ba", 2}};
static const int32_t spm_types[SPM_COUNT] = {2, 3, 3, 1, 1, 1, 1, 1, 4};
static const float spm_scores[SPM_COUNT] = {0, 0, 0, -4, -5, -6, -2, -1, 0};

static rg_vocab spm_vocab(void) {
    return (rg_vocab){.kind = RG_VOCAB_SPM_BPE,
                      .token_count = SPM_COUNT,
                      .tokens = spm_tokens,
                      .type_count = SPM_COUNT,
                      .types = spm_types,
                      .score_count = SPM_COUNT,
                      .scores = spm_scores,
                      .unknown = SPM_UNKNOWN,
                      .bos = SPM_BOS,
                      .eos = SPM_EOS,
                      .pad = RG_TOKEN_NONE,
                      .add_space_prefix = true};
}

static void sentencepiece_merges_by_score(void **state) {
    (void)state;
    rg_vocab vocab = spm_vocab();
    rg_tokenizer *t;
    assert_int_equal(rg_tokenizer_new(&vocab, &t, NULL), RGPT_OK);
    expect_ids(t, "", RG_ENCODE_PLAIN, (int32_t[]){-1});
    /* " a" beats "ab" though it is found later: its score is better */
    expect_ids(t, "ab", RG_ENCODE_PLAIN, (int32_t[]){SPM_SPACE_A, SPM_B, -1});
    expect_ids(t, "ab", RG_ENCODE_CONTINUED, (int32_t[]){SPM_AB, -1});
    expect_ids(t,
               "a\xE2\x96\x81"
               "b",
               RG_ENCODE_CONTINUED, (int32_t[]){SPM_A, SPM_SPACE, SPM_B, -1});
    /* without byte tokens a run of unknown characters is one unknown token */
    expect_ids(t, "b\xC3\xA9z b", RG_ENCODE_CONTINUED, (int32_t[]){SPM_B, SPM_UNKNOWN, SPM_SPACE, SPM_B, -1});
    /* after a special token the unwritten space comes back */
    expect_ids(t, "b<s>a", RG_ENCODE_SPECIALS | RG_ENCODE_CONTINUED, (int32_t[]){SPM_B, SPM_BOS, SPM_SPACE_A, -1});
    expect_ids(t, "ba", RG_ENCODE_SPECIALS, (int32_t[]){SPM_USER, -1});
    expect_ids(t, "ba", RG_ENCODE_CONTINUED, (int32_t[]){SPM_B, SPM_A, -1});
    rg_tokenizer_free(t);
}

/* ------------------------------------------------------------------ vocabularies that are none */

static void expect_refusal(const rg_vocab *vocab, rgpt_status wanted, const char *words) {
    rg_tokenizer *t = (rg_tokenizer *)1;
    rgpt_error err = {0};
    assert_int_equal(rg_tokenizer_new(vocab, &t, &err), wanted);
    assert_null(t);
    if (!strstr(err.message, words)) fail_msg("'%s' does not say '%s'", err.message, words);
}

static void inconsistent_arrays_are_refused(void **state) {
    (void)state;
    toy_vocab toy;
    toy_vocab_init(&toy);
    rg_vocab v = toy.vocab;
    v.token_count = 0;
    v.type_count = 0;
    expect_refusal(&v, RGPT_FORMAT, "no tokens");
    v = toy.vocab;
    v.type_count--;
    expect_refusal(&v, RGPT_FORMAT, "types for");
    v = toy.vocab;
    v.eos = v.token_count;
    expect_refusal(&v, RGPT_FORMAT, "eos token");
    v.eos = -2;
    expect_refusal(&v, RGPT_FORMAT, "eos token -2");
    v.eos = UINT32_MAX;
    expect_refusal(&v, RGPT_FORMAT, "eos token 4294967295");
    v = toy.vocab;
    v.pre = "bloom";
    expect_refusal(&v, RGPT_UNSUPPORTED, "'bloom'");
    v = spm_vocab();
    v.score_count--;
    expect_refusal(&v, RGPT_FORMAT, "8 scores for 9 tokens");
}

static void bad_tokens_are_refused(void **state) {
    (void)state;
    toy_vocab toy;
    toy_vocab_init(&toy);
    toy.types[7] = 9;
    expect_refusal(&toy.vocab, RGPT_FORMAT, "token 7: type 9");
    toy_vocab_init(&toy);
    toy.tokens[TOY_BYTES + 'x'] = toy.tokens[TOY_BYTES + 'y'];
    expect_refusal(&toy.vocab, RGPT_FORMAT, "are both 'y'");
    toy_vocab_init(&toy);
    toy.tokens[TOY_BOS] = toy.tokens[TOY_EOS];
    expect_refusal(&toy.vocab, RGPT_FORMAT, "are both '</s>'");
    toy_vocab_init(&toy);
    toy.tokens[TOY_BOS] = (rg_text){"\x81", 1}; /* would cut a character of the text in two */
    expect_refusal(&toy.vocab, RGPT_FORMAT, "special token 3 is not UTF-8");
    toy_vocab_init(&toy);
    toy.tokens[9] = (rg_text){"", (size_t)2 << 30}; /* a claim that is refused before a byte is read */
    expect_refusal(&toy.vocab, RGPT_LIMIT, "token 9: 2147483648 bytes");

    float scores[SPM_COUNT];
    memcpy(scores, spm_scores, sizeof scores);
    scores[4] = NAN;
    rg_vocab v = spm_vocab();
    v.scores = scores;
    expect_refusal(&v, RGPT_FORMAT, "token 4: its score");
    int32_t types[SPM_COUNT];
    memcpy(types, spm_types, sizeof types);
    types[5] = RG_TOKEN_BYTE;
    v = spm_vocab();
    v.types = types;
    expect_refusal(&v, RGPT_FORMAT, "byte token 'b'");
    rg_text tokens[SPM_COUNT];
    memcpy(tokens, spm_tokens, sizeof tokens);
    tokens[5].size = 0;
    v.tokens = tokens;
    expect_refusal(&v, RGPT_FORMAT, "byte token ''");
}

static void bad_merges_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"", " ", "h", "h ", " e", "he e", "h e l", "zz ll", "< s", "he\xFF l"};
    toy_vocab toy;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        toy_vocab_init(&toy);
        toy.merges[2] = (rg_text){bad[i], strlen(bad[i])};
        expect_refusal(&toy.vocab, RGPT_FORMAT, "merge 2");
    }
}

static void odd_but_harmless_vocabularies_are_taken(void **state) {
    (void)state;
    toy_vocab toy;
    toy_vocab_init(&toy);
    toy.tokens[TOY_BYTES + 'q'] = (rg_text){NULL, 0};            /* an empty token: never made */
    toy.tokens[TOY_BYTES + 'z'] = (rg_text){"\xE2\x82\xAC!", 4}; /* not in the byte alphabet: stands for itself */
    toy.merges[9] = toy.merges[0];                               /* a merge said twice */
    rg_tokenizer *t;
    assert_int_equal(rg_tokenizer_new(&toy.vocab, &t, NULL), RGPT_OK);
    expect_ids(t, "qhez", RG_ENCODE_PLAIN, (int32_t[]){TOY_MERGED, -1});
    expect_ids(t, "\xE2\x82\xAC!", RG_ENCODE_PLAIN,
               (int32_t[]){TOY_BYTES + 0xE2, TOY_BYTES + 0x82, TOY_BYTES + 0xAC, TOY_BYTES + '!', -1});
    assert_memory_equal(rg_tokenizer_token(t, TOY_BYTES + 'z').data, "\xE2\x82\xAC!", 4);
    rg_tokenizer_free(t);
}

/* ------------------------------------------------------------------ time */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#define IS_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define IS_SANITIZED false
#endif

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Every merge "a"+"a", "aa"+"aa", ... exists, so a megabyte of "a" merges all the way up. */
static rg_tokenizer *doubling_tokenizer(rg_vocab_kind kind) {
    enum { LEVELS = 11, LONGEST = 1 << (LEVELS - 1) };
    static char text[LONGEST], merges[LEVELS][LONGEST + 2];
    rg_text tokens[LEVELS], merge_texts[LEVELS];
    float scores[LEVELS];
    memset(text, 'a', sizeof text);
    for (int i = 0; i < LEVELS; i++) {
        size_t size = (size_t)1 << i;
        tokens[i] = (rg_text){text, size};
        scores[i] = (float)-i;
        memset(merges[i], 'a', size + 1);
        merges[i][size / 2] = ' ';
        merge_texts[i] = (rg_text){merges[i], size + 1};
    }
    rg_vocab vocab = {
        .kind = kind, .token_count = LEVELS, .tokens = tokens, .bos = -1, .eos = -1, .unknown = -1, .pad = -1};
    if (kind == RG_VOCAB_BYTE_BPE) {
        vocab.merges = merge_texts + 1;
        vocab.merge_count = LEVELS - 1;
    } else {
        vocab.scores = scores;
        vocab.score_count = LEVELS;
    }
    rg_tokenizer *t;
    assert_int_equal(rg_tokenizer_new(&vocab, &t, NULL), RGPT_OK);
    return t;
}

static void a_megabyte_of_one_letter_takes_less_than_a_second(void **state) {
    (void)state;
    enum { SIZE = 1 << 20 };
    char *text = malloc(SIZE);
    assert_non_null(text);
    memset(text, 'a', SIZE);
    for (int kind = RG_VOCAB_BYTE_BPE; kind <= RG_VOCAB_SPM_BPE; kind++) {
        rg_tokenizer *t = doubling_tokenizer((rg_vocab_kind)kind);
        rg_ids ids = {.cap = SIZE};
        double start = cpu_seconds();
        assert_int_equal(rg_tokenizer_encode(t, text, SIZE, RG_ENCODE_PLAIN, &ids, NULL), RGPT_OK);
        double seconds = cpu_seconds() - start;
        assert_int_equal(ids.count, 1024);
        assert_true(seconds < 1 || IS_SANITIZED);
        rg_ids_reset(&ids);
        rg_tokenizer_free(t);
    }
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_merge_by_rank),
        cmocka_unit_test(text_never_becomes_a_control_token),
        cmocka_unit_test(decode_undoes_encode),
        cmocka_unit_test(a_decoder_skips_control_tokens_and_a_first_space),
        cmocka_unit_test(bad_text_leaves_the_ids_as_they_were),
        cmocka_unit_test(sentencepiece_merges_by_score),
        cmocka_unit_test(inconsistent_arrays_are_refused),
        cmocka_unit_test(bad_tokens_are_refused),
        cmocka_unit_test(bad_merges_are_refused),
        cmocka_unit_test(odd_but_harmless_vocabularies_are_taken),
        cmocka_unit_test(a_megabyte_of_one_letter_takes_less_than_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
