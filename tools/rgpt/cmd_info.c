/* cmd_info.c - `rgpt info [FILE]`: what is in a model file and how much memory it needs. */
#include "json_out.h"
#include "model_path.h"
#include "options.h"
#include "output.h"
#include "report.h"
#include "units.h"

#include <stdlib.h>
#include <string.h>

typedef struct info_args {
    const char *model; /* NULL: the default */
    int verbosity;     /* 1: metadata too; 2: tensors too */
    bool json;
} info_args;

static const cli_option options[] = {
    {"model", 'm', "FILE",
     "the same as FILE; default: $RGPT_MODEL, else\nrgpt-tiny.gguf beside the program, in\n../share/rgpt/, in "
     "./models/",
     cli_set_text, .offset = offsetof(info_args, model)},
    {"verbose", 'v', NULL, "the file's metadata too; -vv: and its tensors", cli_set_count,
     .offset = offsetof(info_args, verbosity)},
    {"json", 0, NULL, "one JSON object instead of text", cli_set_flag, .offset = offsetof(info_args, json)},
    {.name = NULL},
};

static const char examples[] = "  rgpt info\n"
                               "  rgpt info models/rgpt-tiny.gguf -v\n"
                               "  rgpt info models/rgpt-tiny.gguf --json | jq .memory.peak\n";

/* ------------------------------------------------------------------ bytes by type */

enum { MOST_TYPES = 40 }; /* GGUF knows fewer */

/* The tensors of one type. */
typedef struct type_sum {
    const char *type;
    int64_t count;
    size_t size;
} type_sum;

static int compare_size(const void *left, const void *right) {
    const type_sum *a = left, *b = right;
    return a->size < b->size ? 1 : a->size > b->size ? -1 : strcmp(a->type, b->type);
}

/* Sums the tensors by type, largest first; returns how many types there are. */
static size_t sum_types(const rgpt_model *model, type_sum *sums) {
    size_t count = 0;
    rgpt_tensor_info tensor;
    for (size_t i = 0; rgpt_model_get_tensor(model, i, &tensor); i++) {
        size_t k = 0;
        while (k < count && strcmp(sums[k].type, tensor.type) != 0) k++;
        if (k == MOST_TYPES) continue;
        if (k == count) sums[count++] = (type_sum){.type = tensor.type};
        sums[k].count++;
        sums[k].size += tensor.size;
    }
    qsort(sums, count, sizeof *sums, compare_size);
    return count;
}

/* ------------------------------------------------------------------ text */

/* A line "  name   value", whose value may come from a hostile file. */
static void print_value(const char *name, const char *value) {
    cli_output_format("  %-10s ", name);
    cli_output_text(value, strlen(value));
    cli_output_text("\n", 1);
}

static void print_part(const char *name, int64_t parameters, const char *value) {
    cli_output_format("  %-10s %9s  ", name, cli_count_figure(parameters).text);
    cli_output_text(value, strlen(value));
    cli_output_text("\n", 1);
}

static void print_summary(const rgpt_model *model, const rgpt_model_info *info) {
    cli_output_format("\nparameters\n");
    print_part("vision", info->vision_parameters, info->vision);
    print_part("region", info->region_parameters, info->refine);
    print_part("decoder", info->decoder_parameters, info->decoder);
    print_part("all", info->parameter_count, "");

    type_sum sums[MOST_TYPES];
    size_t count = sum_types(model, sums);
    cli_output_format("\nweights\n");
    for (size_t i = 0; i < count; i++) {
        cli_output_format("  %-10s %9s  %lld tensors\n", sums[i].type, cli_size_figure(sums[i].size).text,
                          (long long)sums[i].count);
    }
    cli_output_format("\nmemory\n");
    cli_output_format("  %-10s %9s  the model file: mapped, shared between processes\n", "file",
                      cli_size_figure(info->file_size).text);
    cli_output_format("  %-10s %9s  a session with default options\n", "session",
                      cli_size_figure(info->session_size).text);
    cli_output_format("  %-10s %9s  the most that a process with one session needs\n", "peak",
                      cli_size_figure(info->peak_size).text);
}

static void print_metadata(const rgpt_model *model) {
    cli_output_format("\nmetadata\n");
    const char *key, *value;
    for (size_t i = 0; rgpt_model_get_metadata(model, i, &key, &value); i++) {
        cli_output_format("  ");
        cli_output_text(key, strlen(key));
        cli_output_format("%*s ", strlen(key) < 40 ? (int)(40 - strlen(key)) : 0, "");
        cli_output_text(value, strlen(value));
        cli_output_text("\n", 1);
    }
}

static void print_tensors(const rgpt_model *model) {
    cli_output_format("\ntensors\n");
    rgpt_tensor_info tensor;
    for (size_t i = 0; rgpt_model_get_tensor(model, i, &tensor); i++) {
        cli_output_format("  %-6s %9s  ", tensor.type, cli_size_figure(tensor.size).text);
        cli_output_text(tensor.name, strlen(tensor.name));
        for (int d = 0; d < tensor.rank; d++) {
            cli_output_format("%s%lld", d ? " x " : "  ", (long long)tensor.shape[d]);
        }
        cli_output_format("\n");
    }
}

static int print_text(const rgpt_model *model, const char *path, int verbosity) {
    rgpt_model_info info;
    rgpt_model_get_info(model, &info);
    cli_output_text(info.name, strlen(info.name));
    cli_output_format("\n");
    print_value("file", path);
    print_value("template", info.template_name);
    cli_output_format("  %-10s %d tokens, of %d that a conversation may have\n", "image", info.image_tokens,
                      info.context_length);
    print_summary(model, &info);
    if (verbosity >= 1) print_metadata(model);
    if (verbosity >= 2) print_tensors(model);
    return cli_output_finish();
}

/* ------------------------------------------------------------------ JSON */

static json_t *text_json(const char *text) {
    return cli_json_text(text, strlen(text));
}

static void add_tensors(cli_json *json, const rgpt_model *model) {
    rgpt_tensor_info tensor;
    for (size_t i = 0; rgpt_model_get_tensor(model, i, &tensor); i++) {
        json_t *shape = json_array();
        for (int d = 0; d < tensor.rank; d++) {
            if (json_array_append_new(shape, json_integer(tensor.shape[d])) != 0) json->has_failed = true;
        }
        cli_json_append(json, "tensors",
                        json_pack("{so ss so sI}", "name", text_json(tensor.name), "type", tensor.type, "shape", shape,
                                  "bytes", (json_int_t)tensor.size));
    }
}

static void add_metadata(cli_json *json, const rgpt_model *model) {
    json_t *object = json_object();
    const char *key, *value;
    for (size_t i = 0; rgpt_model_get_metadata(model, i, &key, &value); i++) {
        if (json_object_set_new(object, key, text_json(value)) != 0) json->has_failed = true;
    }
    cli_json_set(json, "metadata", object);
}

static int print_json(const rgpt_model *model, const char *path, int verbosity) {
    rgpt_model_info info;
    rgpt_model_get_info(model, &info);
    cli_json json = {0};
    cli_json_set(&json, "model", text_json(info.name));
    cli_json_set(&json, "path", text_json(path));
    cli_json_set(&json, "vision", text_json(info.vision));
    cli_json_set(&json, "refine", text_json(info.refine));
    cli_json_set(&json, "decoder", text_json(info.decoder));
    cli_json_set(&json, "template", text_json(info.template_name));
    cli_json_set(&json, "parameters",
                 json_pack("{sI sI sI sI}", "all", (json_int_t)info.parameter_count, "vision",
                           (json_int_t)info.vision_parameters, "region", (json_int_t)info.region_parameters, "decoder",
                           (json_int_t)info.decoder_parameters));
    cli_json_set(&json, "image_tokens", json_integer(info.image_tokens));
    cli_json_set(&json, "context_length", json_integer(info.context_length));
    type_sum sums[MOST_TYPES];
    size_t count = sum_types(model, sums);
    for (size_t i = 0; i < count; i++) {
        cli_json_append(&json, "weights",
                        json_pack("{ss sI sI}", "type", sums[i].type, "tensors", (json_int_t)sums[i].count, "bytes",
                                  (json_int_t)sums[i].size));
    }
    cli_json_set(&json, "memory",
                 json_pack("{sI sI sI}", "file", (json_int_t)info.file_size, "session", (json_int_t)info.session_size,
                           "peak", (json_int_t)info.peak_size));
    if (verbosity >= 1) add_metadata(&json, model);
    if (verbosity >= 2) add_tensors(&json, model);
    return cli_json_print(&json);
}

/* ------------------------------------------------------------------ the command */

static int run(const info_args *args) {
    char *path;
    int code = cli_model_path(args->model, &path);
    if (code) return code;
    rgpt_model *model;
    rgpt_error err = {0};
    if (rgpt_model_open(path, NULL, &model, &err)) {
        code = cli_report_error("model", &err);
    } else {
        code = args->json ? print_json(model, path, args->verbosity) : print_text(model, path, args->verbosity);
    }
    rgpt_model_close(model);
    free(path);
    return code;
}

int cli_run_info(const cli_command *self, int argc, char **argv) {
    info_args args = {0};
    const cli_syntax syntax = {.command = self,
                               .usage = "[FILE] [options]",
                               .more_words = 1,
                               .examples = examples,
                               .groups = {{"Options", options, &args}}};
    int word_count, code;
    if (!cli_options_parse(&syntax, argc, argv, &word_count, &code)) return code;
    if (word_count == 1) args.model = argv[1];
    return run(&args);
}
