/* BLEU, ROUGE-L and CIDEr-D: published examples, the odd ends of each, bad input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/caption_eval.h"

typedef struct sample {
    const char *candidate;
    const char *references[4]; /* ended by NULL */
} sample;

static rg_caption_report evaluate(bool is_tokenized, const sample *samples, size_t count) {
    rg_caption_eval *eval;
    rg_caption_report report;
    rgpt_error err = {0};
    assert_int_equal(rg_caption_eval_new(&(rg_caption_options){.is_tokenized = is_tokenized}, &eval, &err), RGPT_OK);
    for (size_t i = 0; i < count; i++) {
        size_t reference_count = 0;
        while (reference_count < 4 && samples[i].references[reference_count]) reference_count++;
        assert_int_equal(rg_caption_eval_add(eval, samples[i].candidate, samples[i].references, reference_count, &err),
                         RGPT_OK);
    }
    assert_int_equal(rg_caption_eval_finish(eval, &report, &err), RGPT_OK);
    assert_int_equal(report.sample_count, count);
    rg_caption_eval_free(eval);
    return report;
}

static void near(double found, double wanted) {
    if (!(fabs(found - wanted) <= 1e-13)) fail_msg("found %.17g, wanted %.17g", found, wanted);
}

/* The README of aac-metrics; digits from pycocoevalcap. */
static void a_published_example(void **state) {
    (void)state;
    static const sample samples[] = {
        {"a man is speaking",
         {"a man speaks.", "someone speaks.", "a man is speaking while a bird is chirping in the background"}},
        {"rain falls", {"rain is falling hard on a surface"}},
    };
    rg_caption_report r = evaluate(false, samples, 2);
    static const double bleu[] = {0.42784759905121095, 0.4058918713139846, 0.43896546187160046, 0.45649954547375826};
    for (int n = 0; n < 4; n++) near(r.corpus.bleu[n], bleu[n]);
    near(r.corpus.rouge_l, 0.48706932685053234);
    near(r.corpus.cider, 0.9613547163493906);
    near(r.samples[0].cider, 1.3640549170323026);
    near(r.samples[1].cider, 0.5586545156664786);
    rg_caption_report_reset(&r);
}

/* The README of nlg-eval. */
static void one_sample_has_no_cider(void **state) {
    (void)state;
    static const sample samples[] = {{"this is a good test", {"this is a test", "this is also a test"}}};
    rg_caption_report r = evaluate(true, samples, 1);
    static const double bleu[] = {0.7999999996800004, 0.6324555317648827, 0.5108729546934666, 9.036020031392194e-05};
    for (int n = 0; n < 4; n++) near(r.corpus.bleu[n], bleu[n]);
    near(r.corpus.rouge_l, 0.9070631970260222);
    assert_true(r.corpus.cider == 0 && r.samples[0].cider == 0);
    rg_caption_report_reset(&r);
}

/* As pycocoevalcap gives them: for ROUGE-L an empty caption is one empty word. */
static void empty_captions(void **state) {
    (void)state;
    static const sample samples[] = {
        {"", {"a dog", "a cat"}}, {"a dog", {""}}, {".", {"..."}}, {"a dog runs", {"a dog runs"}}};
    rg_caption_report r = evaluate(false, samples, 4);
    static const double rouge[] = {0, 0, 1, 1};
    for (int i = 0; i < 4; i++) near(r.samples[i].rouge_l, rouge[i]);
    near(r.samples[0].bleu[0], 0);
    near(r.samples[0].cider, 0);
    assert_true(isfinite(r.corpus.bleu[3]) && isfinite(r.corpus.cider));
    rg_caption_report_reset(&r);
    r = evaluate(false, NULL, 0);
    assert_true(r.corpus.bleu[0] == 0 && r.corpus.rouge_l == 0 && r.corpus.cider == 0);
    rg_caption_report_reset(&r);
}

/* "S." ends with its period unless the next line starts a sentence: the reference reads all as one text. */
static void a_caption_can_depend_on_the_next(void **state) {
    (void)state;
    static const sample samples[] = {{"x", {"S Lane S.", "A street"}}, {"s", {"s", "at s"}}, {"a s.", {"a s"}}};
    rg_caption_report r = evaluate(false, samples, 3);
    near(r.samples[2].bleu[0], 0.49999999950000074); /* the last line keeps its "s." */
    rg_caption_report_reset(&r);
    static const sample followed[] = {{"a s.", {"a s"}}, {"The end", {"the end"}}};
    r = evaluate(false, followed, 2);
    near(r.samples[0].bleu[0], 0.9999999990000009);
    rg_caption_report_reset(&r);
}

static void line_breaks_stay_inside_their_caption(void **state) {
    (void)state;
    static const sample samples[] = {{"a\ndog\r\nruns", {"a dog\u2028runs"}}, {"two\vcats", {"two\fcats"}}};
    rg_caption_report r = evaluate(false, samples, 2);
    near(r.corpus.rouge_l, 1);
    rg_caption_report_reset(&r);
}

static void bad_samples_are_refused_and_leave_nothing(void **state) {
    (void)state;
    rg_caption_eval *eval;
    assert_int_equal(rg_caption_eval_new(&(rg_caption_options){0}, &eval, NULL), RGPT_OK);
    const char *good[] = {"a dog", "a cat"}, *bad[] = {"a dog", "\xFF"};
    rgpt_error err = {0};
    assert_int_equal(rg_caption_eval_add(eval, "a", good, 0, &err), RGPT_INVALID);
    rg_error_clear(&err);
    assert_int_equal(rg_caption_eval_add(eval, "a", bad, 2, &err), RGPT_FORMAT);
    assert_non_null(strstr(err.message, "reference 2 of 2: caption: "));
    rg_error_clear(&err);
    assert_int_equal(rg_caption_eval_add(eval, "a\xC3", good, 2, &err), RGPT_FORMAT);
    assert_non_null(strstr(err.message, "candidate: "));
    rg_error_clear(&err);
    char *huge = malloc(RG_CAPTION_LIMIT + 2);
    assert_non_null(huge);
    memset(huge, 'a', RG_CAPTION_LIMIT + 1);
    huge[RG_CAPTION_LIMIT + 1] = '\0';
    assert_int_equal(rg_caption_eval_add(eval, huge, good, 2, &err), RGPT_LIMIT);
    huge[RG_CAPTION_LIMIT] = '\0';
    assert_int_equal(rg_caption_eval_add(eval, huge, good, 2, NULL), RGPT_OK);
    free(huge);
    assert_int_equal(rg_caption_eval_add(eval, "a dog", good, 2, NULL), RGPT_OK);
    rg_caption_report r;
    assert_int_equal(rg_caption_eval_finish(eval, &r, NULL), RGPT_OK);
    assert_int_equal(r.sample_count, 2);
    near(r.samples[1].rouge_l, 1);
    rg_caption_report_reset(&r);
    rg_caption_eval_free(eval);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_published_example),
        cmocka_unit_test(one_sample_has_no_cider),
        cmocka_unit_test(empty_captions),
        cmocka_unit_test(a_caption_can_depend_on_the_next),
        cmocka_unit_test(line_breaks_stay_inside_their_caption),
        cmocka_unit_test(bad_samples_are_refused_and_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
