#include "regions_args.h"

#include "input.h"
#include "output.h"
#include "report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The most that a file of regions may hold: a COCO file with the annotations of a whole data set. */
static const size_t file_limit = (size_t)1 << 30;

/* A region option as it stands in argv: its row, its text and, for kinds made of coordinates, its numbers. */
struct cli_region_arg {
    const cli_option *option;
    const char *value;
    double *numbers;
    size_t count;
    double width; /* what follows ':', or 0 */
};

enum kind { BOX, POLYGON, POINT, SCRIBBLE, MASK, RLE, REGIONS };

/* As the most numbers that an option takes: any number of x,y pairs. */
#define ANY_PAIRS INT64_MAX

/* ------------------------------------------------------------------ parsing */

/* A number as people write it: strtod alone would take "inf", "0x10" and leading blanks too. */
static bool parse_number(const char **text, double *out) {
    size_t size = strspn(*text, "+-.0123456789eE");
    char *end;
    *out = strtod(*text, &end);
    bool ok = size > 0 && end == *text + size && isfinite(*out);
    *text = end;
    return ok;
}

/* "n,n,...", then maybe ":width". `numbers` has room for one more than there are commas. */
static bool parse_numbers(const char *text, cli_region_arg *out) {
    do {
        if (!parse_number(&text, &out->numbers[out->count++])) return false;
    } while (*text++ == ',');
    text--;
    if (*text == '\0') return true;
    if (*text++ != ':' || out->option->code != SCRIBBLE) return false;
    return parse_number(&text, &out->width) && *text == '\0' && out->width > 0;
}

static int parse_value(cli_region_arg *arg) {
    size_t commas = 0;
    for (const char *c = arg->value; *c; c++) commas += *c == ',';
    arg->numbers = calloc(commas + 1, sizeof *arg->numbers);
    if (!arg->numbers) return cli_report_memory(arg->option->name);

    const cli_option *option = arg->option;
    if (!parse_numbers(arg->value, arg)) {
        return cli_report_usage("--%s: %.80s: wanted numbers as in %s", option->name, arg->value, option->argument);
    }
    int64_t count = (int64_t)arg->count;
    bool is_half = option->most == ANY_PAIRS && count % 2;
    if (count >= option->least && count <= option->most && !is_half) return CLI_OK;
    return cli_report_usage("--%s: %.80s: found %zu numbers, wanted %s", option->name, arg->value, arg->count,
                            option->argument);
}

/* Appends the option to the list, whatever its kind: that is what keeps <region1>, <region2> in order. */
static int set_region(const cli_option *option, const char *value, void *target) {
    cli_regions_args *args = target;
    if (!*value) return cli_report_usage("--%s: empty, wanted %s", option->name, option->argument);
    if (args->count == args->allocated) {
        size_t wanted = args->allocated ? args->allocated * 2 : 8;
        cli_region_arg *grown = reallocarray(args->items, wanted, sizeof *grown);
        if (!grown) return cli_report_memory(option->name);
        args->items = grown;
        args->allocated = wanted;
    }
    cli_region_arg *arg = &args->items[args->count++];
    *arg = (cli_region_arg){.option = option, .value = value};
    return option->least ? parse_value(arg) : CLI_OK;
}

/* least, most: how many numbers; rows without them take text or a file. */
const cli_option cli_region_options[] = {
    {"box", 0, "x,y,w,h", "left, top, width, height", set_region, .least = 4, .most = 4, .code = BOX},
    {"polygon", 0, "x1,y1,x2,y2,...", "three corners or more", set_region, .least = 6, .most = ANY_PAIRS,
     .code = POLYGON},
    {"point", 0, "x,y[,radius]", "a disc; radius: 1/50 of the longer side", set_region, .least = 2, .most = 3,
     .code = POINT},
    {"scribble", 0, "x1,y1,...[:width]", "a stroke; width: 1/25 of the longer side", set_region, .least = 2,
     .most = ANY_PAIRS, .code = SCRIBBLE},
    {"mask", 0, "FILE.png", "of the image's size; what is not black is inside", set_region, .code = MASK},
    {"rle", 0, "JSON|FILE", "COCO run lengths: {\"size\":[h,w],\"counts\":...}", set_region, .code = RLE},
    {"regions", 0, "FILE.json",
     "many: a COCO file (this image's annotations), or\na list of {\"box\":[x,y,w,h]}, {\"polygon\":...}, ...",
     set_region, .code = REGIONS},
    {.name = NULL},
};

/* ------------------------------------------------------------------ building */

/* What the library refuses is reported with the option that gave it; long polygons are abridged. */
static int report(const cli_region_arg *arg, const rgpt_error *err) {
    enum { SHOWN = 48 };
    char about[80];
    const char *dots = strlen(arg->value) > SHOWN ? "..." : "";
    snprintf(about, sizeof about, "--%s %.*s%s", arg->option->name, SHOWN, arg->value, dots);
    return cli_report_error(about, err);
}

/* `image_name` as in rgpt_regions_add_json. */
static int add_json_file(const cli_region_arg *arg, rgpt_regions *list, const char *image_name) {
    char *text;
    size_t size;
    int code = cli_input_read(arg->option->name, arg->value, file_limit, &text, &size);
    if (code) return code;
    rgpt_error err = {0};
    if (rgpt_regions_add_json(list, text, size, image_name, &err)) code = report(arg, &err);
    free(text);
    return code;
}

/* An RLE is short enough to be typed; a file's name does not begin with a brace. */
static bool is_json_text(const char *value) {
    return value[strspn(value, " \t\r\n")] == '{';
}

static int add(const cli_region_arg *arg, rgpt_regions *list, const char *image_name) {
    const double *n = arg->numbers;
    rgpt_status status = RGPT_OK;
    rgpt_error err = {0};
    switch ((enum kind)arg->option->code) {
    case BOX:
        status = rgpt_regions_add_box(list, n[0], n[1], n[2], n[3], &err);
        break;
    case POLYGON:
        status = rgpt_regions_add_polygon(list, n, arg->count / 2, &err);
        break;
    case POINT:
        status = rgpt_regions_add_point(list, n[0], n[1], arg->count > 2 ? n[2] : 0, &err);
        break;
    case SCRIBBLE:
        status = rgpt_regions_add_scribble(list, n, arg->count / 2, arg->width, &err);
        break;
    case MASK:
        status = rgpt_regions_add_mask_file(list, arg->value, &err);
        break;
    case RLE:
        if (!is_json_text(arg->value)) return add_json_file(arg, list, image_name);
        status = rgpt_regions_add_json(list, arg->value, strlen(arg->value), image_name, &err);
        break;
    case REGIONS:
        return add_json_file(arg, list, image_name);
    }
    return status ? report(arg, &err) : CLI_OK;
}

int cli_regions_build(const cli_regions_args *args, const rgpt_image *image, const char *image_path,
                      rgpt_regions **out) {
    rgpt_error err = {0};
    if (rgpt_regions_new(rgpt_image_width(image), rgpt_image_height(image), out, &err))
        return cli_report_error(NULL, &err);

    /* COCO files name images without their folder. */
    const char *slash = image_path ? strrchr(image_path, '/') : NULL;
    const char *image_name = slash ? slash + 1 : image_path;
    int code = CLI_OK;
    for (size_t i = 0; i < args->count && code == CLI_OK; i++) {
        code = add(&args->items[i], *out, image_name);
    }
    if (code) {
        rgpt_regions_free(*out);
        *out = NULL;
    }
    return code;
}

int cli_regions_check_distinct(const cli_regions_args *args, const char *option, const char *out_path) {
    int code = CLI_OK;
    for (size_t i = 0; i < args->count && code == CLI_OK; i++) {
        bool is_file = !args->items[i].numbers;
        if (is_file) code = cli_output_check_distinct(option, out_path, args->items[i].value);
    }
    return code;
}

void cli_regions_reset(cli_regions_args *args) {
    for (size_t i = 0; i < args->count; i++) free(args->items[i].numbers);
    free(args->items);
    *args = (cli_regions_args){0};
}
