#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const double patience_ms = 2000, redraw_ms = 100;

/* There is one terminal, so there is one bar. */
static struct bar {
    double started, drawn; /* ms */
    bool is_terminal, is_shown;
} bar;

double cli_clock_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

void cli_progress_begin(void) {
    bar = (struct bar){.started = cli_clock_ms(), .is_terminal = isatty(STDERR_FILENO) == 1};
}

void cli_progress_update(const char *what, int64_t done, int64_t total) {
    double now = cli_clock_ms(), elapsed = now - bar.started;
    bool is_due = elapsed > patience_ms && now - bar.drawn >= redraw_ms;
    if (!bar.is_terminal || !is_due || done <= 0 || total <= 0) return;
    if (done > total) done = total;

    static const char full[] = "########################", none[] = "........................";
    int width = (int)sizeof full - 1;
    int filled = (int)((double)done / (double)total * width);
    double left = elapsed * (double)(total - done) / (double)done / 1e3; /* s, as if all parts were alike */
    fprintf(stderr, "\r%-24.24s [%.*s%.*s] %3d %%  %d:%02d left\033[K", what, filled, full, width - filled, none,
            (int)(100 * done / total), (int)left / 60, (int)left % 60);
    bar.drawn = now;
    bar.is_shown = true;
}

void cli_progress_clear(void) {
    if (bar.is_shown) fputs("\r\033[K", stderr);
    bar.is_shown = false;
}
