#include "scene.h"

#include "input.h"
#include "interrupt.h"
#include "model_path.h"
#include "output.h"
#include "progress.h"
#include "report.h"
#include "scene_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What an image on stdin may hold. Over it lies nothing that a camera writes. */
static const size_t stdin_limit = (size_t)64 << 20;

enum { LABEL_SIZE = 40 };

/* ------------------------------------------------------------------ opening */

/* What can be known to fail is refused before the minutes that an answer may take. */
static int check_overlay(const cli_scene *scene) {
    const char *path = scene->args->overlay;
    if (!path) return CLI_OK;
    int code = cli_output_check_folder("--overlay", path);
    if (!code) code = cli_output_check_distinct("--overlay", path, scene->image_path);
    if (!code) code = cli_output_check_distinct("--overlay", path, scene->model_path);
    if (!code) code = cli_regions_check_distinct(&scene->args->regions, "--overlay", path);
    return code;
}

static int open_image(cli_scene *scene) {
    rgpt_error err = {0};
    if (strcmp(scene->image_path, "-") != 0) {
        rgpt_status status = rgpt_image_open(scene->image_path, &scene->image, &err);
        return status ? cli_report_error(NULL, &err) : CLI_OK;
    }
    if (isatty(STDIN_FILENO))
        return cli_report_failure("image: stdin: is a terminal, wanted an image file piped into it");
    char *bytes;
    size_t size;
    int code = cli_input_read("image", "-", stdin_limit, &bytes, &size);
    if (code) return code;
    if (rgpt_image_decode(bytes, size, &scene->image, &err)) code = cli_report_error("stdin", &err);
    free(bytes);
    return code;
}

static int open_regions(cli_scene *scene) {
    bool is_stdin = strcmp(scene->image_path, "-") == 0;
    int code =
        cli_regions_build(&scene->args->regions, scene->image, is_stdin ? NULL : scene->image_path, &scene->regions);
    if (code) return code;
    size_t count = rgpt_regions_count(scene->regions);
    scene->labels = calloc(count ? count : 1, sizeof *scene->labels);
    if (!scene->labels) return cli_report_memory("regions");
    scene->region_count = count;
    return CLI_OK;
}

/* Long computations show how far they are, and stop at Ctrl-C. */
static bool on_progress(void *context, const char *what, int64_t done, int64_t total) {
    const cli_scene *scene = context;
    if (!scene->has_open_line) cli_progress_update(what, done, total);
    return !cli_interrupted();
}

static int open_session(cli_scene *scene) {
    const cli_scene_args *args = scene->args;
    rgpt_model_options model = {.threads = (int)args->threads,
                                .compute = args->is_exact ? RGPT_COMPUTE_EXACT : RGPT_COMPUTE_FAST};
    rgpt_session_options session = {.context_length = (int)args->context};
    rgpt_error err = {0};
    if (rgpt_model_open(scene->model_path, &model, &scene->model, &err)) return cli_report_error("model", &err);
    rgpt_model_get_info(scene->model, &scene->info);
    if (rgpt_session_open(scene->model, &session, &scene->session, &err)) return cli_report_error(NULL, &err);
    rgpt_session_on_progress(scene->session, on_progress, scene);
    scene->load_ms = cli_clock_ms() - scene->started_ms;
    if (rgpt_session_look(scene->session, scene->image, scene->regions, &err)) return cli_report_error(NULL, &err);
    return cli_interrupted() ? CLI_INTERRUPTED : CLI_OK;
}

static int open_scene(cli_scene *scene) {
    scene->started_ms = cli_clock_ms();
    int code = open_image(scene);
    if (!code) code = open_regions(scene);
    if (!code) code = cli_model_path(scene->args->model, &scene->model_path);
    if (!code) code = check_overlay(scene);
    return code ? code : open_session(scene);
}

static void close_scene(cli_scene *scene) {
    rgpt_session_close(scene->session);
    rgpt_model_close(scene->model);
    rgpt_image_close(scene->image);
    rgpt_regions_free(scene->regions);
    for (size_t i = 0; i < scene->region_count; i++) free(scene->labels[i]);
    free(scene->labels);
    free(scene->model_path);
    cli_json_reset(&scene->json);
}

/* ------------------------------------------------------------------ asking */

void cli_scene_count(cli_scene *scene, const rgpt_usage *usage) {
    scene->usage.prompt_tokens += usage->prompt_tokens;
    scene->usage.cached_tokens += usage->cached_tokens;
    scene->usage.generated_tokens += usage->generated_tokens;
    scene->usage.prefill_ms += usage->prefill_ms;
    scene->usage.decode_ms += usage->decode_ms;
}

/* A silent stream only watches for Ctrl-C. */
static bool on_silent(void *context, const char *text, size_t size) {
    (void)context, (void)text, (void)size;
    return !cli_interrupted();
}

static bool on_text(void *context, const char *text, size_t size) {
    (void)context;
    return !cli_interrupted() && cli_output_text(text, size);
}

int cli_scene_say(cli_scene *scene, const char *prefix, size_t region, const char *text, int64_t max_tokens,
                  rgpt_answer *out) {
    bool is_silent = scene->args->json;
    rgpt_generate_options options = {.max_tokens = (int)max_tokens, .on_text = is_silent ? on_silent : on_text};
    *out = (rgpt_answer){0};
    if (cli_interrupted()) return CLI_INTERRUPTED;
    if (!is_silent) cli_output_text(prefix, strlen(prefix));
    scene->has_open_line = !is_silent;
    rgpt_error err = {0};
    rgpt_status status = rgpt_ask(scene->session, text, &options, out, &err);
    scene->has_open_line = false;
    /* The line ends whatever happened, so that an error or the shell's prompt begins a new one. */
    bool has_line = !is_silent && (status == RGPT_OK || *prefix || out->text_size > 0);
    if (has_line) cli_output_text("\n", 1);
    if (status && status != RGPT_CANCELLED) return cli_report_error(NULL, &err);
    cli_scene_count(scene, &out->usage);
    cli_scene_json_answer(scene, region, out);
    int code = cli_output_finish();
    /* Ctrl-C may come after the last piece: the answer is whole then, but no other must follow. */
    return !code && cli_interrupted() ? CLI_INTERRUPTED : code;
}

int cli_scene_each(cli_scene *scene, cli_scene_step step, void *context) {
    if (scene->region_count == 0) return step(scene, 0, context);
    /* Text on a terminal shows by itself how far it is. */
    bool has_bar = scene->args->json || !isatty(STDOUT_FILENO);
    int code = CLI_OK;
    cli_progress_begin();
    for (size_t region = 1; region <= scene->region_count && !code; region++) {
        code = step(scene, region, context);
        if (has_bar) cli_progress_update("regions", (int64_t)region, (int64_t)scene->region_count);
    }
    cli_progress_clear();
    return code;
}

/* ------------------------------------------------------------------ finishing */

/* How many bytes of a long text make a short one: whole words, at least whole characters. */
static size_t cut_size(const char *text) {
    size_t size = LABEL_SIZE;
    while (size > 0 && text[size] != ' ') size--;
    if (size == 0) size = LABEL_SIZE;
    while (((unsigned char)text[size] & 0xc0) == 0x80) size--;
    return size;
}

int cli_scene_label(cli_scene *scene, size_t region, const char *text, const char *suffix) {
    if (!scene->args->overlay) return CLI_OK;
    char **label = &scene->labels[region - 1];
    bool is_long = strlen(text) > LABEL_SIZE;
    int size = (int)(is_long ? cut_size(text) : strlen(text));
    free(*label);
    *label = NULL;
    if (asprintf(label, "%.*s%s%s", size, text, is_long ? "…" : "", suffix) >= 0) return CLI_OK;
    *label = NULL;
    return cli_report_memory("overlay");
}

static void print_timings(const cli_scene *scene) {
    const rgpt_usage *u = &scene->usage;
    size_t regions = scene->region_count;
    double image_ms = rgpt_session_image_ms(scene->session);
    fprintf(stderr, "load    %7.0f ms  %s, %s\n", scene->load_ms, scene->info.name, scene->model_path);
    fprintf(stderr, "image   %7.0f ms  %d x %d, %zu region%s\n", image_ms, rgpt_image_width(scene->image),
            rgpt_image_height(scene->image), regions, regions == 1 ? "" : "s");
    fprintf(stderr, "prefill %7.0f ms  %d tokens, %d of them cached\n", u->prefill_ms, u->prompt_tokens,
            u->cached_tokens);
    fprintf(stderr, "decode  %7.0f ms", u->decode_ms);
    /* choose and refer score answers without generating a token. */
    if (u->generated_tokens > 0 && u->decode_ms > 0) {
        fprintf(stderr, "  %d tokens, %.1f a second", u->generated_tokens, u->generated_tokens / u->decode_ms * 1e3);
    }
    fprintf(stderr, "\ntotal   %7.0f ms\n", cli_clock_ms() - scene->started_ms);
}

/* The order matters: JSON says that all went well, so it comes after what may still fail. */
static int finish(cli_scene *scene) {
    const cli_scene_args *args = scene->args;
    int code = cli_output_finish();
    rgpt_error err = {0};
    if (!code && args->overlay &&
        rgpt_overlay_write(args->overlay, scene->image, scene->regions, (const char *const *)scene->labels, &err)) {
        code = cli_report_error(NULL, &err);
    }
    if (!code && args->json) {
        cli_scene_json_cost(scene);
        code = cli_json_print(&scene->json);
    }
    if (!code && args->verbosity) print_timings(scene);
    return code;
}

int cli_scene_run(const cli_scene_args *args, const char *image_path, cli_scene_body body, void *context) {
    cli_scene scene = {.args = args, .image_path = image_path};
    int code = open_scene(&scene);
    if (!code) {
        cli_scene_json_begin(&scene);
        code = body(&scene, context);
    }
    if (!code) code = finish(&scene);
    close_scene(&scene);
    return code;
}
