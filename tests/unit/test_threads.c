/* Two sessions on one model, each in a thread of its own, say what each says alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tiny_session.h"

static const char *const labels[] = {"a dog", "a cat", "tree"};

typedef struct talk {
    rgpt_model *model;
    const char *question;
    rgpt_status status;
    char *text;
    double p[3];
} talk;

static void *converse(void *context) {
    talk *t = context;
    rgpt_session *session;
    t->status = rg_tiny_session(t->model, &session, NULL);
    if (t->status != RGPT_OK) return NULL;
    rgpt_answer answer;
    rgpt_generate_options options = {.max_tokens = 10};
    t->status = rgpt_ask(session, t->question, &options, &answer, NULL);
    t->text = answer.text;
    if (t->status == RGPT_OK) t->status = rgpt_choose(session, t->question, labels, 3, t->p, NULL, NULL, NULL);
    rgpt_session_close(session);
    return NULL;
}

static void sessions_do_not_disturb_each_other(void **state) {
    (void)state;
    rgpt_model *model;
    rgpt_model_options one_thread = {.threads = 1};
    assert_int_equal(rgpt_model_open(TINY_MODEL, &one_thread, &model, NULL), RGPT_OK);
    static const char *const questions[] = {"What is <region1>?", "Is <region2> left of <region3>?"};
    talk alone[2], together[2];
    for (int i = 0; i < 2; i++) {
        alone[i] = together[i] = (talk){.model = model, .question = questions[i]};
        converse(&alone[i]);
    }
    pthread_t thread[2];
    for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&thread[i], NULL, converse, &together[i]), 0);
    for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(alone[i].status, RGPT_OK);
        assert_int_equal(together[i].status, RGPT_OK);
        assert_string_equal(alone[i].text, together[i].text);
        assert_memory_equal(alone[i].p, together[i].p, sizeof alone[i].p);
        free(alone[i].text);
        free(together[i].text);
    }
    rgpt_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sessions_do_not_disturb_each_other)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
