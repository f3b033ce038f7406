/* cmd_convert.c - `rgpt convert SRC... -o OUT.gguf`: the parts that people have become one model file. */
#include "interrupt.h"
#include "json_out.h"
#include "options.h"
#include "output.h"
#include "progress.h"
#include "report.h"
#include "units.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct convert_args {
    const char *out;
    bool json;
} convert_args;

static const cli_option options[] = {
    {"output", 'o', "OUT.gguf",
     "the model file to write (required); a failure or\nCtrl-C leaves an older one as it was", cli_set_text,
     .offset = offsetof(convert_args, out)},
    {"json", 0, NULL, "one JSON object instead of text", cli_set_flag, .offset = offsetof(convert_args, json)},
    {.name = NULL},
};

static const char examples[] = "  rgpt convert checkpoint_folder decoder.gguf -o models/rgpt-tiny.gguf\n"
                               "  rgpt convert vit.safetensors region.safetensors lora/ decoder.gguf -o m.gguf\n";

/* Refuses to replace a part by the whole: OUT must be no source, nor an existing file of a source folder. */
static int check_source(const char *source, const char *out) {
    struct stat status;
    char folder[PATH_MAX], file[PATH_MAX];
    if (stat(source, &status) != 0 || !S_ISDIR(status.st_mode))
        return cli_output_check_distinct("--output", out, source);
    if (!realpath(source, folder) || !realpath(out, file)) return CLI_OK;
    size_t size = strlen(folder);
    if (strncmp(file, folder, size) != 0 || file[size] != '/') return CLI_OK;
    return cli_report_usage("--output: %s: exists in the source folder %s, wanted another file", out, source);
}

static bool on_progress(void *context, const char *what, int64_t done, int64_t total) {
    (void)context;
    cli_progress_update(what, done, total);
    return !cli_interrupted();
}

/* Opening what was written shows that it is whole, and what it is. */
static int print_result(const convert_args *args) {
    rgpt_model *model;
    rgpt_model_info info;
    rgpt_error err = {0};
    if (rgpt_model_open(args->out, NULL, &model, &err)) return cli_report_error("written, but", &err);
    rgpt_model_get_info(model, &info);
    int code;
    if (args->json) {
        cli_json json = {0};
        cli_json_set(&json, "model", cli_json_text(info.name, strlen(info.name)));
        cli_json_set(&json, "path", cli_json_text(args->out, strlen(args->out)));
        cli_json_set(&json, "parameters", json_integer(info.parameter_count));
        cli_json_set(&json, "bytes", json_integer((json_int_t)info.file_size));
        code = cli_json_print(&json);
    } else {
        cli_output_format("wrote %s: ", args->out);
        cli_output_text(info.name, strlen(info.name));
        cli_output_format(", %s parameters, %s\n", cli_count_figure(info.parameter_count).text,
                          cli_size_figure(info.file_size).text);
        code = cli_output_finish();
    }
    rgpt_model_close(model);
    return code;
}

static int run(const convert_args *args, const char *const *sources, size_t source_count) {
    if (!args->out) return cli_report_usage("convert: no output, wanted -o OUT.gguf");
    int code = cli_output_check_folder("--output", args->out);
    for (size_t i = 0; i < source_count && !code; i++) code = check_source(sources[i], args->out);
    if (code) return code;
    cli_progress_begin();
    rgpt_error err = {0};
    rgpt_status status = rgpt_convert(sources, source_count, args->out, on_progress, NULL, &err);
    cli_progress_clear();
    return status ? cli_report_error(NULL, &err) : print_result(args);
}

int cli_run_convert(const cli_command *self, int argc, char **argv) {
    convert_args args = {0};
    const cli_syntax syntax = {.command = self,
                               .usage = "SRC... -o OUT.gguf",
                               .words = {"SRC"},
                               .more_words = argc,
                               .examples = examples,
                               .groups = {{"Options", options, &args}}};
    int word_count, code;
    if (!cli_options_parse(&syntax, argc, argv, &word_count, &code)) return code;
    return run(&args, (const char *const *)argv + 1, (size_t)word_count);
}
