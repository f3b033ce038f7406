/* Region classification: what counts as right, tallies, confusion, misuse. (AP: tests/data/metrics.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "eval/classify.h"

static const char zoo[] =
    "{\"images\":[{\"id\":1}],\"categories\":[{\"id\":1,\"name\":\"Dog\"},{\"id\":2,\"name\":\"polar b\u00c9ar\"}],"
    "\"annotations\":["
    "{\"id\":10,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,9,9],\"area\":1023},"
    "{\"id\":11,\"image_id\":1,\"category_id\":1,\"bbox\":[20,0,9,9],\"area\":1024},"
    "{\"id\":12,\"image_id\":1,\"category_id\":2,\"bbox\":[40,0,9,9],\"area\":9216},"
    "{\"id\":13,\"image_id\":1,\"category_id\":2,\"bbox\":[60,0,9,9],\"area\":50,\"iscrowd\":1},"
    "{\"id\":14,\"image_id\":1,\"category_id\":2,\"bbox\":[80,0,9,9],\"area\":50}]}";

enum { ALL_VARIANTS = (1 << RG_CLASS_VARIANT_COUNT) - 1 };

static void open_zoo(rg_coco_truth *truth, rg_class **run) {
    unsigned needs = RG_COCO_BOXES | RG_COCO_AREAS;
    assert_int_equal(rg_coco_truth_read_bytes("zoo", zoo, sizeof zoo - 1, needs, truth, NULL), RGPT_OK);
    assert_int_equal(rg_class_new(truth, ALL_VARIANTS, run, NULL), RGPT_OK);
}

static rgpt_status say(rg_class *run, uint32_t annotation, const char *text) {
    return rg_class_add(run, &(rg_class_answer){.annotation = annotation, .text = text}, NULL);
}

static void only_the_exact_name_is_right(void **state) {
    (void)state;
    rg_coco_truth truth;
    rg_class *run;
    rg_class_report r;
    open_zoo(&truth, &run);
    assert_int_equal(say(run, 0, "dog"), RGPT_OK);
    assert_int_equal(say(run, 1, "DOG, on the left"), RGPT_OK); /* wrong, but understood */
    assert_int_equal(say(run, 2,
                         "polar b\xC3\xA9"
                         "ar."),
                     RGPT_OK); /* not even that */
    assert_int_equal(say(run, 3,
                         "POLAR B\xC3\x89"
                         "AR"),
                     RGPT_OK);
    assert_int_equal(rg_class_finish(run, &r, NULL), RGPT_OK);

    assert_true(r.all.correct == 1 && r.all.total == 4 && rg_class_accuracy(&r.all) == 0.25);
    assert_true(r.by_category[0].correct == 1 && r.by_category[0].total == 2 && r.by_category[1].total == 2);
    assert_true(r.by_size[RG_AP_SMALL].total == 2 && r.by_size[RG_AP_SMALL].correct == 1);
    assert_true(r.by_size[RG_AP_MEDIUM].total == 1 && r.by_size[RG_AP_LARGE].total == 1);
    assert_true(r.outside_count == 1 && r.unanswered_count == 1);
    const rg_class_confusion wanted[] = {{0, 0, 2}, {1, 1, 1}, {1, RG_CLASS_OUTSIDE, 1}};
    assert_int_equal(r.confusion_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(r.confusion[i].truth == wanted[i].truth && r.confusion[i].answer == wanted[i].answer &&
                    r.confusion[i].count == wanted[i].count);
    }
    assert_true(r.has_ap[RG_CLASS_TEXT] && !r.has_ap[RG_CLASS_TOP1] && !r.has_ap[RG_CLASS_ALL_LABELS]);
    assert_int_equal(r.ap[RG_CLASS_TEXT].detection_count, 3);
    rg_class_report_reset(&r);
    rg_class_free(run);
    rg_coco_truth_reset(&truth);
}

static void the_greatest_probability_is_the_answer(void **state) {
    (void)state;
    rg_coco_truth truth;
    rg_class *run;
    rg_class_report r;
    open_zoo(&truth, &run);
    const double dog[] = {0.9, 0.1}, tie[] = {0.5, 0.5};
    for (uint32_t i = 0; i < 3; i++) {
        const rg_class_answer answer = {.annotation = i, .probabilities = i == 0 ? dog : tie};
        assert_int_equal(rg_class_add(run, &answer, NULL), RGPT_OK);
    }
    assert_int_equal(rg_class_finish(run, &r, NULL), RGPT_OK);
    assert_true(r.all.correct == 2 && r.all.total == 3); /* of equals the first: both ties say dog */
    assert_int_equal(r.ap[RG_CLASS_TEXT].detection_count, 3);
    assert_int_equal(r.ap[RG_CLASS_TOP1].detection_count, 3);
    assert_int_equal(r.ap[RG_CLASS_ALL_LABELS].detection_count, 6);
    rg_class_report_reset(&r);
    rg_class_free(run);
    rg_coco_truth_reset(&truth);
}

static void bad_answers_are_refused_and_change_nothing(void **state) {
    (void)state;
    rg_coco_truth truth;
    rg_class *run;
    rg_class_report r;
    rgpt_error err = {0};
    open_zoo(&truth, &run);
    const double good[] = {0.9, 0.1}, bad[] = {0.9, NAN};
    assert_int_equal(say(run, 5, "dog"), RGPT_INVALID);
    assert_int_equal(rg_class_add(run, &(rg_class_answer){.probabilities = bad}, &err), RGPT_INVALID);
    assert_string_equal(err.message, "annotation 10: category 2: found probability nan");
    assert_int_equal(rg_class_add(run, &(rg_class_answer){.text = "dog", .probabilities = good}, NULL), RGPT_INVALID);
    assert_int_equal(rg_class_add(run, &(rg_class_answer){0}, NULL), RGPT_INVALID);
    assert_int_equal(say(run, 0, "dog"), RGPT_OK);
    rg_error_clear(&err);
    assert_int_equal(rg_class_add(run, &(rg_class_answer){.text = "dog"}, &err), RGPT_INVALID);
    assert_string_equal(err.message, "annotation 10: found a second answer, wanted one");
    assert_int_equal(rg_class_add(run, &(rg_class_answer){.annotation = 1, .probabilities = good}, NULL), RGPT_INVALID);
    assert_int_equal(rg_class_finish(run, &r, NULL), RGPT_OK);
    assert_true(r.all.total == 1 && r.all.correct == 1);
    rg_class_report_reset(&r);
    rg_class_free(run);
    rg_coco_truth_reset(&truth);
}

static void no_answers_are_zero(void **state) {
    (void)state;
    rg_coco_truth truth;
    rg_class *run;
    rg_class_report r;
    open_zoo(&truth, &run);
    assert_int_equal(rg_class_finish(run, &r, NULL), RGPT_OK);
    assert_true(rg_class_accuracy(&r.all) == 0 && r.unanswered_count == 4);
    assert_true(r.ap[RG_CLASS_TEXT].numbers[RG_AP] == 0);
    rg_class_report_reset(&r);
    rg_class_free(run);
    rg_coco_truth_reset(&truth);
}

static void two_categories_of_one_name_are_refused(void **state) {
    (void)state;
    const char text[] =
        "{\"images\":[{\"id\":1}],\"categories\":[{\"id\":1,\"name\":\"Dog\"},{\"id\":8,\"name\":\"dog\"}]}";
    rg_coco_truth truth;
    rg_class *run;
    rgpt_error err = {0};
    assert_int_equal(rg_coco_truth_read_bytes("T", text, sizeof text - 1, 0, &truth, NULL), RGPT_OK);
    assert_int_equal(rg_class_new(&truth, 0, &run, &err), RGPT_INVALID);
    assert_non_null(strstr(err.message, "are both called 'dog'"));
    assert_null(run);
    rg_coco_truth_reset(&truth);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_exact_name_is_right),
        cmocka_unit_test(the_greatest_probability_is_the_answer),
        cmocka_unit_test(bad_answers_are_refused_and_change_nothing),
        cmocka_unit_test(no_answers_are_zero),
        cmocka_unit_test(two_categories_of_one_name_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
