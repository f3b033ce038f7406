/* Referring expressions: candidates, answers, both conventions of "enough overlap". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "eval/refer.h"

static const rg_box whole = {0, 0, 10, 10}, half = {0, 0, 10, 5}, away = {20, 20, 5, 5};

static void the_truth_is_added_when_nothing_covers_it(void **state) {
    (void)state;
    rg_box out[3];
    assert_int_equal(rg_refer_candidates((rg_box[]){away, half}, 2, whole, out), 2); /* exactly 0.5 covers */
    assert_int_equal(rg_refer_candidates((rg_box[]){away}, 1, whole, out), 2);
    assert_memory_equal(&out[1], &whole, sizeof whole);
    assert_int_equal(rg_refer_candidates(NULL, 0, whole, out), 1);
}

static void answers_name_a_candidate(void **state) {
    (void)state;
    assert_int_equal(rg_refer_parse("Region [1].", 3), 0);
    assert_int_equal(rg_refer_parse(" Region [3]\n", 3), 2);
    assert_int_equal(rg_refer_parse("No corresponding options found.", 3), RG_REFER_NONE);
    static const char *const unparsed[] = {"",
                                           "Region [0].",
                                           "Region [4].",
                                           "Region [].",
                                           "Region 1.",
                                           "region [1].",
                                           "Region [1]..",
                                           "Region [1]. It is red.",
                                           "Region [-1].",
                                           "Region [99999999999999999999].",
                                           "Region [1",
                                           "<region1>"};
    for (size_t i = 0; i < sizeof unparsed / sizeof *unparsed; i++) {
        assert_int_equal(rg_refer_parse(unparsed[i], 3), RG_REFER_UNPARSED);
    }
}

static void both_conventions_are_counted(void **state) {
    (void)state;
    rg_refer_counts counts = {0};
    rg_box candidates[] = {half, away, whole};
    assert_int_equal(rg_refer_add(&counts, candidates, 2, 0, &whole, NULL), RGPT_OK);
    assert_int_equal(rg_refer_add(&counts, candidates, 3, 2, &whole, NULL), RGPT_OK);
    assert_int_equal(rg_refer_add(&counts, candidates, 3, 1, &whole, NULL), RGPT_OK);
    assert_int_equal(rg_refer_add(&counts, candidates, 3, RG_REFER_UNPARSED, &whole, NULL), RGPT_OK);
    assert_int_equal(rg_refer_add(&counts, candidates, 3, RG_REFER_NONE, &whole, NULL), RGPT_OK);
    assert_int_equal(rg_refer_add(&counts, candidates, 3, RG_REFER_NONE, NULL, NULL), RGPT_OK);
    assert_int_equal(rg_refer_add_box(&counts, &half, whole, NULL), RGPT_OK);
    assert_int_equal(rg_refer_add_box(&counts, NULL, whole, NULL), RGPT_OK);

    assert_int_equal(counts.all.total, 8);
    assert_int_equal(counts.all.correct[RG_REFER_AT_LEAST], 4);
    assert_int_equal(counts.all.correct[RG_REFER_ABOVE], 2);
    assert_int_equal(counts.by_candidates_count, 4);
    assert_int_equal(counts.by_candidates[0].total, 2);
    assert_int_equal(counts.by_candidates[1].total, 0);
    assert_true(rg_refer_accuracy(&counts.by_candidates[2], RG_REFER_AT_LEAST) == 1);
    assert_true(rg_refer_accuracy(&counts.by_candidates[3], RG_REFER_ABOVE) == 0.4);
    assert_true(rg_refer_accuracy(&counts.by_candidates[1], RG_REFER_ABOVE) == 0);
    assert_int_equal(counts.none_count, 2);
    assert_int_equal(counts.unparsed_count, 2);
    assert_int_equal(rg_refer_add(&counts, candidates, 3, 3, &whole, NULL), RGPT_INVALID);
    rg_refer_reset(&counts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_truth_is_added_when_nothing_covers_it),
        cmocka_unit_test(answers_name_a_candidate),
        cmocka_unit_test(both_conventions_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
