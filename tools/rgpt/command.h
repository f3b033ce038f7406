/* command.h - what a command of the program is, and how it ends.
 *
 * The program is a user of the library like any other: these files include <rgpt/rgpt.h>, never the
 * library's own headers. Their names begin with cli_.
 *
 * Functions that can fail return an exit code and have then said why in one line on stderr (report.h),
 * so a caller only has to clean up and pass the code on.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <rgpt/rgpt.h>

/* The exit codes, a contract with scripts. */
enum {
    CLI_OK = 0,
    CLI_FAILED = 1,        /* bad input, or a failure at run time */
    CLI_USAGE = 2,         /* the command line makes no sense */
    CLI_INTERRUPTED = 130, /* stopped by SIGINT */
};

typedef struct cli_command cli_command;
struct cli_command {
    const char *name;    /* "describe" */
    const char *purpose; /* what it does, in half a line */
    /* argv[0] is the command's name; argv may be reordered. */
    int (*run)(const cli_command *self, int argc, char **argv);
};

#define COMMAND(name, purpose) int cli_run_##name(const cli_command *self, int argc, char **argv);
#include "commands.def"
#undef COMMAND

#endif
