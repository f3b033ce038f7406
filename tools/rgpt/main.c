/* main.c - the program `rgpt`: the table of commands, and what comes before and after each. */
#include "command.h"
#include "interrupt.h"
#include "nearest.h"
#include "output.h"
#include "report.h"
#include "threads.h"

#include <string.h>

static const cli_command commands[] = {
#define COMMAND(name, purpose) {#name, purpose, cli_run_##name},
#include "commands.def"
#undef COMMAND
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static const char tour[] = "rgpt - ask about any part of a photo, on your own machine\n"
                           "\n"
                           "A tour:\n"
                           "  rgpt describe photo.jpg --box 40,30,90,60 --overlay seen.png\n"
                           "  rgpt ask photo.jpg --box 40,30,90,60 \"What is <region1> made of?\"\n"
                           "  rgpt choose photo.jpg --box 40,30,90,60 --label cat --label dog\n"
                           "\n"
                           "Commands:\n";

static void print_help(void) {
    cli_output_format("%s", tour);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        cli_output_format("  %-10s %s\n", commands[i].name, commands[i].purpose);
    }
    cli_output_format("\n'rgpt COMMAND --help' shows a command's options and examples.\n");
}

static const cli_command *find(const char *name) {
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    }
    return NULL;
}

static int report_unknown(const char *word) {
    if (word[0] == '-')
        return cli_report_usage("command: found option %s, wanted a command first, see: rgpt --help", word);
    const char *names[COMMAND_COUNT + 1] = {0};
    for (size_t i = 0; i < COMMAND_COUNT; i++) names[i] = commands[i].name;
    const char *near = cli_nearest_name(word, names);
    if (near) return cli_report_usage("command: unknown: %s, did you mean %s?", word, near);
    return cli_report_usage("command: unknown: %s, see: rgpt --help", word);
}

/* `rgpt help NAME` is `rgpt NAME --help`. */
static int run_help(int argc, char **argv) {
    if (argc < 2) {
        print_help();
        return CLI_OK;
    }
    const cli_command *command = find(argv[1]);
    char help[] = "--help";
    char *words[] = {argv[1], help, NULL};
    return command ? command->run(command, 2, words) : report_unknown(argv[1]);
}

static int run(int argc, char **argv) {
    if (argc < 2) {
        print_help();
        return cli_report_usage("command: none given, wanted one of those above");
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        return run_help(argc - 1, argv + 1);
    }
    if (strcmp(word, "--version") == 0) {
        cli_output_format("rgpt %s\n", rgpt_version());
        return CLI_OK;
    }
    const cli_command *command = find(word);
    return command ? command->run(command, argc - 1, argv + 1) : report_unknown(word);
}

int main(int argc, char **argv) {
    cli_threads_wait_politely(argv);
    cli_output_guard();
    cli_interrupt_install();
    int code = run(argc, argv);
    /* A result that did not arrive is no success; after another failure its own line stands alone. */
    return code == CLI_OK ? cli_output_finish() : code;
}
