/* cmd_describe.c - `rgpt describe IMAGE [regions]`: what is in each region, or in the whole image. */
#include "report.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct describe_args {
    cli_scene_args scene;
    int task; /* rgpt_task */
    int64_t max_tokens;
} describe_args;

static const cli_option options[] = {
    {"detailed", 0, NULL, "as much as the model has to say (default)", cli_set_code,
     .offset = offsetof(describe_args, task), .code = RGPT_TASK_DESCRIBE},
    {"brief", 0, NULL, "a few words", cli_set_code, .offset = offsetof(describe_args, task),
     .code = RGPT_TASK_DESCRIBE_BRIEF},
    {"max-tokens", 0, "N", "cut a description there; default: 128", cli_set_integer,
     .offset = offsetof(describe_args, max_tokens), .least = 1, .most = INT32_MAX},
    {.name = NULL},
};

static const char examples[] = "  rgpt describe photo.jpg\n"
                               "  rgpt describe photo.jpg --box 40,30,90,60 --point 9,9 --overlay seen.png\n"
                               "  rgpt describe photo.jpg --regions annotations.json --brief --json\n";

/* One description in a conversation of its own, so that it cannot lean on the one before; what the
 * conversations have in common (the image) is computed once. region: 1-based; 0: the whole image. */
static int describe(cli_scene *scene, size_t region, void *context) {
    const describe_args *args = context;
    char *question;
    rgpt_error err = {0};
    rgpt_session_restart(scene->session);
    if (rgpt_task_question(scene->model, (rgpt_task)args->task, (int)region, &question, &err)) {
        return cli_report_error(NULL, &err);
    }
    char prefix[32] = "";
    if (scene->region_count > 1) snprintf(prefix, sizeof prefix, "%zu: ", region);
    rgpt_answer answer;
    int code = cli_scene_say(scene, prefix, region, question, args->max_tokens, &answer);
    if (!code && region) code = cli_scene_label(scene, region, answer.text, "");
    rgpt_answer_reset(&answer);
    free(question);
    return code;
}

static int describe_all(cli_scene *scene, void *context) {
    return cli_scene_each(scene, describe, context);
}

int cli_run_describe(const cli_command *self, int argc, char **argv) {
    describe_args args = {.task = RGPT_TASK_DESCRIBE};
    const cli_syntax syntax = {.command = self,
                               .usage = "IMAGE [regions] [options]",
                               .words = {"IMAGE"},
                               .examples = examples,
                               .groups = {{"Description", options, &args}, CLI_SCENE_GROUPS(&args.scene)}};
    int word_count, code;
    if (cli_options_parse(&syntax, argc, argv, &word_count, &code)) {
        code = cli_scene_run(&args.scene, argv[1], describe_all, &args);
    }
    cli_regions_reset(&args.scene.regions);
    return code;
}
