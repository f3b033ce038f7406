/* METEOR: its stages and scores on a small vocabulary of our own, and data that are not what they should be.
 * Larger cases, from METEOR 1.5 itself, are in tests/data/metrics/caption. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"
#include "eval/gzip_lines.h"
#include "eval/java_hash.h"
#include "eval/meteor.h"
#include "eval/meteor_norm.h"
#include "eval/meteor_synonym.h"
#include "eval/stemmer.h"
#include "workdir.h"

#define DATA  TEST_DATA "/metrics/caption/meteor_data"
#define TABLE TEST_DATA "/metrics/caption/paraphrase-small.gz"

/* ---------------------------------------------------------------- stages */

static void lines_are_normalised(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"A man isn't riding a horse-drawn cart (two dogs), e.g. \"hello\"...",
         "a man isn 't riding a horse drawn cart ( two dogs ) , eg \" hello \" ..."},
        {"Mr. Smith, No. 5, no. 6. U.S. it's 1990's", "mr. smith , no. 5 , no . 6 . us it 's 1990 's"},
        {"\u201Ccurly\u201D \u2018single\u2019 a \u2013 b -- c --- 1,000", "\" curly \" ' single ' a - b - c -- 1,000"},
        {"\u65E5\u672C caf\u00E9 \u0416\u0438\u0437\u043D\u044C",
         "\u65E5 \u672C caf\u00E9 \u0436\u0438\u0437\u043D\u044C"},
        {"  a\u00A0b\t c \v", "a b c"},
        {"", ""},
    };
    rg_meteor_norm *norm;
    assert_int_equal(rg_meteor_norm_open(DATA "/nonbreaking/english.prefixes", &norm, NULL), RGPT_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rg_buffer out = {.cap = 1000};
        assert_int_equal(rg_meteor_normalize(norm, rows[i][0], strlen(rows[i][0]), &out, NULL), RGPT_OK);
        assert_string_equal(out.data ? out.data : "", rows[i][1]);
        rg_buffer_reset(&out);
    }
    rg_buffer out = {.cap = 1000};
    assert_int_equal(rg_meteor_normalize(norm, "a\xFF", 2, &out, NULL), RGPT_FORMAT);
    rg_buffer_reset(&out);
    rg_meteor_norm_close(norm);
}

static void words_have_stems_and_hashes(void **state) {
    (void)state;
    rg_stemmer *stemmer;
    const char *stem;
    size_t size;
    assert_int_equal(rg_stemmer_new(&stemmer, NULL), RGPT_OK);
    assert_int_equal(rg_stemmer_stem(stemmer, "generally", 9, &stem, &size, NULL), RGPT_OK);
    assert_int_equal(size, 7);
    assert_memory_equal(stem, "general", 7);
    rg_stemmer_free(stemmer);
    assert_int_equal(rg_java_hash("hello", 5), 99162322);
    assert_int_equal(rg_java_hash("Aa", 2), rg_java_hash("BB", 2));
    assert_int_equal(rg_java_hash("\U0001F600", 4), 0xD83D * 31 + 0xDE00);
    assert_int_equal(rg_java_hash("saltcellar", 10), rg_java_hash("terajoule", 9));
}

static void expect_sets(const rg_synonyms *synonyms, const char *word, const char *wanted) {
    rg_ids sets = {.cap = 100};
    char found[200] = "";
    assert_int_equal(rg_synonyms_find(synonyms, word, strlen(word), &sets, NULL), RGPT_OK);
    for (size_t i = 0; i < sets.count; i++) snprintf(found + strlen(found), 20, "%s%d", i ? " " : "", sets.data[i]);
    assert_string_equal(found, wanted);
    rg_ids_reset(&sets);
}

static void words_have_synonym_sets(void **state) {
    (void)state;
    rg_synonyms *synonyms;
    assert_int_equal(rg_synonyms_open(DATA "/synonym", &synonyms, NULL), RGPT_OK);
    expect_sets(synonyms, "hound", "2 3");
    expect_sets(synonyms, "dogs", "1 2");
    expect_sets(synonyms, "puppies", "3");
    expect_sets(synonyms, "children", "7 8"); /* an exception, so no rule is tried */
    expect_sets(synonyms, "running", "10");
    expect_sets(synonyms, "ass", "");  /* not a plural of "as" */
    expect_sets(synonyms, "as", "21"); /* nor this of "a" */
    expect_sets(synonyms, "unknown", "");
    rg_synonyms_close(synonyms);
}

/* ---------------------------------------------------------------- scores */

/* The counts of one sample with one or two references. */
static rg_meteor_stats count(unsigned modules, const char *candidate, const char *first, const char *second) {
    rg_meteor_options options = {.data = DATA, .paraphrases = modules > 3 ? TABLE : NULL};
    options.has_module[RG_METEOR_STEM] = modules > 1;
    options.has_module[RG_METEOR_SYNONYM] = modules > 2;
    rg_meteor *meteor;
    rg_meteor_stats stats;
    rgpt_error err = {0};
    size_t reference_count = second ? 2 : 1;
    assert_int_equal(rg_meteor_open(&options, &meteor, &err), RGPT_OK);
    assert_int_equal(rg_meteor_add(meteor, candidate, strlen(candidate), &err), RGPT_OK);
    assert_int_equal(rg_meteor_add(meteor, first, strlen(first), &err), RGPT_OK);
    if (second) assert_int_equal(rg_meteor_add(meteor, second, strlen(second), &err), RGPT_OK);
    assert_int_equal(rg_meteor_finish(meteor, &reference_count, 1, &stats, &err), RGPT_OK);
    rg_meteor_close(meteor);
    return stats;
}

static void each_module_matches_more(void **state) {
    (void)state;
    static const char candidate[] = "a large hound sits on top of crates", reference[] = "the big dog sat on a box";
    uint64_t last = 0;
    for (unsigned modules = 1; modules <= 4; modules++) {
        rg_meteor_stats s = count(modules, candidate, reference, NULL);
        assert_true(s.candidate.matched >= last);
        last = s.candidate.matched;
    }
    rg_meteor_stats s = count(3, candidate, reference, NULL);
    assert_int_equal(s.candidate.content_matched[RG_METEOR_SYNONYM], 4); /* large, hound, sits, crates */
    s = count(4, "he stands in front of it", "she stood before it", NULL);
    assert_int_equal(s.candidate.content_matched[RG_METEOR_PARAPHRASE], 1);
    assert_int_equal(s.candidate.function_matched[RG_METEOR_PARAPHRASE], 2);
    assert_int_equal(s.reference.matched, 2);
}

static void scores_are_those_of_the_formula(void **state) {
    (void)state;
    rg_meteor_stats s = count(1, "a dog runs", "a dog runs", NULL);
    assert_true(rg_meteor_score(&s) == 1);
    s = count(1, "", "a dog", NULL);
    assert_true(rg_meteor_score(&s) == 0);
    s = count(1, "", "", NULL);
    assert_true(rg_meteor_score(&s) == 0);
    s = count(1, "a cat", "dog", "a dog"); /* the better of two */
    assert_int_equal(s.reference.length, 2);
    /* precision (.25) / (.25 + .75), recall alike, one chunk of one word: F .25, penalty .6 */
    assert_true(fabs(rg_meteor_score(&s) - 0.25 * 0.4) < 1e-15);

    rg_meteor_stats sum = {0}, perfect = count(1, "a dog runs", "a dog runs", NULL);
    rg_meteor_stats_add(&sum, &perfect);
    assert_int_equal(sum.chunks, 0);
    rg_meteor_stats_add(&sum, &s);
    assert_int_equal(sum.chunks, 1);
    assert_int_equal(sum.candidate.length, 5);
}

static void a_caption_that_repeats_itself_is_limited(void **state) {
    (void)state;
    enum { WORDS = 2100 }; /* 4.4 million pairs */
    char *text = malloc(2 * WORDS + 1);
    assert_non_null(text);
    for (int i = 0; i < WORDS; i++) memcpy(text + 2 * i, "a ", 3);
    rg_meteor *meteor;
    rg_meteor_stats stats;
    rgpt_error err = {0};
    size_t one = 1;
    assert_int_equal(rg_meteor_open(&(rg_meteor_options){.data = DATA}, &meteor, &err), RGPT_OK);
    assert_int_equal(rg_meteor_add(meteor, text, 2 * WORDS, &err), RGPT_OK);
    assert_int_equal(rg_meteor_add(meteor, text, 2 * WORDS - 2, &err), RGPT_OK);
    assert_int_equal(rg_meteor_finish(meteor, &one, 1, &stats, &err), RGPT_LIMIT);
    assert_non_null(strstr(err.message, "sample 1: METEOR"));
    rg_error_clear(&err);
    one = 2;
    assert_int_equal(rg_meteor_finish(meteor, &one, 1, &stats, &err), RGPT_INVALID); /* 3 captions, 2 added */
    rg_meteor_close(meteor);
    free(text);
}

/* ---------------------------------------------------------------- data that are wrong */

static void write_text(const char *path, const char *text) {
    assert_int_equal(rg_file_write(path, text, strlen(text), NULL), RGPT_OK);
}

static void missing_or_malformed_data_are_told(void **state) {
    const char *folder = ((workdir *)*state)->folder;
    static const char *const bad[] = {"dog\n", "\n1\n", "dog\n1 x\n", "dog\n99999999999\n"};
    rg_synonyms *synonyms;
    rg_meteor *meteor;
    rgpt_error err = {0};
    write_text(workdir_path(state, "english.exceptions"), "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(workdir_path(state, "english.synsets"), bad[i]);
        assert_int_equal(rg_synonyms_open(folder, &synonyms, &err), RGPT_FORMAT);
        assert_non_null(strstr(err.message, "english.synsets: line "));
        rg_error_clear(&err);
    }
    remove(workdir_path(state, "english.synsets"));
    assert_int_equal(rg_synonyms_open(folder, &synonyms, &err), RGPT_IO);
    rg_error_clear(&err);
    assert_int_equal(rg_meteor_open(&(rg_meteor_options){.data = folder}, &meteor, &err), RGPT_IO);
    assert_non_null(strstr(err.message, "METEOR data: "));
}

/* Packs a text; returns the size. */
static size_t pack(const char *text, unsigned char *packed, size_t room) {
    z_stream z = {.next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)strlen(text)};
    enum { GZIP = 15 + 16 };
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = packed;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

/* Evaluates with a table of these bytes. */
static rgpt_status finish_with_table(const char *path, const void *bytes, size_t size, rgpt_error *err) {
    assert_int_equal(rg_file_write(path, bytes, size, NULL), RGPT_OK);
    rg_meteor *meteor;
    rg_meteor_stats stats;
    size_t one = 1;
    assert_int_equal(rg_meteor_open(&(rg_meteor_options){.data = DATA, .paraphrases = path}, &meteor, err), RGPT_OK);
    assert_int_equal(rg_meteor_add(meteor, "a dog", 5, err), RGPT_OK);
    assert_int_equal(rg_meteor_add(meteor, "the hound", 9, err), RGPT_OK);
    rgpt_status status = rg_meteor_finish(meteor, &one, 1, &stats, err);
    rg_meteor_close(meteor);
    return status;
}

static void malformed_tables_are_told(void **state) {
    const char *path = workdir_path(state, "table.gz");
    static const char good[] = "0.5\na dog\nthe hound\n.25\nx\ny z";
    static const char *const bad[] = {"0.5\na\n", "0.5\n", "a\nb\nc\n", "0.5\n\nb\n", "\n"};
    unsigned char packed[1000];
    rgpt_error err = {0};
    size_t size = pack(good, packed, sizeof packed);
    assert_int_equal(finish_with_table(path, packed, size, &err), RGPT_OK);
    assert_int_equal(finish_with_table(path, packed, size - 9, &err), RGPT_FORMAT);
    assert_non_null(strstr(err.message, "too early"));
    rg_error_clear(&err);
    assert_int_equal(finish_with_table(path, good, strlen(good), &err), RGPT_FORMAT);
    rg_error_clear(&err);
    assert_int_equal(finish_with_table(path, "", 0, &err), RGPT_FORMAT);
    rg_error_clear(&err);
    size = pack("", packed, sizeof packed);
    assert_int_equal(finish_with_table(path, packed, size, &err), RGPT_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size = pack(bad[i], packed, sizeof packed);
        assert_int_equal(finish_with_table(path, packed, size, &err), RGPT_FORMAT);
        assert_non_null(strstr(err.message, "table.gz: "));
        rg_error_clear(&err);
    }
}

static void gzip_files_may_have_several_members(void **state) {
    const char *path = workdir_path(state, "two.gz");
    unsigned char packed[1000];
    size_t size = pack("first\na", packed, 500);
    size += pack("b\n\nlast", packed + size, 500);
    assert_int_equal(rg_file_write(path, packed, size, NULL), RGPT_OK);
    static const char *const wanted[] = {"first", "ab", "", "last"};
    rg_gzip_lines *lines;
    const char *line;
    assert_int_equal(rg_gzip_lines_open(path, &lines, NULL), RGPT_OK);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(rg_gzip_lines_next(lines, &line, &size, NULL), RGPT_OK);
        assert_non_null(line);
        assert_string_equal(line, wanted[i]);
        assert_int_equal(rg_gzip_lines_number(lines), i + 1);
    }
    assert_int_equal(rg_gzip_lines_next(lines, &line, &size, NULL), RGPT_OK);
    assert_null(line);
    rg_gzip_lines_close(lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_normalised),
        cmocka_unit_test(words_have_stems_and_hashes),
        cmocka_unit_test(words_have_synonym_sets),
        cmocka_unit_test(each_module_matches_more),
        cmocka_unit_test(scores_are_those_of_the_formula),
        cmocka_unit_test(a_caption_that_repeats_itself_is_limited),
        cmocka_unit_test_setup_teardown(missing_or_malformed_data_are_told, workdir_make, workdir_remove),
        cmocka_unit_test_setup_teardown(malformed_tables_are_told, workdir_make, workdir_remove),
        cmocka_unit_test_setup_teardown(gzip_files_may_have_several_members, workdir_make, workdir_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
