#include "threads.h"

#include <stdlib.h>
#include <unistd.h>

void cli_threads_wait_politely(char **argv) {
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT")) return;
    if (setenv("GOMP_SPINCOUNT", "1000", 0) != 0) return;
    execv("/proc/self/exe", argv); /* where that is not to be had, it goes on as it is */
}
