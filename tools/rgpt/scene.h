/* scene.h - an image, its regions and a session of the model looking at them: what describe, ask, choose
 * and refer have in common, from their options to the end of their output.
 *
 *     CLI_SCENE_GROUPS in the syntax -> cli_scene_run, which calls the command's own part
 */
#ifndef CLI_SCENE_H
#define CLI_SCENE_H

#include "json_out.h"
#include "options.h"
#include "regions_args.h"

/* What the options say. Zero-initialise. */
typedef struct cli_scene_args {
    const char *model, *overlay;    /* NULL: not given */
    int64_t threads, context, seed; /* 0: the default */
    int verbosity;                  /* how often -v was given */
    bool json, is_exact;
    cli_regions_args regions;
} cli_scene_args;

/* The groups of the options that fill it, for a command's syntax. */
extern const cli_option cli_model_options[];  /* target: cli_scene_args */
extern const cli_option cli_output_options[]; /* target: cli_scene_args */
#define CLI_SCENE_GROUPS(args)                                                                                         \
    {"Regions, any number; in order <region1>, <region2>, ... (in image pixels)", cli_region_options,                  \
     &(args)->regions},                                                                                                \
        {"Model", cli_model_options, (args)}, {                                                                        \
        "Output", cli_output_options, (args)                                                                           \
    }

typedef struct cli_scene {
    const cli_scene_args *args;
    const char *image_path; /* "-": stdin */
    char *model_path;
    bool has_open_line; /* an answer is being written to stdout: no bar may cross it */
    rgpt_model *model;
    rgpt_model_info info;
    rgpt_image *image;
    rgpt_regions *regions;
    size_t region_count;
    rgpt_session *session;
    char **labels;     /* [region_count]: what the overlay writes beside a region, or NULL */
    cli_json json;     /* what --json will print */
    double started_ms; /* on cli_clock_ms */
    double load_ms;    /* everything before the vision pass */
    rgpt_usage usage;  /* summed over all calls */
} cli_scene;

/* The command's own part: asks, prints text unless the output is JSON, and adds its results to the
 * scene's JSON and labels. `context` is the command's. */
typedef int (*cli_scene_body)(cli_scene *scene, void *context);

/* Opens all of it, looks at the image, runs the body and, when all went well, writes overlay, JSON and
 * timings as the options want. */
int cli_scene_run(const cli_scene_args *args, const char *image_path, cli_scene_body body, void *context);

/* The part for one region (1-based), or for the whole image (0). */
typedef int (*cli_scene_step)(cli_scene *scene, size_t region, void *context);

/* Takes the step for every region, in order, or once for the image when there is none. */
int cli_scene_each(cli_scene *scene, cli_scene_step step, void *context);

/* Adds one call's cost to the scene's. */
void cli_scene_count(cli_scene *scene, const rgpt_usage *usage);

/* Asks, and adds the answer to the JSON (region as in cli_scene_step) or streams `prefix` and the answer
 * as a line. Returns CLI_INTERRUPTED when Ctrl-C stopped it; what came until then has its line. *out is
 * always to be reset. max_tokens: 0 for the default. */
int cli_scene_say(cli_scene *scene, const char *prefix, size_t region, const char *text, int64_t max_tokens,
                  rgpt_answer *out);

/* What the overlay writes beside a region (1-based): the beginning of `text`, then `suffix`. */
int cli_scene_label(cli_scene *scene, size_t region, const char *text, const char *suffix);

#endif
