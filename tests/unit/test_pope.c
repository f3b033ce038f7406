/* Yes/no questions: the published parsing rule, scores, pairing of files, generated questions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "eval/pope.h"
#include "eval/pope_questions.h"

static void a_no_is_a_no_by_the_published_rule(void **state) {
    (void)state;
    static const char *const no[] = {
        "no",      "No",         "not", "No,", "no.", "I think not, really", "There is no.dog", "yes no",
        "Yes, no", "Answer: No", " no", "no ", "n,o", "It is not there."};
    static const char *const yes[] = {"",
                                      ".",
                                      "NO",
                                      "nope",
                                      "Not",
                                      "Yes. No.",
                                      ".No",
                                      "no\n",
                                      "\"No\"",
                                      "No!",
                                      "cannot",
                                      "n o",
                                      "no,yes",
                                      "**No**",
                                      ("no\xC2\xA0"
                                       "dog")};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) assert_true(rg_pope_is_no(no[i], strlen(no[i])));
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) assert_false(rg_pope_is_no(yes[i], strlen(yes[i])));
}

static void a_yes_is_a_word(void **state) {
    (void)state;
    static const char *const yes[] = {"yes", "YES!", "Oh, Yes.", "**yes**"};
    static const char *const other[] = {"", "yesterday", "NO", "yes\xC3\xA9", "it is there"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) assert_true(rg_pope_says_yes(yes[i], strlen(yes[i])));
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        assert_false(rg_pope_says_yes(other[i], strlen(other[i])));
    }
}

static void scores_of_nothing_are_zero(void **state) {
    (void)state;
    rg_pope_counts counts = {0};
    rg_pope_scores s = rg_pope_finish(&counts);
    assert_true(s.count == 0 && s.accuracy == 0 && s.precision == 0 && s.f1 == 0 && s.yes_ratio == 0);
    rg_pope_add(&counts, true, "no", 2); /* never a yes: precision is 0 of 0 */
    s = rg_pope_finish(&counts);
    assert_true(s.count == 1 && s.accuracy == 0 && s.precision == 0 && s.recall == 0 && s.f1 == 0);
    rg_pope_add(&counts, true, "?", 1);
    rg_pope_add(&counts, false, "no", 2);
    rg_pope_add(&counts, false, "yes", 3);
    s = rg_pope_finish(&counts);
    assert_true(s.accuracy == 0.5 && s.precision == 0.5 && s.recall == 0.5 && s.f1 == 0.5 && s.yes_ratio == 0.5);
    assert_int_equal(counts.unparsed, 1);
}

/* ------------------------------------------------------------------ files */

static rgpt_status read_texts(const char *questions, const char *answers, rg_pope_counts *out, rgpt_error *err) {
    char folder[] = "/tmp/rg_pope_XXXXXX", question_path[64], answer_path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(question_path, sizeof question_path, "%s/q", folder);
    snprintf(answer_path, sizeof answer_path, "%s/a", folder);
    assert_int_equal(rg_file_write(question_path, questions, strlen(questions), NULL), RGPT_OK);
    assert_int_equal(rg_file_write(answer_path, answers, strlen(answers), NULL), RGPT_OK);
    rgpt_status status = rg_pope_read(question_path, answer_path, out, err);
    unlink(question_path);
    unlink(answer_path);
    rmdir(folder);
    return status;
}

#define Q1 "{\"question_id\": 1, \"text\": \"A?\", \"label\": \"yes\"}\n"
#define Q2 "{\"question_id\": 2, \"text\": \"B?\", \"label\": \"no\"}\n"

static void assert_refused(const char *questions, const char *answers, const char *message) {
    rg_pope_counts counts;
    rgpt_error err = {0};
    assert_int_equal(read_texts(questions, answers, &counts, &err), RGPT_FORMAT);
    assert_non_null(strstr(err.message, message));
}

static void files_are_paired_by_order(void **state) {
    (void)state;
    rg_pope_counts counts;
    assert_int_equal(read_texts(Q1 Q2, "{\"answer\":\"yes\"}{\"answer\":\"No.\"}", &counts, NULL), RGPT_OK);
    assert_true(counts.true_yes == 1 && counts.true_no == 1);
    assert_refused(Q1 Q2, "{\"text\":\"yes\"}", "record 1 at byte 49: the answers end before this question");
    assert_refused(Q1, "{\"text\":\"yes\"}{\"text\":\"no\"}", "record 1 at byte 14: the questions end before");
    assert_refused(Q1, "{\"question_id\":2,\"text\":\"yes\"}", "found question_id 2, wanted 1");
    assert_refused(Q1, "{\"question\":\"B?\",\"text\":\"yes\"}", "found the question 'B?', wanted 'A?'");
    assert_refused(Q1, "{\"text\":null}", "record 0 at byte 0: 'text': found null, wanted a string");
    assert_refused("{\"label\":\"maybe\"}", "{\"text\":\"\"}", "'label': found 'maybe', wanted yes or no");
}

/* ------------------------------------------------------------------ generated questions */

/* Images 1 to 3 show cat+dog+cup, cat+dog, cat+cup; 4 shows an apple. */
static const char pets[] =
    "{\"images\":[{\"id\":1,\"file_name\":\"1.jpg\"},{\"id\":2,\"file_name\":\"2.jpg\"},"
    "{\"id\":3,\"file_name\":\"3.jpg\"},{\"id\":4,\"file_name\":\"4.jpg\"}],"
    "\"categories\":[{\"id\":1,\"name\":\"cat\"},{\"id\":2,\"name\":\"dog\"},{\"id\":3,\"name\":\"cup\"},"
    "{\"id\":4,\"name\":\"apple\"}],\"annotations\":["
    "{\"id\":1,\"image_id\":1,\"category_id\":1},{\"id\":2,\"image_id\":1,\"category_id\":2},"
    "{\"id\":3,\"image_id\":1,\"category_id\":3},{\"id\":4,\"image_id\":2,\"category_id\":1},"
    "{\"id\":5,\"image_id\":2,\"category_id\":2},{\"id\":6,\"image_id\":3,\"category_id\":1},"
    "{\"id\":7,\"image_id\":3,\"category_id\":3},{\"id\":8,\"image_id\":4,\"category_id\":4},"
    "{\"id\":9,\"image_id\":2,\"category_id\":1}]}";

static char *write_questions(const rg_pope_plan *plan, rgpt_status wanted) {
    rg_coco_truth truth;
    rg_buffer out = {.cap = 1 << 20};
    assert_int_equal(rg_coco_truth_read_bytes("pets", pets, sizeof pets - 1, 0, &truth, NULL), RGPT_OK);
    assert_int_equal(rg_pope_write_questions(&truth, plan, &out, NULL), wanted);
    rg_coco_truth_reset(&truth);
    return out.data;
}

/* How often a text stands in another. */
static int count_text(const char *text, const char *part) {
    int count = 0;
    for (const char *at = text; (at = strstr(at, part)); at++) count++;
    return count;
}

static void questions_follow_their_setting(void **state) {
    (void)state;
    for (rg_pope_setting s = 0; s < RG_POPE_SETTING_COUNT; s++) {
        rg_pope_plan plan = {.setting = s, .images = 4, .objects = 1, .seed = 5};
        char *text = write_questions(&plan, RGPT_OK), *again = write_questions(&plan, RGPT_OK);
        assert_string_equal(text, again);
        assert_int_equal(count_text(text, "\"label\": \"yes\""), 4);
        assert_int_equal(count_text(text, "\"label\": \"no\""), 4);
        assert_int_equal(count_text(text, "\"1.jpg\", \"text\": \"Is there a cat in the image?\", \"label\": \"yes\""),
                         1);
        assert_int_equal(count_text(text, "\"text\": \"Is there an apple in the image?\", \"label\": \"yes\""), 1);
        if (s == RG_POPE_POPULAR) {
            assert_int_equal(
                count_text(text, "\"4.jpg\", \"text\": \"Is there a cat in the image?\", \"label\": \"no\""), 1);
        }
        if (s == RG_POPE_ADVERSARIAL) { /* cats stand with cups and dogs */
            assert_int_equal(
                count_text(text, "\"2.jpg\", \"text\": \"Is there a cup in the image?\", \"label\": \"no\""), 1);
            assert_int_equal(
                count_text(text, "\"3.jpg\", \"text\": \"Is there a dog in the image?\", \"label\": \"no\""), 1);
        }
        free(text);
        free(again);
    }
}

static void too_few_images_or_categories_are_refused(void **state) {
    (void)state;
    free(write_questions(&(rg_pope_plan){.images = 2, .objects = 3}, RGPT_INVALID));
    free(write_questions(&(rg_pope_plan){.images = 1, .objects = 3}, RGPT_INVALID));
    free(write_questions(&(rg_pope_plan){0}, RGPT_INVALID));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_no_is_a_no_by_the_published_rule),
        cmocka_unit_test(a_yes_is_a_word),
        cmocka_unit_test(scores_of_nothing_are_zero),
        cmocka_unit_test(files_are_paired_by_order),
        cmocka_unit_test(questions_follow_their_setting),
        cmocka_unit_test(too_few_images_or_categories_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
