/* Memory failures in the evaluation of captions, from text to scores. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "eval/caption_eval.h"
#include "torture.h"

#define CASE TEST_DATA "/metrics/caption"

static const rg_meteor_options meteor_options = {
    .data = CASE "/meteor_data",
    .paraphrases = CASE "/paraphrase-small.gz",
    .has_module = {[RG_METEOR_STEM] = true, [RG_METEOR_SYNONYM] = true},
};

static rgpt_status caption_story(void *what, rgpt_error *err) {
    static const char *const references[] = {"Two dogs' bones (old).", "A dog isn't here, is it?"};
    rg_caption_eval *eval;
    rg_caption_report report;
    rgpt_status status = rg_caption_eval_new(what, &eval, err);
    if (status != RGPT_OK) return status;
    status = rg_caption_eval_add(eval, "A dog.", references, 2, err);
    if (status == RGPT_OK) status = rg_caption_eval_add(eval, "Two bones", references, 1, err);
    if (status == RGPT_OK) status = rg_caption_eval_finish(eval, &report, err);
    if (status == RGPT_OK) {
        assert_int_equal(report.sample_count, 2);
        rg_caption_report_reset(&report);
    }
    rg_caption_eval_free(eval);
    return status;
}

static void tokenizing_survives_full_memory(void **state) {
    (void)state;
    rg_caption_options options = {0};
    torture_memory(caption_story, &options, 150); /* the patterns alone take thousands */
}

static void scoring_survives_full_memory(void **state) {
    (void)state;
    rg_caption_options options = {.is_tokenized = true};
    torture_memory(caption_story, &options, 0);
}

static void meteor_survives_full_memory(void **state) {
    (void)state;
    rg_caption_options options = {.is_tokenized = true, .meteor = &meteor_options};
    torture_memory(caption_story, &options, 0);
}

static void meteor_survives_failing_calls(void **state) {
    (void)state;
    rg_caption_options options = {.is_tokenized = true, .meteor = &meteor_options};
    torture_calls(caption_story, &options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokenizing_survives_full_memory),
        cmocka_unit_test(scoring_survives_full_memory),
        cmocka_unit_test(meteor_survives_full_memory),
        cmocka_unit_test(meteor_survives_failing_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
