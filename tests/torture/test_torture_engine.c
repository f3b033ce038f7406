/* Memory failures in the public API: opening a model, looking, asking, choosing, referring, converting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fault.h"
#include "tiny_session.h"
#include "torture.h"

/* One thread: OpenMP's own allocations are no business of ours. */
static const rgpt_model_options one_thread = {.threads = 1};

static rgpt_status open_story(void *what, rgpt_error *err) {
    (void)what;
    rgpt_model *model;
    rgpt_status status = rgpt_model_open(TINY_MODEL, &one_thread, &model, err);
    rgpt_model_close(model);
    return status;
}

static rgpt_status look_story(void *what, rgpt_error *err) {
    rgpt_session *session;
    rgpt_status status = rg_tiny_session(what, &session, err);
    rgpt_session_close(session);
    return status;
}

/* After a failure the session must still answer: its conversation is as before. */
static rgpt_status ask_story(void *what, rgpt_error *err) {
    rgpt_session *session;
    rgpt_status status = rg_tiny_session(what, &session, err);
    if (status != RGPT_OK) return status;
    rgpt_answer answer = {0};
    rgpt_generate_options options = {.max_tokens = 3};
    status = rgpt_ask(session, "What is <region1>?", &options, &answer, err);
    rgpt_answer_reset(&answer);
    if (status == RGPT_OK) status = rgpt_ask(session, "And <region2>?", &options, &answer, err);
    rgpt_answer_reset(&answer);
    rgpt_session_close(session);
    return status;
}

static rgpt_status choose_story(void *what, rgpt_error *err) {
    static const char *const labels[] = {"a dog", "a cat", "a cat and a dog", "tree"};
    rgpt_session *session;
    rgpt_status status = rg_tiny_session(what, &session, err);
    if (status != RGPT_OK) return status;
    double p[4], none;
    status = rgpt_choose(session, "What is <region3>?", labels, 4, p, NULL, NULL, err);
    if (status == RGPT_OK) status = rgpt_refer(session, "the dog", p, &none, NULL, err);
    rgpt_session_close(session);
    return status;
}

static void opening_survives_full_memory(void **state) {
    (void)state;
    torture_memory(open_story, NULL, 150);
}

static void looking_survives_full_memory(void **state) {
    torture_memory(look_story, *state, 0);
}

static void asking_survives_full_memory(void **state) {
    torture_memory(ask_story, *state, 0);
}

static void choosing_survives_full_memory(void **state) {
    torture_memory(choose_story, *state, 0);
}

/* Allocations of an answer of `most` tokens, once everything is warm. */
static int count_allocations(rgpt_session *session, int most) {
    rgpt_answer answer;
    rgpt_generate_options options = {.max_tokens = most};
    fault_arm((fault_plan){.kind = FAULT_MEMORY});
    rgpt_status status = rgpt_ask(session, "Describe <region1>.", &options, &answer, NULL);
    int count = fault_count();
    fault_disarm();
    assert_int_equal(status, RGPT_OK);
    assert_int_equal(answer.usage.generated_tokens, most); /* random weights do not end their turn by then */
    rgpt_answer_reset(&answer);
    rgpt_session_restart(session);
    return count;
}

static void no_token_allocates(void **state) {
    rgpt_session *session;
    assert_int_equal(rg_tiny_session(*state, &session, NULL), RGPT_OK);
    count_allocations(session, 4);
    assert_int_equal(count_allocations(session, 40), count_allocations(session, 4));
    rgpt_session_close(session);
}

static int open_model(void **state) {
    return rgpt_model_open(TINY_MODEL, &one_thread, (rgpt_model **)state, NULL) != RGPT_OK;
}

static int close_model(void **state) {
    rgpt_model_close(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_survives_full_memory),
        cmocka_unit_test_setup_teardown(looking_survives_full_memory, open_model, close_model),
        cmocka_unit_test_setup_teardown(asking_survives_full_memory, open_model, close_model),
        cmocka_unit_test_setup_teardown(choosing_survives_full_memory, open_model, close_model),
        cmocka_unit_test_setup_teardown(no_token_allocates, open_model, close_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
