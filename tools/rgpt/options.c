#include "options.h"

#include "nearest.h"
#include "output.h"
#include "report.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMN = 30, MOST_OPTIONS = 64 };

/* ------------------------------------------------------------------ setters */

static void *field(const cli_option *option, void *target) {
    return (char *)target + option->offset;
}

int cli_set_flag(const cli_option *option, const char *value, void *target) {
    (void)value;
    *(bool *)field(option, target) = true;
    return CLI_OK;
}

int cli_set_count(const cli_option *option, const char *value, void *target) {
    (void)value;
    ++*(int *)field(option, target);
    return CLI_OK;
}

int cli_set_code(const cli_option *option, const char *value, void *target) {
    (void)value;
    *(int *)field(option, target) = option->code;
    return CLI_OK;
}

int cli_set_text(const cli_option *option, const char *value, void *target) {
    if (!*value) return cli_report_usage("--%s: empty, wanted %s", option->name, option->argument);
    *(const char **)field(option, target) = value;
    return CLI_OK;
}

int cli_set_integer(const cli_option *option, const char *value, void *target) {
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    /* strtoll forgives leading blanks and an empty word; a command line should not. */
    bool is_number = *value && !isspace((unsigned char)*value) && !*end && errno == 0;
    if (!is_number || number < option->least || number > option->most) {
        return cli_report_usage("--%s: %s: wanted a whole number from %lld to %lld", option->name, value,
                                (long long)option->least, (long long)option->most);
    }
    *(int64_t *)field(option, target) = number;
    return CLI_OK;
}

/* ------------------------------------------------------------------ help */

static const cli_option help_option = {.name = "help", .letter = 'h', .help = "show this"};

/* The left column as "  -m, --model FILE", then the help's lines beginning at HELP_COLUMN. */
static void print_option(const cli_option *option) {
    int width = option->letter ? printf("  -%c, --%s", option->letter, option->name) : printf("  --%s", option->name);
    if (option->argument) width += printf(" %s", option->argument);
    for (const char *line = option->help; line;) {
        const char *end = strchr(line, '\n');
        int size = end ? (int)(end - line) : (int)strlen(line);
        /* A left column that is too long has a line of its own. */
        if (width > HELP_COLUMN - 2) {
            putchar('\n');
            width = 0;
        }
        printf("%*s%.*s\n", HELP_COLUMN - width, "", size, line);
        width = 0;
        line = end ? end + 1 : NULL;
    }
}

static void print_help(const cli_syntax *syntax) {
    printf("rgpt %s - %s\n\nUsage: rgpt %s %s\n", syntax->command->name, syntax->command->purpose,
           syntax->command->name, syntax->usage);
    const cli_group *group = syntax->groups;
    for (; group->title; group++) {
        printf("\n%s:\n", group->title);
        for (const cli_option *o = group->options; o->name; o++) print_option(o);
    }
    print_option(&help_option);
    printf("\nExamples:\n%s", syntax->examples);
    printf("\nExit code: 0 done, 1 bad input or a failure, 2 wrong usage, 130 interrupted.\n");
}

/* ------------------------------------------------------------------ parsing */

/* Where the parser stands. */
typedef struct parser {
    const cli_syntax *syntax;
    int argc;
    char **argv;
    int next; /* the first word not yet looked at */
} parser;

/* An option and the struct that its value goes to; `option` is NULL when the table has none such. */
typedef struct match {
    const cli_option *option;
    void *target;
} match;

static match find_name(const cli_syntax *syntax, const char *name, size_t size) {
    for (const cli_group *group = syntax->groups; group->title; group++) {
        for (const cli_option *o = group->options; o->name; o++) {
            if (strlen(o->name) == size && memcmp(o->name, name, size) == 0) return (match){o, group->target};
        }
    }
    return (match){0};
}

static match find_letter(const cli_syntax *syntax, char letter) {
    for (const cli_group *group = syntax->groups; group->title; group++) {
        for (const cli_option *o = group->options; o->name; o++) {
            if (o->letter == letter) return (match){o, group->target};
        }
    }
    return (match){0};
}

static int report_unknown(const cli_syntax *syntax, const char *word) {
    const char *command = syntax->command->name;
    const char *names[MOST_OPTIONS + 1] = {help_option.name};
    size_t count = 1;
    for (const cli_group *group = syntax->groups; group->title; group++) {
        for (const cli_option *o = group->options; o->name && count < MOST_OPTIONS; o++) names[count++] = o->name;
    }
    int size = (int)strcspn(word, "=");
    char name[32];
    snprintf(name, sizeof name, "%.*s", size - 1, word + 1 + (word[1] == '-'));
    name[strcspn(name, "=")] = '\0';
    const char *near = cli_nearest_name(name, names);
    if (near) return cli_report_usage("%s: unknown option %.*s, did you mean --%s?", command, size, word, near);
    return cli_report_usage("%s: unknown option %.*s, see: rgpt %s --help", command, size, word, command);
}

/* "-5,3", "-.5", "-" and "- is it red?" are words, "-v" and "--box" are options. */
static bool is_option(const char *word) {
    return word[0] == '-' && (isalpha((unsigned char)word[1]) || (word[1] == '-' && word[2]));
}

/* Gives the option the value joined to it or, when that is NULL, the next word. */
static int take_value(parser *p, match found, const char *joined) {
    const cli_option *option = found.option;
    if (joined) return option->set(option, joined, found.target);
    if (p->next == p->argc)
        return cli_report_usage("--%s: nothing after it, wanted %s", option->name, option->argument);
    const char *word = p->argv[p->next];
    /* A forgotten value must not swallow the next option: "--overlay --json" makes no file "--json". */
    if (is_option(word) || strcmp(word, "--") == 0) {
        return cli_report_usage("--%s: found %s after it, wanted %s", option->name, word, option->argument);
    }
    p->next++;
    return option->set(option, word, found.target);
}

/* --name, --name value, --name=value */
static int parse_name(parser *p, const char *word) {
    size_t size = strcspn(word + 2, "=");
    match found = find_name(p->syntax, word + 2, size);
    if (!found.option) return report_unknown(p->syntax, word);
    const char *joined = word[2 + size] ? word + 2 + size + 1 : NULL;
    if (found.option->argument) return take_value(p, found, joined);
    if (joined) return cli_report_usage("--%s: takes no value, found %s", found.option->name, joined);
    return found.option->set(found.option, NULL, found.target);
}

/* -v, -vv, -m value, -mvalue */
static int parse_letters(parser *p, const char *word) {
    for (const char *letter = word + 1; *letter; letter++) {
        match found = find_letter(p->syntax, *letter);
        if (!found.option) return report_unknown(p->syntax, word);
        if (found.option->argument) return take_value(p, found, letter[1] ? letter + 1 : NULL);
        int code = found.option->set(found.option, NULL, found.target);
        if (code) return code;
    }
    return CLI_OK;
}

/* Are there as many words as wanted? */
static int check_words(const cli_syntax *syntax, char **argv, int word_count) {
    const char *name = syntax->command->name;
    int wanted = 0;
    while (syntax->words[wanted]) wanted++;
    if (word_count < wanted) {
        return cli_report_usage("%s: no %s, wanted: rgpt %s %s", name, syntax->words[word_count], name, syntax->usage);
    }
    if (word_count - wanted > syntax->more_words) {
        return cli_report_usage("%s: found \"%.80s\" too many, wanted: rgpt %s %s", name,
                                argv[1 + wanted + syntax->more_words], name, syntax->usage);
    }
    return CLI_OK;
}

static bool is_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

bool cli_options_parse(const cli_syntax *syntax, int argc, char **argv, int *word_count, int *code) {
    parser p = {.syntax = syntax, .argc = argc, .argv = argv, .next = 1};
    bool only_words = false;
    *word_count = 0;
    *code = CLI_OK;
    while (p.next < argc) {
        char *word = argv[p.next++];
        if (!only_words && strcmp(word, "--") == 0) {
            only_words = true;
        } else if (only_words || !is_option(word)) {
            argv[++*word_count] = word; /* at most p.next - 1: nothing unread is overwritten */
        } else if (is_help(word)) {
            print_help(syntax);
            *code = cli_output_finish();
            return false;
        } else {
            *code = word[1] == '-' ? parse_name(&p, word) : parse_letters(&p, word);
            if (*code != CLI_OK) return false;
        }
    }
    *code = check_words(syntax, argv, *word_count);
    return *code == CLI_OK;
}
