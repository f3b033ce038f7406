#include "interrupt.h"

#include <signal.h>

static volatile sig_atomic_t has_come;

static void on_interrupt(int number) {
    (void)number;
    has_come = 1;
}

void cli_interrupt_install(void) {
    /* No SA_RESTART: a read from a silent pipe must return for the flag to be seen. SA_RESETHAND makes
     * the second signal deadly, for the times when the next good place is far away. */
    struct sigaction once = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&once.sa_mask);

    /* A shell starts background jobs with SIGINT ignored; that wish is respected. */
    struct sigaction inherited;
    if (sigaction(SIGINT, NULL, &inherited) == 0 && inherited.sa_handler != SIG_IGN) sigaction(SIGINT, &once, NULL);

    signal(SIGPIPE, SIG_DFL);
}

bool cli_interrupted(void) {
    return has_come != 0;
}
