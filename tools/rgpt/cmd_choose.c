/* cmd_choose.c - `rgpt choose IMAGE [regions] --labels FILE`: how likely each label of a closed set is. */
#include "interrupt.h"
#include "labels.h"
#include "output.h"
#include "ranking.h"
#include "report.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct choose_args {
    cli_scene_args scene;
    cli_labels labels;
    const char *labels_path; /* NULL: none */
    const char *question;    /* NULL: the one the model was trained with */
    int64_t top;             /* 0: the default */
} choose_args;

enum { DEFAULT_TOP = 5 };

static int set_label(const cli_option *option, const char *value, void *target) {
    choose_args *args = target;
    if (!*value) return cli_report_usage("--%s: empty, wanted a label", option->name);
    return cli_labels_add(&args->labels, value);
}

static const cli_option options[] = {
    {"labels", 0, "FILE", "the labels, one a line", cli_set_text, .offset = offsetof(choose_args, labels_path)},
    {"label", 0, "TEXT", "one label; give it as often as there are labels", set_label,
     .offset = offsetof(choose_args, labels)},
    {"question", 0, "TEXT", "in it, <region1> is the region in question;\ndefault: the one the model was trained with",
     cli_set_text, .offset = offsetof(choose_args, question)},
    {"top", 0, "K", "show the K best; default: 5, with --json all", cli_set_integer,
     .offset = offsetof(choose_args, top), .least = 1, .most = INT32_MAX},
    {.name = NULL},
};

static const char examples[] = "  rgpt choose photo.jpg --box 40,30,90,60 --label cat --label \"teddy bear\"\n"
                               "  rgpt choose photo.jpg --regions boxes.json --labels coco80.txt --top 1\n"
                               "  rgpt choose photo.jpg --label day --label night --question \"When is it?\"\n";

static const char placeholder[] = "<region1>";

/* The user's question with the region's own number in place of 1; free() it. NULL: out of memory. */
static char *question_about(const char *question, size_t region) {
    char number[32];
    size_t number_size = (size_t)snprintf(number, sizeof number, "<region%zu>", region), count = 0;
    for (const char *s = question; (s = strstr(s, placeholder)); s++) count++;
    char *out = malloc(strlen(question) + count * number_size + 1), *end = out;
    if (!out) return NULL;
    for (const char *found; (found = strstr(question, placeholder)); question = found + sizeof placeholder - 1) {
        end = mempcpy(end, question, (size_t)(found - question));
        end = mempcpy(end, number, number_size);
    }
    memcpy(end, question, strlen(question) + 1);
    return out;
}

static int make_question(cli_scene *scene, const choose_args *args, size_t region, char **out) {
    rgpt_error err = {0};
    if (args->question) {
        *out = question_about(args->question, region ? region : 1);
        return *out ? CLI_OK : cli_report_memory("question");
    }
    rgpt_status status = rgpt_task_question(scene->model, RGPT_TASK_CLASSIFY, (int)region, out, &err);
    return status ? cli_report_error(NULL, &err) : CLI_OK;
}

/* "2: 0.9312 dog", a line a label, with the region's number when there are several. */
static void print_ranks(const cli_scene *scene, size_t region, const cli_labels *labels, const cli_rank *ranks,
                        size_t top) {
    for (size_t i = 0; i < top; i++) {
        const char *label = labels->items[ranks[i].index];
        if (scene->region_count > 1) cli_output_format("%zu: ", region);
        cli_output_format("%.4f ", ranks[i].p);
        cli_output_text(label, strlen(label));
        cli_output_text("\n", 1);
    }
}

static json_t *ranks_json(size_t region, const cli_labels *labels, const cli_rank *ranks, size_t top) {
    json_t *list = json_array();
    for (size_t i = 0; i < top; i++) {
        const char *label = labels->items[ranks[i].index];
        json_t *item = json_pack("{so sf}", "label", cli_json_text(label, strlen(label)), "p", ranks[i].p);
        if (json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return region ? json_pack("{si so}", "region", (int)region, "labels", list) : json_pack("{so}", "labels", list);
}

/* Shows one region's probabilities in the form asked for. */
static int show(cli_scene *scene, const choose_args *args, size_t region, const double *p) {
    const cli_labels *labels = &args->labels;
    cli_rank *ranks = cli_rank_new(p, labels->count);
    if (!ranks) return cli_report_memory("labels");
    bool is_json = args->scene.json;
    size_t top = args->top ? (size_t)args->top : is_json ? labels->count : DEFAULT_TOP;
    if (top > labels->count) top = labels->count;

    if (is_json) {
        cli_json_append(&scene->json, "choices", ranks_json(region, labels, ranks, top));
    } else {
        print_ranks(scene, region, labels, ranks, top);
    }
    int code = cli_output_finish();
    if (!code && region) {
        char percent[16];
        snprintf(percent, sizeof percent, " %.0f %%", ranks[0].p * 100);
        code = cli_scene_label(scene, region, labels->items[ranks[0].index], percent);
    }
    free(ranks);
    return code;
}

static int choose(cli_scene *scene, size_t region, void *context) {
    const choose_args *args = context;
    const cli_labels *labels = &args->labels;
    char *question;
    int code = make_question(scene, args, region, &question);
    if (code) return code;
    rgpt_error err = {0};
    rgpt_usage usage;
    double *p = calloc(labels->count, sizeof *p);
    if (!p) {
        code = cli_report_memory("labels");
    } else if (rgpt_choose(scene->session, question, labels->items, labels->count, p, NULL, &usage, &err)) {
        code = cli_report_error(NULL, &err);
    } else if (cli_interrupted()) {
        code = CLI_INTERRUPTED;
    } else {
        cli_scene_count(scene, &usage);
        code = show(scene, args, region, p);
    }
    free(p);
    free(question);
    return code;
}

static int choose_all(cli_scene *scene, void *context) {
    const choose_args *args = context;
    if (args->question && scene->region_count && !strstr(args->question, placeholder)) {
        return cli_report_usage("--question: found \"%.200s\", wanted <region1> in it, for the region in question",
                                args->question);
    }
    return cli_scene_each(scene, choose, context);
}

/* The labels are read before anything large is opened. */
static int run(choose_args *args, const char *image_path) {
    if (!args->labels_path && args->labels.count == 0) {
        return cli_report_usage("choose: no labels, wanted --labels FILE or --label TEXT --label TEXT ...");
    }
    int code = CLI_OK;
    if (args->labels_path) code = cli_labels_read(&args->labels, args->labels_path);
    if (!code) code = cli_labels_check_distinct(&args->labels, args->labels_path ? args->labels_path : "--label");
    if (!code && args->labels_path && args->scene.overlay) {
        code = cli_output_check_distinct("--overlay", args->scene.overlay, args->labels_path);
    }
    return code ? code : cli_scene_run(&args->scene, image_path, choose_all, args);
}

int cli_run_choose(const cli_command *self, int argc, char **argv) {
    choose_args args = {0};
    const cli_syntax syntax = {.command = self,
                               .usage = "IMAGE [regions] (--labels FILE | --label TEXT...) [options]",
                               .words = {"IMAGE"},
                               .examples = examples,
                               .groups = {{"Labels", options, &args}, CLI_SCENE_GROUPS(&args.scene)}};
    int word_count, code;
    if (cli_options_parse(&syntax, argc, argv, &word_count, &code)) code = run(&args, argv[1]);
    cli_labels_reset(&args.labels);
    cli_regions_reset(&args.scene.regions);
    return code;
}
