/* Patterns, sets of code points, the longest match and its trailing context. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "eval/lexer.h"

static const rg_code_range vowels[] = {{'a', 'a'}, {'e', 'e'}, {'i', 'i'}, {'o', 'o'}, {'u', 'u'}, {0, 0}};
static const rg_pattern_name name_list[] = {
    {.name = "vowel", .ranges = vowels},
    {.name = "pair", .pattern = "{vowel}{vowel}"},
    {.name = "itself", .pattern = "x{itself}"},
};
static const rg_pattern_names names = {name_list, sizeof name_list / sizeof *name_list};

/* "RULE:SIZE" of the token at the start of the text. */
static void expect(const rg_lexer_rule *rules, size_t rule_count, const char *text, int rule, size_t size) {
    rg_lexer *lexer;
    rgpt_error err = {0};
    assert_int_equal(rg_lexer_new(&names, rules, rule_count, &lexer, &err), RGPT_OK);
    rg_lexeme found;
    assert_int_equal(rg_lexer_match(lexer, text, strlen(text), 0, &found, &err), RGPT_OK);
    if (found.rule != rule || found.size != size) {
        fail_msg("'%s': found rule %d, %zu bytes, wanted rule %d, %zu bytes", text, found.rule, found.size, rule, size);
    }
    rg_lexer_free(lexer);
}

static void expect_pattern(const char *pattern, const char *text, int size) {
    rg_lexer_rule rule = {.pattern = pattern};
    expect(&rule, 1, text, size < 0 ? -1 : 0, size < 0 ? 0 : (size_t)size);
}

static void patterns_match_what_they_say(void **state) {
    (void)state;
    expect_pattern("abc", "abcd", 3);
    expect_pattern("abc", "abd", -1);
    expect_pattern("a|bc|d", "bcd", 2);
    expect_pattern("a*b", "aaab", 4);
    expect_pattern("a+b", "b", -1);
    expect_pattern("(ab?)+", "aababx", 5);
    expect_pattern("a{2,4}", "aaaaa", 4);
    expect_pattern("a{2,4}", "a", -1);
    expect_pattern("a{0,1}b", "b", 1);
    expect_pattern("[a-c]+", "abcd", 3);
    expect_pattern("[^a-c]+", "xyza", 3);
    expect_pattern("[]-]+", "x", -1);
    expect_pattern("[\\]-]+", "]-]x", 3);
    expect_pattern(".+", "\u00E9\U0001F600", 6);
    expect_pattern("\\x41\\x0A\\.", "A\n.", 3);
    expect_pattern("[\u03B1-\u03C9]+", "\u03B1\u03B2z", 4);
    expect_pattern("~(A[b-d])e", "aDe", 3);
    expect_pattern("~(a)b", "AB", -1);
    expect_pattern("{pair}|[{vowel}x]x", "aex", 2);
    expect_pattern("{pair}|[{vowel}x]x", "xx", 2);
    expect_pattern("a||b", "b", 1);
}

static void malformed_patterns_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"(a",       "a)",        "[a",       "*a",    "a{2,1}", "a{1,0}",
                                      "a{2}",     "{unknown}", "[{pair}]", "[z-a]", "a|+",    "~a",
                                      "{itself}", "a\\",       "[\\",      "[a-",   "{vowel", "\xFF"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rg_lexer_rule rule = {.pattern = bad[i]};
        rg_lexer *lexer;
        rgpt_error err = {0};
        if (rg_lexer_new(&names, &rule, 1, &lexer, &err) != RGPT_INVALID) fail_msg("'%s' was accepted", bad[i]);
        assert_non_null(strstr(err.message, "rule 0: pattern"));
        assert_null(lexer);
    }
}

static void longest_match_wins_then_the_first_rule(void **state) {
    (void)state;
    static const rg_lexer_rule rules[] = {{"if", NULL}, {"[a-z]+", NULL}, {"[a-z]+[0-9]", NULL}};
    expect(rules, 3, "if", 0, 2);
    expect(rules, 3, "iffy", 1, 4);
    expect(rules, 3, "if1", 2, 3);
    expect(rules, 3, "1", -1, 0);
}

static void context_counts_but_is_not_taken(void **state) {
    (void)state;
    static const rg_lexer_rule rules[] = {{"[a-z]+", "n't"}, {"[a-z]+", NULL}, {"a*", "a*b"}};
    expect(rules, 2, "isn't", 0, 2);
    expect(rules, 2, "isn", 1, 3);
    expect(rules, 2, "nnn't", 0, 2);
    expect(rules + 2, 1, "aaab", 0, 3); /* as long as it can be */
}

/* The deterministic automaton of this pattern has 2^14 states, more than are kept at a time. */
static void many_states_are_forgotten_and_made_again(void **state) {
    (void)state;
    rg_lexer_rule rule = {.pattern = "(a|b)*a(a|b){9,9}(a|b){4,4}c"};
    rg_lexer *lexer;
    assert_int_equal(rg_lexer_new(&names, &rule, 1, &lexer, NULL), RGPT_OK);
    char text[40002];
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof text; i++) {
        random = random * 1664525 + 1013904223;
        text[i] = random >> 31 ? 'a' : 'b';
    }
    for (int wanted = 0; wanted < 2; wanted++) {
        text[sizeof text - 15 - 1] = wanted ? 'a' : 'b';
        text[sizeof text - 2] = 'c';
        rg_lexeme found;
        assert_int_equal(rg_lexer_match(lexer, text, sizeof text - 1, 0, &found, NULL), RGPT_OK);
        assert_int_equal(found.rule, wanted - 1);
    }
    rg_lexer_free(lexer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_what_they_say),
        cmocka_unit_test(malformed_patterns_are_refused),
        cmocka_unit_test(longest_match_wins_then_the_first_rule),
        cmocka_unit_test(context_counts_but_is_not_taken),
        cmocka_unit_test(many_states_are_forgotten_and_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
