/* threads.h - how the program's threads wait for each other. */
#ifndef CLI_THREADS_H
#define CLI_THREADS_H

/* gcc's OpenMP lets a waiting thread spin for milliseconds. On a machine that is busy otherwise the spinning keeps
 * the very thread from running that is waited for, and an answer takes ten times as long (doc/performance.md). It
 * reads its settings before main, so unless the user has set them, the program sets GOMP_SPINCOUNT to some
 * microseconds' worth and starts itself once more, which takes a millisecond or two. */
void cli_threads_wait_politely(char **argv);

#endif
