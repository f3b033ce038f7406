/* rgpt-test-golden DIR...: runs every golden case found in the folders given; the contract is in doc/cli.md. */
#include <string.h>

#include "folder.h"
#include "golden.h"

static bool has_model_type(const rg_folder *folder, const char *prefix) {
    const char *type = json_string_value(json_object_get(folder->config, "model_type"));
    return type && strncmp(type, prefix, strlen(prefix)) == 0;
}

/* Does the first of case.json's cases have this field? */
static bool cases_have(const rg_folder *folder, const char *field) {
    json_t *cases = json_object_get(folder->about, "cases");
    return json_object_get(json_array_get(cases, 0), field) != NULL;
}

static bool tensors_end_with(const rg_folder *folder, const char *suffix) {
    const char *name;
    json_t *value;
    json_object_foreach(folder->tensors, name, value) {
        size_t length = strlen(name);
        if (length >= strlen(suffix) && strcmp(name + length - strlen(suffix), suffix) == 0) return true;
    }
    return false;
}

static bool is_rgpt(const rg_folder *f) {
    const char *architecture = json_string_value(json_object_get(f->config, "architecture"));
    return architecture && strcmp(architecture, "regiongpt") == 0;
}
static bool is_llava(const rg_folder *f) {
    return has_model_type(f, "llava");
}
static bool is_clip(const rg_folder *f) {
    return has_model_type(f, "clip");
}
static bool is_siglip(const rg_folder *f) {
    return has_model_type(f, "siglip");
}
/* Whatever the family's name, a decoder alone has tokens in and logits out. */
static bool is_decoder(const rg_folder *f) {
    return f->config && json_object_get(f->tensors, "ids") && json_object_get(f->tensors, "logits");
}
/* timm keeps no config.json; case.json says what the weights do not show. */
static bool is_timm(const rg_folder *f) {
    return json_object_get(f->about, "heads") && json_object_get(f->tensors, "features");
}
static bool is_resize(const rg_folder *f) {
    return cases_have(f, "filter");
}
static bool is_tokenizer(const rg_folder *f) {
    return cases_have(f, "ids");
}
static bool is_quant(const rg_folder *f) {
    return tensors_end_with(f, ".bytes");
}
static bool is_region(const rg_folder *f) {
    return tensors_end_with(f, ".pooled");
}

int main(int argc, char **argv) {
    static const rg_kind kinds[] = {
        {"rgpt", is_rgpt, rg_golden_rgpt, NULL},
        {"llava", is_llava, rg_golden_llava, NULL},
        {"clip", is_clip, rg_golden_clip, NULL},
        {"siglip", is_siglip, rg_golden_vision, NULL},
        {"decoder", is_decoder, rg_golden_decoder, NULL},
        {"timm", is_timm, rg_golden_vision, NULL},
        {"resize", is_resize, rg_golden_resize, NULL},
        {"tokenizer", is_tokenizer, rg_golden_tokenizer, NULL},
        {"quant", is_quant, rg_golden_quant, NULL},
        {"region", is_region, rg_golden_region, NULL},
        {NULL, NULL, NULL, NULL},
    };
    return rg_folder_main(argc, argv, kinds, "case.json");
}
