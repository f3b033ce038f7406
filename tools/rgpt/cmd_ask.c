/* cmd_ask.c - `rgpt ask IMAGE [regions] QUESTION...`: a conversation, one turn a word. */
#include "scene.h"

typedef struct ask_args {
    cli_scene_args scene;
    int64_t max_tokens;
    char **turns;
    int turn_count;
} ask_args;

static const cli_option options[] = {
    {"max-tokens", 0, "N", "cut an answer there; default: 128", cli_set_integer,
     .offset = offsetof(ask_args, max_tokens), .least = 1, .most = INT32_MAX},
    {.name = NULL},
};

static const char examples[] = "  rgpt ask photo.jpg \"What is the weather like?\"\n"
                               "  rgpt ask photo.jpg --box 40,30,90,60 --point 9,9 \"Is <region1> on <region2>?\"\n"
                               "  rgpt ask photo.jpg --point 300,210 \"What is <region1>?\" \"What is it for?\"\n";

static int ask_all(cli_scene *scene, void *context) {
    const ask_args *args = context;
    int code = CLI_OK;
    for (int i = 0; i < args->turn_count && !code; i++) {
        rgpt_answer answer;
        code = cli_scene_say(scene, "", 0, args->turns[i], args->max_tokens, &answer);
        rgpt_answer_reset(&answer);
    }
    return code;
}

int cli_run_ask(const cli_command *self, int argc, char **argv) {
    ask_args args = {0};
    const cli_syntax syntax = {.command = self,
                               .usage = "IMAGE [regions] [options] QUESTION [QUESTION...]",
                               .words = {"IMAGE", "QUESTION"},
                               .more_words = argc,
                               .examples = examples,
                               .groups = {{"Answer", options, &args}, CLI_SCENE_GROUPS(&args.scene)}};
    int word_count, code;
    if (cli_options_parse(&syntax, argc, argv, &word_count, &code)) {
        args.turns = argv + 2;
        args.turn_count = word_count - 1;
        code = cli_scene_run(&args.scene, argv[1], ask_all, &args);
    }
    cli_regions_reset(&args.scene.regions);
    return code;
}
