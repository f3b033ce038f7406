/* interrupt.h - Ctrl-C: the first asks the program to stop at the next good place, a second kills it. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

/* Catches SIGINT once, and lets SIGPIPE end the program quietly even when the parent ignored it. */
void cli_interrupt_install(void);

/* Has SIGINT come? Ask wherever stopping is safe; then return CLI_INTERRUPTED. */
bool cli_interrupted(void);

#endif
