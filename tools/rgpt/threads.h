/* threads.h - how the program's threads wait for each other. */
#ifndef CLI_THREADS_H
#define CLI_THREADS_H

/* gcc's OpenMP lets waiting threads spin. On a machine that is busy otherwise the spinning keeps the very
 * thread from running that is waited for: an answer then takes ten times as long and more (doc/performance.md).
 * OpenMP reads its settings before main, so unless the user has set them, the program sets
 * OMP_WAIT_POLICY=passive and starts itself once more, which takes a few milliseconds. */
void cli_threads_wait_politely(char **argv);

#endif
