/* Captions into tokens: what the Penn Treebank tokenizer does to words, marks and odd characters. The expected
 * tokens are CoreNLP 3.4.1's; whole caption files are cases of rgpt-test-metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "eval/lowercase.h"
#include "eval/ptb.h"

static rg_ptb *ptb;

static int open_ptb(void **state) {
    (void)state;
    return rg_ptb_new(&ptb, NULL) == RGPT_OK ? 0 : -1;
}

static int close_ptb(void **state) {
    (void)state;
    rg_ptb_free(ptb);
    return 0;
}

static void expect(const char *text, const char *tokens) {
    rg_buffer out = {.cap = 1 << 20};
    rgpt_error err = {0};
    assert_int_equal(rg_ptb_tokenize(ptb, text, strlen(text), &out, &err), RGPT_OK);
    assert_string_equal(out.data ? out.data : "", tokens);
    rg_buffer_reset(&out);
}

static void words_and_their_endings(void **state) {
    (void)state;
    expect("A man isn't riding; they've won't can't", "a man is n't riding ; they 've wo n't ca n't");
    expect("dogs' James's it's I'd we'll go", "dogs ' james 's it 's i 'd we 'll go");
    expect("cannot gonna gotta lemme gimme wanna cannots", "can not gon na got ta lem me gim me wan na cannots");
    expect("'tis rock 'n' roll '90s O'Neil ma'am y'all", "'t is rock 'n' roll '90s o'neil ma'am y' all");
    expect("t-shirt two-year-old a/b snake_case AT&T C++", "t-shirt two-year-old a/b snake_case at&t c++");
    expect("caf\u00E9 \u65E5\u672C\u8A9E \u0440\u0443\u0441\u0441\u043A\u0438\u0439",
           "caf\u00E9 \u65E5\u672C\u8A9E \u0440\u0443\u0441\u0441\u043A\u0438\u0439");
}

static void periods_stay_with_abbreviations(void **state) {
    (void)state;
    expect("Mr. Smith of the U.S. Navy. He sat.", "mr. smith of the u.s. navy . he sat .");
    expect("He works at Acme Inc. He likes it.", "he works at acme inc. . he likes it .");
    expect("in the U.S. He sat", "in the u.s. . he sat");
    expect("No. 5, fig. 3, no. Then", "no. 5 , fig. 3 , no . then");
    expect("wait... what?! ok.. fine....", "wait ... what ?! ok . . fine ...");
    expect("by J.\nThe end", "by j .\nthe end"); /* the next line decides */
    expect("by J.\nthe end", "by j.\nthe end");
}

static void numbers_and_addresses(void **state) {
    (void)state;
    expect("1,000 3.14 -5 50% $5.50 10:30 12/25/2020", "1,000 3.14 -5 50 % $ 5.50 10:30 12/25/2020");
    expect("3 1/2 \u00BD (555) 123-4567", "3\u00A01/2 1/2 -lrb-555-rrb-\u00A0123-4567");
    expect("see http://a.org/b?c=d, foo@bar.com #tag @user", "see http://a.org/b?c=d , foo@bar.com #tag @user");
    expect("<b>bold</b> <img src='x'/> a < b", "<b> bold </b> <img\u00A0src='x'/> a < b");
}

static void quotes_brackets_and_symbols(void **state) {
    (void)state;
    expect("\"hello\" ''a'' 'single'", "`` hello '' '' a '' ` single '");
    expect("\u201Ccurly\u201D \u2018single\u2019 it\u2019s", "`` curly '' ` single ' it 's");
    expect("(a) [b] {c} a \u2013 b \u2014 c ---", "-lrb- a -rrb- -lsb- b -rsb- -lcb- c -rcb- a -- b -- c --");
    expect("\u20AC30 \u00A320 \u00A950 \u2026 &amp; &lt;", "$ 30 # 20 \u00A9 50 ... & <");
    expect("emoji \U0001F600 gone\u200B, :-) stays", "emoji gone , :--rrb- stays");
}

static void line_breaks_of_all_kinds(void **state) {
    (void)state;
    expect("a\nb\r\nc\rd\ve\ff\u2028g\u2029h", "a\nb\nc\nd\ne\nf\ng\nh");
    expect("a\x01"
           "b\xC2\x85"
           "c\u00A0d\n\n",
           "a b ... c d\n\n");
    expect("<a b=\"c\nd\">", "< a b = `` c\nd '' >"); /* no token crosses a line */
    rg_buffer out = {.cap = 100};
    assert_int_equal(rg_ptb_append_line("a\nb\r\nc\u2029d", 11, &out, NULL), RGPT_OK);
    assert_string_equal(out.data, "a b  c d");
    rg_buffer_reset(&out);
}

static void text_must_be_utf8(void **state) {
    (void)state;
    rg_buffer out = {.cap = 100};
    rgpt_error err = {0};
    assert_int_equal(rg_ptb_tokenize(ptb, "ab\xC3", 3, &out, &err), RGPT_FORMAT);
    rg_error_clear(&err);
    assert_int_equal(rg_ptb_append_line("\xED\xA0\x80", 3, &out, &err), RGPT_FORMAT);
    rg_buffer_reset(&out);
}

static void the_filter_leaves_out_punctuation(void **state) {
    (void)state;
    rg_buffer out = {.cap = 100};
    const char *line = "`` a '' , -lrb- b -rrb- -- ... . ?! $";
    assert_int_equal(rg_ptb_filter(line, strlen(line), &out, NULL), RGPT_OK);
    assert_string_equal(out.data, "a -lrb- b -rrb- ?! $");
    out.size = 0;
    assert_int_equal(rg_ptb_filter(". .", 3, &out, NULL), RGPT_OK);
    assert_int_equal(out.size, 0);
    rg_buffer_reset(&out);
}

static void lower_case_beyond_ascii(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
    } rows[] = {{"\u00C9COLE \u0141\u00D3D\u0179", "\u00E9cole \u0142\u00F3d\u017A"},
                {"\u0130", "i\u0307"},
                {"\u03A3\u0399\u03A3 \u03A3", "\u03C3\u03B9\u03C2 \u03C3"},
                {"\u1E9E \u00DF \u0178", "\u00DF \u00DF \u00FF"},
                {"\U00010400", "\U00010428"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rg_buffer out = {.cap = 100};
        assert_int_equal(rg_lowercase(rows[i].from, strlen(rows[i].from), &out, NULL), RGPT_OK);
        assert_string_equal(out.data, rows[i].to);
        rg_buffer_reset(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_their_endings),
        cmocka_unit_test(periods_stay_with_abbreviations),
        cmocka_unit_test(numbers_and_addresses),
        cmocka_unit_test(quotes_brackets_and_symbols),
        cmocka_unit_test(line_breaks_of_all_kinds),
        cmocka_unit_test(text_must_be_utf8),
        cmocka_unit_test(the_filter_leaves_out_punctuation),
        cmocka_unit_test(lower_case_beyond_ascii),
    };
    return cmocka_run_group_tests(tests, open_ptb, close_ptb);
}
