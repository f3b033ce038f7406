/* case.h - how the folder runners run one case and count it.
 *
 * A case runs in a child process of its own: a crash, a leak that LeakSanitizer reports, a hang or
 * runaway memory is then one FAIL line, and the cases after it still run. The runner itself calls
 * nothing of the library, so the child starts from a clean process.
 */
#ifndef RG_TESTS_CASE_H
#define RG_TESTS_CASE_H

#include <stddef.h>

/* What a case function returns. */
enum { RG_CASE_PASS = 0, RG_CASE_FAIL = 1, RG_CASE_SKIP = 2 };

/* Runs one case and writes one line about it (figures, or what went wrong). */
typedef int (*rg_case_fn)(const void *what, char *line, size_t line_size);

/* A case that goes past a limit fails. Zero means unlimited, but for wall_seconds, which must be set. */
typedef struct rg_limits {
    unsigned wall_seconds; /* the child is killed then; generous, because the machine may be busy */
    double cpu_seconds;    /* what "takes too long" means: processor time, user and system */
    size_t memory_growth;  /* bytes of resident memory above those at the case's start */
} rg_limits;

typedef struct rg_tally {
    int passed, failed, skipped;
} rg_tally;

/* Runs `fn` under `limits`, prints "ok   NAME  line" (or FAIL, or skip) and counts it. */
void rg_case_run(rg_tally *tally, const char *name, const rg_limits *limits, rg_case_fn fn, const void *what);

/* Prints and counts a verdict that needed no run. */
void rg_case_report(rg_tally *tally, const char *name, int verdict, const char *line);

/* Prints the closing line, "N passed, N failed" (", N skipped"); returns the program's exit status. Having
 * run nothing is a failure: a mistyped folder must not look like success. */
int rg_tally_close(const rg_tally *tally);

#endif
