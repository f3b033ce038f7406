#include "case.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child tells, in memory that both see: a pipe would need a protocol for half a message. */
typedef struct report {
    bool is_complete;
    int verdict;
    long resident_at_start; /* KiB */
    char line[1000];
} report;

static void run_in_child(report *shared, const rg_limits *limits, rg_case_fn fn, const void *what) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    shared->resident_at_start = usage.ru_maxrss;
    alarm(limits->wall_seconds);
    shared->verdict = fn(what, shared->line, sizeof shared->line);
    shared->is_complete = true;
    exit(EXIT_SUCCESS); /* not _exit: LeakSanitizer reports at exit */
}

static double seconds_of(const struct rusage *usage) {
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           1e-6 * (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

/* How the child ended, where that alone makes the case a failure; NULL text otherwise. */
static bool describe_end(int status, const struct rusage *usage, const report *shared, const rg_limits *limits,
                         char *text, size_t size) {
    double seconds = seconds_of(usage);
    long growth = usage->ru_maxrss - shared->resident_at_start;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        snprintf(text, size, "still running after %u s", limits->wall_seconds);
    } else if (WIFSIGNALED(status)) {
        snprintf(text, size, "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !shared->is_complete) {
        snprintf(text, size, "exit status %d: a sanitizer's report, or the case called exit", WEXITSTATUS(status));
    } else if (limits->cpu_seconds > 0 && seconds > limits->cpu_seconds) {
        snprintf(text, size, "took %.2f s, at most %.2f s", seconds, limits->cpu_seconds);
    } else if (limits->memory_growth > 0 && growth > 0 && (size_t)growth > limits->memory_growth / 1024) {
        snprintf(text, size, "grew by %ld MiB, at most %zu MiB", growth / 1024, limits->memory_growth >> 20);
    } else {
        return false;
    }
    return true;
}

void rg_case_run(rg_tally *tally, const char *name, const rg_limits *limits, rg_case_fn fn, const void *what) {
    report *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fflush(NULL); /* or the child would print again what waits in our buffers */
    pid_t pid = shared == MAP_FAILED ? -1 : fork();
    if (pid < 0) {
        rg_case_report(tally, name, RG_CASE_FAIL, strerror(errno));
        if (shared != MAP_FAILED) munmap(shared, sizeof *shared);
        return;
    }
    if (pid == 0) run_in_child(shared, limits, fn, what);

    int status;
    struct rusage usage;
    while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) continue;
    char ending[200];
    bool ended_badly = describe_end(status, &usage, shared, limits, ending, sizeof ending);
    rg_case_report(tally, name, ended_badly ? RG_CASE_FAIL : shared->verdict, ended_badly ? ending : shared->line);
    munmap(shared, sizeof *shared);
}

void rg_case_report(rg_tally *tally, const char *name, int verdict, const char *line) {
    const char *word = verdict == RG_CASE_PASS ? "ok" : verdict == RG_CASE_SKIP ? "skip" : "FAIL";
    int *count = verdict == RG_CASE_PASS ? &tally->passed : verdict == RG_CASE_SKIP ? &tally->skipped : &tally->failed;
    ++*count;
    printf("%-4s %-24s %s\n", word, name, line);
    fflush(stdout);
}

int rg_tally_close(const rg_tally *tally) {
    printf("%d passed, %d failed", tally->passed, tally->failed);
    if (tally->skipped > 0) printf(", %d skipped", tally->skipped);
    printf("\n");
    if (tally->passed + tally->failed + tally->skipped == 0) {
        fprintf(stderr, "no case was found\n");
        return EXIT_FAILURE;
    }
    return tally->failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
