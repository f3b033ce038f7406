/* options.h - the command line from tables: one row an option gives its parsing and its help.
 *
 * A command lists groups of options; a group binds a table to the struct that its values go to. Options
 * stand anywhere among the other words: `--name value`, `--name=value`, `-n value`, `-nvalue`; `--` ends
 * them. A word that looks like a negative number is never an option.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cli_option cli_option;

/* Puts `value` (NULL for a flag) into `target`. Returns CLI_OK, or reports and returns another code. */
typedef int (*cli_option_set)(const cli_option *option, const char *value, void *target);

struct cli_option {
    const char *name;     /* "box" for --box; NULL ends a table */
    char letter;          /* 'm' for -m; 0: none */
    const char *argument; /* as help shows it: "x,y,w,h"; NULL: a flag */
    const char *help;     /* what it does, and its default; may hold line breaks */
    cli_option_set set;
    size_t offset;       /* where the ready-made setters below find their field in the target */
    int64_t least, most; /* cli_set_integer: the range */
    int code;            /* cli_set_code: the value; others: as they please */
};

/* Ready-made setters and the type of their field. */
int cli_set_flag(const cli_option *option, const char *value, void *target);    /* bool: becomes true */
int cli_set_count(const cli_option *option, const char *value, void *target);   /* int: how often given */
int cli_set_code(const cli_option *option, const char *value, void *target);    /* int: becomes `code` */
int cli_set_text(const cli_option *option, const char *value, void *target);    /* const char *, into argv */
int cli_set_integer(const cli_option *option, const char *value, void *target); /* int64_t, in the range */

typedef struct cli_group {
    const char *title; /* "Regions, any number, in order"; NULL ends the list */
    const cli_option *options;
    void *target;
} cli_group;

/* All there is to say about a command's line. */
typedef struct cli_syntax {
    const cli_command *command;
    const char *usage;    /* "IMAGE [regions] [options]" */
    const char *words[3]; /* what must be given: "IMAGE", "QUESTION"; NULL ends them */
    int more_words;       /* how many may follow those */
    const char *examples; /* lines, each with its line break */
    cli_group groups[6];  /* ended by one without a title */
} cli_syntax;

/* Parses argv[1..]. True: the values are stored and the words that are not options, as many as the
 * syntax wants, stand in order at argv[1..*word_count]. False: the command ends now with *code: after a
 * mistake, or after --help, whose text comes from the same tables. */
bool cli_options_parse(const cli_syntax *syntax, int argc, char **argv, int *word_count, int *code);

#endif
