/* cmd_refer.c - `rgpt refer IMAGE [regions] EXPRESSION`: which of the regions is meant. */
#include "interrupt.h"
#include "output.h"
#include "ranking.h"
#include "report.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>

static const char examples[] = "  rgpt refer photo.jpg --box 40,30,90,60 --box 0,9,50,80 \"the dog in the water\"\n"
                               "  rgpt refer photo.jpg --regions candidates.json \"the cup on the left\"\n";

/* p[i] is region i+1's probability, p[region_count] that of none; best first. */
static int print_ranks(cli_scene *scene, const double *p) {
    size_t count = scene->region_count;
    cli_rank *ranks = cli_rank_new(p, count + 1);
    if (!ranks) return cli_report_memory("refer");
    for (size_t i = 0; i <= count; i++) {
        if (ranks[i].index < count) {
            cli_output_format("%zu: %.4f\n", ranks[i].index + 1, ranks[i].p);
        } else {
            cli_output_format("none: %.4f\n", ranks[i].p);
        }
    }
    free(ranks);
    return cli_output_finish();
}

static void add_json(cli_scene *scene, const double *p) {
    size_t count = scene->region_count, best = count;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (p[i] > p[best]) best = i;
        if (json_array_append_new(list, json_real(p[i])) != 0) scene->json.has_failed = true;
    }
    json_t *region = best < count ? json_integer((json_int_t)best + 1) : json_null();
    cli_json_set(&scene->json, "refer", json_pack("{so so sf}", "region", region, "p", list, "none", p[count]));
}

static int show(cli_scene *scene, const double *p) {
    int code = CLI_OK;
    if (scene->args->json) {
        add_json(scene, p);
    } else {
        code = print_ranks(scene, p);
    }
    for (size_t i = 0; i < scene->region_count && !code; i++) {
        char percent[16];
        snprintf(percent, sizeof percent, "fits %.0f %%", p[i] * 100);
        code = cli_scene_label(scene, i + 1, percent, "");
    }
    return code;
}

static int refer(cli_scene *scene, void *context) {
    const char *expression = context;
    if (scene->region_count == 0) return cli_report_failure("refer: found no region in the files, wanted at least one");
    double *p = calloc(scene->region_count + 1, sizeof *p);
    if (!p) return cli_report_memory("refer");
    rgpt_error err = {0};
    rgpt_usage usage;
    int code = CLI_OK;
    if (rgpt_refer(scene->session, expression, p, &p[scene->region_count], &usage, &err)) {
        code = cli_report_error(NULL, &err);
    } else if (cli_interrupted()) {
        code = CLI_INTERRUPTED;
    } else {
        cli_scene_count(scene, &usage);
        code = show(scene, p);
    }
    free(p);
    return code;
}

int cli_run_refer(const cli_command *self, int argc, char **argv) {
    cli_scene_args args = {0};
    const cli_syntax syntax = {.command = self,
                               .usage = "IMAGE regions [options] EXPRESSION",
                               .words = {"IMAGE", "EXPRESSION"},
                               .examples = examples,
                               .groups = {CLI_SCENE_GROUPS(&args)}};
    int word_count, code;
    if (cli_options_parse(&syntax, argc, argv, &word_count, &code)) {
        if (args.regions.count == 0) {
            code = cli_report_usage("refer: no region, wanted at least one, as in --box x,y,w,h");
        } else {
            code = cli_scene_run(&args, argv[1], refer, argv[2]);
        }
    }
    cli_regions_reset(&args.regions);
    return code;
}
