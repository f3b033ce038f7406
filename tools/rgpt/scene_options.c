/* scene_options.c - the options of scene.h; see there. */
#include "report.h"
#include "scene.h"

#include <string.h>
#include <strings.h>

enum { MOST_THREADS = 1024 };

#define FIELD(name) .offset = offsetof(cli_scene_args, name)

const cli_option cli_model_options[] = {
    {"model", 'm', "FILE",
     "default: $RGPT_MODEL, else rgpt-tiny.gguf beside\nthe program, in ../share/rgpt/, in ./models/", cli_set_text,
     FIELD(model)},
    {"threads", 0, "N", "default: one for each core", cli_set_integer, FIELD(threads), .least = 1,
     .most = MOST_THREADS},
    {"context", 0, "N", "longest conversation in tokens, image included;\ndefault: the model's, at most 2048",
     cli_set_integer, FIELD(context), .least = 1, .most = INT32_MAX},
    {"exact", 0, NULL, "all arithmetic in float32: slower, for comparisons", cli_set_flag, FIELD(is_exact)},
    {"seed", 0, "S", "no effect: answers are the likeliest, not drawn", cli_set_integer, FIELD(seed),
     .most = INT64_MAX},
    {.name = NULL},
};

/* An overlay is always a PNG; a name that says otherwise is most likely the photo's own. */
static int set_overlay(const cli_option *option, const char *value, void *target) {
    size_t size = strlen(value);
    if (size < 5 || strcasecmp(value + size - 4, ".png") != 0) {
        return cli_report_usage("--overlay: found %s, wanted a file name that ends in .png", value);
    }
    return cli_set_text(option, value, target);
}

const cli_option cli_output_options[] = {
    {"overlay", 0, "OUT.png", "draw regions and short answers over the image", set_overlay, FIELD(overlay)},
    {"json", 0, NULL, "one JSON object instead of text", cli_set_flag, FIELD(json)},
    {"verbose", 'v', NULL, "timings, on stderr", cli_set_count, FIELD(verbosity)},
    {.name = NULL},
};
