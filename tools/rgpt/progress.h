/* progress.h - the program's one bar with the time left, on stderr: only on a terminal, and only for what
 * takes longer than two seconds. An error takes it off the screen before its own line (report.h). */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdint.h>

/* Milliseconds of a clock that is never set back. */
double cli_clock_ms(void);

/* The work begins now. */
void cli_progress_begin(void);

/* `done` of `total` parts; `what` is being worked on. Cheap enough to call for every part. */
void cli_progress_update(const char *what, int64_t done, int64_t total);

/* Takes the bar off the screen: before any other text, and at the end. */
void cli_progress_clear(void);

#endif
