#include "torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

/* There only in builds with AddressSanitizer. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* A code path that needs more than this to come to its end is looping. */
enum { MOST_CALLS = 1000000 };

static rgpt_status run(torture_fn story, void *what, fault_plan plan, rgpt_error *err) {
    *err = (rgpt_error){0};
    fault_arm(plan);
    rgpt_status status = story(what, err);
    fault_disarm();
    return status;
}

/* The story with nothing failing: must work. Run before anything is counted, because libraries keep caches. */
static int count_calls(torture_fn story, void *what, fault_plan plan) {
    rgpt_error err;
    plan.first = 0;
    if (run(story, what, plan, &err) != RGPT_OK) fail_msg("fails with nothing failing: %s", err.message);
    return fault_count();
}

/* `wanted`: what a failure may end in; RGPT_OK: it must be overcome. */
static void check_status(rgpt_status status, const rgpt_error *err, rgpt_status wanted, const char *which, int number) {
    if (status != wanted) fail_msg("%s %d: status %d, wanted %d: %s", which, number, status, wanted, err->message);
    if (err->status != status) fail_msg("%s %d: returned %d, says %d", which, number, status, err->status);
    if (status != RGPT_OK && err->message[0] == '\0') fail_msg("%s %d: a failure without a message", which, number);
}

static void check_leaks(void) {
    if (__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check()) fail_msg("leaks: see the report above");
}

static void fail_each(torture_fn story, void *what, fault_plan plan, int step, rgpt_status wanted, const char *which) {
    for (int number = 1; number < MOST_CALLS; number += step) {
        rgpt_error err;
        plan.first = number;
        rgpt_status status = run(story, what, plan, &err);
        fault_duty duty = fault_get_duty();
        if (duty == FAULT_NOT_STRUCK) {
            check_status(status, &err, RGPT_OK, "nothing failing before", number);
            check_leaks();
            return;
        }
        /* Memory that is only a cache's may be done without. */
        bool may_work = plan.kind == FAULT_MEMORY || duty == FAULT_TO_IGNORE;
        bool is_free = duty == FAULT_TO_BLUR || (may_work && status == RGPT_OK);
        check_status(status, &err, is_free ? status : wanted, which, number);
    }
    fail_msg("no end after %d failing calls", MOST_CALLS);
}

void torture_memory(torture_fn story, void *what, int most) {
    fault_plan plan = {.kind = FAULT_MEMORY};
    json_set_alloc_funcs(fault_jansson_malloc, free);
    count_calls(story, what, plan);
    int count = count_calls(story, what, plan);
    int step = most > 0 && count > most ? (count + most - 1) / most : 1;

    fail_each(story, what, plan, step, RGPT_NO_MEMORY, "allocation");
    plan.is_for_good = true;
    fail_each(story, what, plan, step, RGPT_NO_MEMORY, "allocation and all later ones from");
    json_set_alloc_funcs(malloc, free);
}

void torture_calls(torture_fn story, void *what) {
    static const int errors[] = {EIO, ENOSPC};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        fault_plan plan = {.kind = FAULT_CALL, .error = errors[i]};
        count_calls(story, what, plan);
        fail_each(story, what, plan, 1, RGPT_IO, strerror(errors[i]));
        plan.is_for_good = true;
        fail_each(story, what, plan, 1, RGPT_IO, strerror(errors[i]));
    }
    fail_each(story, what, (fault_plan){.kind = FAULT_CALL, .error = EINTR}, 1, RGPT_OK, "interrupted transfer");
    fault_plan cut = {.kind = FAULT_SHORT};
    fail_each(story, what, cut, 1, RGPT_OK, "short transfer");
    cut.is_for_good = true;
    fail_each(story, what, cut, 1, RGPT_OK, "short transfers from");
}
