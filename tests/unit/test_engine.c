/* The public API on the tiny model: what must hold whatever the weights are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/session.h"
#include "tiny_session.h"

static rgpt_model *model;
static rgpt_session *session;

static int open_session(void **state) {
    (void)state;
    rgpt_model_options exact = {.compute = RGPT_COMPUTE_EXACT, .threads = 2};
    if (rgpt_model_open(TINY_MODEL, &exact, &model, NULL) != RGPT_OK) return 1;
    return rg_tiny_session(model, &session, NULL) != RGPT_OK;
}

static int close_session(void **state) {
    (void)state;
    rgpt_session_close(session);
    rgpt_model_close(model);
    return 0;
}

static char *ask(const char *text, rgpt_usage *usage) {
    rgpt_answer answer;
    rgpt_error err;
    rgpt_generate_options options = {.max_tokens = 12};
    if (rgpt_ask(session, text, &options, &answer, &err) != RGPT_OK) fail_msg("%s", err.message);
    if (usage) *usage = answer.usage;
    return answer.text;
}

static void the_cache_changes_nothing(void **state) {
    (void)state;
    rgpt_usage first, second;
    char *fresh = ask("What is <region1>?", &first);
    rgpt_session_restart(session);
    char *cached = ask("What is <region1>?", &second);
    assert_string_equal(fresh, cached);
    assert_int_equal(first.cached_tokens, 0);
    assert_int_equal(second.cached_tokens, second.prompt_tokens - 1);

    /* Another region shares the beginning up to the region, not its answer's computation. */
    rgpt_session_restart(session);
    rgpt_usage other;
    char *elsewhere = ask("What is <region2>?", &other);
    assert_in_range(other.cached_tokens, 4, other.prompt_tokens - 1);
    free(elsewhere);
    free(fresh);
    free(cached);
}

static void a_second_turn_computes_only_what_is_new(void **state) {
    (void)state;
    rgpt_usage usage;
    free(ask("What is <region1>?", &usage));
    int before = usage.prompt_tokens + usage.generated_tokens - 1;
    free(ask("And <region2>?", &usage));
    assert_int_equal(usage.cached_tokens, before);
    assert_int_equal(session->said_count, 4);
}

static bool collect(void *context, const char *text, size_t size) {
    char *all = context;
    strncat(all, text, size);
    return true;
}

static void the_stream_is_the_answer(void **state) {
    (void)state;
    char streamed[4096] = "";
    rgpt_generate_options options = {.max_tokens = 30, .on_text = collect, .context = streamed};
    rgpt_answer answer;
    assert_int_equal(rgpt_ask(session, "Describe <region3>.", &options, &answer, NULL), RGPT_OK);
    assert_string_equal(answer.text, streamed);
    rgpt_answer_reset(&answer);
}

static bool refuse(void *context, const char *text, size_t size) {
    (void)text;
    (void)size;
    return ++*(int *)context < 2;
}

static void a_cancelled_answer_leaves_no_trace(void **state) {
    (void)state;
    int calls = 0;
    rgpt_generate_options options = {.max_tokens = 30, .on_text = refuse, .context = &calls};
    rgpt_answer answer;
    rgpt_error err;
    assert_int_equal(rgpt_ask(session, "Describe <region3>.", &options, &answer, &err), RGPT_CANCELLED);
    assert_int_equal(calls, 2);
    assert_int_equal(session->said_count, 0);
    rgpt_answer_reset(&answer);
}

/* A label's log-probability, token by token through the cache. */
static double score_slowly(const char *question, const char *label) {
    rg_prompt prompt;
    rg_ids ids = {.cap = 100};
    size_t kept;
    assert_int_equal(rg_conversation_prompt(session, question, &prompt, NULL), RGPT_OK);
    assert_int_equal(rg_prompt_answer(model->tpl, model->tokenizer, label, strlen(label), &ids, NULL), RGPT_OK);
    assert_int_equal(rg_timeline_set(session, prompt.items, prompt.count, &kept, NULL), RGPT_OK);
    double log_p = 0;
    for (size_t i = 0; i < ids.count; i++) {
        double sum = 0;
        for (int t = 0; t < model->net.config.decoder.vocab; t++) sum += exp((double)session->logits[t]);
        log_p += (double)session->logits[ids.data[i]] - log(sum);
        rg_item item = {.id = ids.data[i], .kind = RG_ITEM_TOKEN};
        assert_int_equal(rg_timeline_push(session, item, NULL), RGPT_OK);
    }
    rg_ids_reset(&ids);
    rg_prompt_reset(&prompt);
    return log_p;
}

static void choices_are_the_model_s_own_probabilities(void **state) {
    (void)state;
    static const char *const labels[] = {
        "dog", "dog house", "dogs", "a cat", "a dog", "the man in the red hat", "\xC3\xA9t\xC3\xA9"};
    enum { COUNT = sizeof labels / sizeof *labels };
    double p[COUNT], log_p[COUNT], sum = 0;
    rgpt_error err;
    if (rgpt_choose(session, "What is <region2>?", labels, COUNT, p, log_p, NULL, &err) != RGPT_OK) {
        fail_msg("%s", err.message);
    }
    for (int i = 0; i < COUNT; i++) {
        sum += p[i];
        assert_true(fabs(log_p[i] - score_slowly("What is <region2>?", labels[i])) < 1e-4);
    }
    assert_true(fabs(sum - 1) < 1e-12);
    assert_int_equal(session->said_count, 0);
}

static void hundreds_of_labels_take_several_passes(void **state) {
    (void)state;
    enum { COUNT = 700 };
    static char text[COUNT][32];
    const char *labels[COUNT];
    static double p[COUNT], log_p[COUNT];
    for (int i = 0; i < COUNT; i++) {
        snprintf(text[i], sizeof text[i], "thing %d of %d", i % 53, i);
        labels[i] = text[i];
    }
    assert_int_equal(rgpt_choose(session, "What is <region1>?", labels, COUNT, p, log_p, NULL, NULL), RGPT_OK);
    for (int i = 0; i < COUNT; i += 97) {
        assert_true(fabs(log_p[i] - score_slowly("What is <region1>?", labels[i])) < 1e-4);
    }
}

static void referring_sums_to_one(void **state) {
    (void)state;
    double p[3], none;
    assert_int_equal(rgpt_refer(session, "the dog", p, &none, NULL, NULL), RGPT_OK);
    assert_true(fabs(p[0] + p[1] + p[2] + none - 1) < 1e-12);
}

static void questions_that_make_no_sense_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"What is <region4>?", "<region0>", "\xff", "<image> <image>"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rgpt_answer answer;
        rgpt_error err;
        assert_int_not_equal(rgpt_ask(session, bad[i], NULL, &answer, &err), RGPT_OK);
        assert_true(strlen(err.message) > 10);
        rgpt_answer_reset(&answer);
    }
    static const char *const twice[] = {"dog", "cat", "dog"};
    double p[3];
    rgpt_error err;
    assert_int_equal(rgpt_choose(session, "What?", twice, 3, p, NULL, NULL, &err), RGPT_INVALID);
    assert_non_null(strstr(err.message, "dog"));
    assert_int_equal(rgpt_choose(session, "What?", twice, 0, p, NULL, NULL, &err), RGPT_INVALID);
    free(ask("What is <region1>?", NULL)); /* and the session still works */
}

static void a_full_context_is_an_error_that_says_how_full(void **state) {
    (void)state;
    static char text[8000];
    memset(text, 'x', sizeof text - 1);
    for (size_t i = 0; i < sizeof text - 1; i += 2) text[i] = ' ';
    rgpt_answer answer;
    rgpt_error err;
    assert_int_equal(rgpt_ask(session, text, NULL, &answer, &err), RGPT_LIMIT);
    assert_non_null(strstr(err.message, "512"));
    rgpt_answer_reset(&answer);
}

static void new_regions_replace_old_ones(void **state) {
    (void)state;
    char *first = ask("What is <region1>?", NULL);
    rgpt_session_restart(session);
    rgpt_regions *regions;
    assert_int_equal(rgpt_regions_new(48, 40, &regions, NULL), RGPT_OK);
    assert_int_equal(rgpt_regions_add_box(regions, 30, 25, 10, 10, NULL), RGPT_OK);
    assert_int_equal(rgpt_session_set_regions(session, regions, NULL), RGPT_OK);
    rgpt_usage usage;
    char *second = ask("What is <region1>?", &usage);
    assert_true(usage.cached_tokens < usage.prompt_tokens - 4); /* the old region's computation is not used */
    rgpt_answer answer;
    assert_int_equal(rgpt_ask(session, "<region2>", NULL, &answer, NULL), RGPT_INVALID);
    rgpt_answer_reset(&answer);
    rgpt_regions_free(regions);
    free(first);
    free(second);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_session, close_session)
    const struct CMUnitTest tests[] = {
        TEST(the_cache_changes_nothing),
        TEST(a_second_turn_computes_only_what_is_new),
        TEST(the_stream_is_the_answer),
        TEST(a_cancelled_answer_leaves_no_trace),
        TEST(choices_are_the_model_s_own_probabilities),
        TEST(hundreds_of_labels_take_several_passes),
        TEST(referring_sums_to_one),
        TEST(questions_that_make_no_sense_are_refused),
        TEST(a_full_context_is_an_error_that_says_how_full),
        TEST(new_regions_replace_old_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
