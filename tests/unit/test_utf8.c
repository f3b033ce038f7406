/* UTF-8: every code point, every short byte string, and streams cut anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/rng.h"
#include "text/unicode.h"
#include "text/utf8.h"

static void every_code_point_round_trips(void **state) {
    (void)state;
    for (uint32_t wanted = 0; wanted <= 0x10FFFF; wanted++) {
        char bytes[RG_UTF8_MAX];
        uint32_t found = 0;
        size_t size = rg_utf8_encode(wanted, bytes);
        bool is_surrogate = wanted >= 0xD800 && wanted <= 0xDFFF;
        assert_int_equal(rg_utf8_decode(bytes, size, &found), is_surrogate ? 0 : size);
        if (is_surrogate) continue;
        assert_int_equal(found, wanted);
        for (size_t cut = 0; cut < size; cut++) assert_int_equal(rg_utf8_decode(bytes, cut, &found), 0);
    }
}

/* Of two-byte strings, by the definition: ASCII twice, or a lead C2..DF and a continuation. */
static void every_pair_of_bytes_is_judged(void **state) {
    (void)state;
    for (int i = 0; i < 0x10000; i++) {
        uint8_t a = (uint8_t)(i >> 8), b = (uint8_t)i;
        char bytes[2] = {(char)a, (char)b};
        bool valid = (a < 0x80 && b < 0x80) || (a >= 0xC2 && a <= 0xDF && b >= 0x80 && b <= 0xBF);
        assert_int_equal(rg_utf8_valid_size(bytes, 2) == 2, valid);
    }
}

static void a_bad_byte_is_named(void **state) {
    (void)state;
    rgpt_error err = {0};
    assert_int_equal(rg_utf8_check("prompt", "ab\xC3(", 4, &err), RGPT_FORMAT);
    assert_string_equal(err.message, "prompt: byte 0xC3 at offset 2 is not UTF-8");
    assert_int_equal(rg_utf8_check("prompt", NULL, 0, NULL), RGPT_OK);
}

/* Random bytes, biased to the values where something happens. */
static void fill(rg_rng *rng, char *bytes, size_t size) {
    static const uint8_t edges[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                                    0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF, 0x82, 0xAC, 0x98};
    for (size_t i = 0; i < size; i++) bytes[i] = (char)edges[rg_rng_below(rng, sizeof edges)];
}

static void streams_equal_the_whole(void **state) {
    (void)state;
    rg_rng rng;
    rg_rng_init(&rng, 1);
    for (int round = 0; round < 200000; round++) {
        char bytes[12];
        size_t size = rg_rng_below(&rng, sizeof bytes + 1);
        fill(&rng, bytes, size);
        rg_buffer whole = {.cap = 100}, streamed = {.cap = 100};
        assert_int_equal(rg_utf8_repair(bytes, size, &whole, NULL), RGPT_OK);
        assert_int_equal(rg_utf8_valid_size(whole.data, whole.size), whole.size);
        rg_utf8_stream s = {0};
        for (size_t at = 0, step; at < size; at += step) {
            step = 1 + rg_rng_below(&rng, size - at);
            assert_int_equal(rg_utf8_stream_push(&s, bytes + at, step, &streamed, NULL), RGPT_OK);
            assert_int_equal(rg_utf8_valid_size(streamed.data, streamed.size), streamed.size);
        }
        assert_int_equal(rg_utf8_stream_finish(&s, &streamed, NULL), RGPT_OK);
        assert_int_equal(streamed.size, whole.size);
        if (whole.size) assert_memory_equal(streamed.data, whole.data, whole.size);
        rg_buffer_reset(&whole);
        rg_buffer_reset(&streamed);
    }
}

static void a_full_buffer_leaves_the_stream_as_it_was(void **state) {
    (void)state;
    rg_utf8_stream s = {0};
    rg_buffer out = {.cap = 3};
    assert_int_equal(rg_utf8_stream_push(&s, "ab\xE2\x82", 4, &out, NULL), RGPT_OK);
    assert_int_equal(rg_utf8_stream_push(&s, "\xAC", 1, &out, NULL), RGPT_LIMIT);
    assert_string_equal(out.data, "ab");
    out.cap = 5;
    assert_int_equal(rg_utf8_stream_push(&s, "\xAC", 1, &out, NULL), RGPT_OK);
    assert_string_equal(out.data, "ab\xE2\x82\xAC");
    rg_buffer_reset(&out);
}

static void classes_are_unicodes(void **state) {
    (void)state;
    static const struct {
        uint32_t code_point;
        rg_unicode_class kind;
    } rows[] = {{'a', RG_UNICODE_LETTER},    {'Z', RG_UNICODE_LETTER},    {0xAA, RG_UNICODE_LETTER},
                {0x4E2D, RG_UNICODE_LETTER}, {0xAC00, RG_UNICODE_LETTER}, {'7', RG_UNICODE_NUMBER},
                {0xBD, RG_UNICODE_NUMBER},   {0x2160, RG_UNICODE_NUMBER}, {0x0663, RG_UNICODE_NUMBER},
                {' ', RG_UNICODE_SPACE},     {0x85, RG_UNICODE_SPACE},    {0xA0, RG_UNICODE_SPACE},
                {0x3000, RG_UNICODE_SPACE},  {0x1C, RG_UNICODE_OTHER},    {0x0301, RG_UNICODE_OTHER},
                {'_', RG_UNICODE_OTHER},     {0x1F600, RG_UNICODE_OTHER}, {0x200B, RG_UNICODE_OTHER},
                {0, RG_UNICODE_OTHER},       {0x10FFFF, RG_UNICODE_OTHER}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(rg_unicode_classify(rows[i].code_point), rows[i].kind);
    }
    for (size_t i = 1; i < rg_unicode_range_count; i++) {
        assert_true(rg_unicode_ranges[i - 1].last < rg_unicode_ranges[i].first);
    }
}

/* The promise that write_lower_case in bpe_byte.c sizes its block by. */
static void lower_case_is_at_most_twice_as_long(void **state) {
    (void)state;
    uint32_t lower[RG_UNICODE_LOWER_MAX];
    char bytes[RG_UTF8_MAX];
    for (uint32_t upper = 0; upper <= 0x10FFFF; upper++) {
        size_t count = rg_unicode_lower(upper, lower), size = 0;
        for (size_t i = 0; i < count; i++) size += rg_utf8_encode(lower[i], bytes);
        assert_true(size <= 2 * rg_utf8_encode(upper, bytes));
        if (upper < 0x80) assert_int_equal(lower[0], upper >= 'A' && upper <= 'Z' ? upper + 32 : upper);
    }
    assert_int_equal(rg_unicode_lower(0x416, lower), 1);
    assert_int_equal(lower[0], 0x436);
    assert_int_equal(rg_unicode_lower(0x130, lower), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_round_trips),
        cmocka_unit_test(every_pair_of_bytes_is_judged),
        cmocka_unit_test(a_bad_byte_is_named),
        cmocka_unit_test(streams_equal_the_whole),
        cmocka_unit_test(a_full_buffer_leaves_the_stream_as_it_was),
        cmocka_unit_test(classes_are_unicodes),
        cmocka_unit_test(lower_case_is_at_most_twice_as_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
