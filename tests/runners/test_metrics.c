/* rgpt-test-metrics DIR...: runs every metric oracle found in the folders given; the contract is in doc/cli.md. */
#include "folder.h"
#include "metrics.h"

static bool is_coco_det(const rg_folder *f) {
    return json_object_get(f->expected, "bbox") || json_object_get(f->expected, "segm");
}
static bool is_region_cls(const rg_folder *f) {
    json_t *first = json_object_iter_value(json_object_iter(f->expected));
    return json_object_get(first, "acc_percent") != NULL;
}
static bool is_pope(const rg_folder *f) {
    return json_object_get(f->expected, "expected_on_synthetic_answers");
}
static bool is_mask(const rg_folder *f) {
    return rg_folder_has_prefix(f->path, "mask_fixtures");
}
/* Whole scores, or the oracles of one stage: PTB tokens, METEOR's normaliser, stemmer, synonyms. */
static bool is_caption(const rg_folder *f) {
    static const char *const files[] = {"expected_scores", "ptb_", "meteor_norm", "meteor_st", "meteor_synsets"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (rg_folder_has_prefix(f->path, files[i])) return true;
    }
    return false;
}
static bool is_bad_inputs(const rg_folder *f) {
    return rg_folder_has(f->path, "manifest.json");
}
static bool is_meteor_data(const rg_folder *f) {
    return rg_folder_has(f->path, "synonym") && rg_folder_has(f->path, "function");
}

int main(int argc, char **argv) {
    static const rg_kind kinds[] = {
        {"coco_det", is_coco_det, rg_metrics_coco_det, NULL},
        {"region_cls", is_region_cls, rg_metrics_region_cls, NULL},
        {"pope", is_pope, rg_metrics_pope, NULL},
        {"mask", is_mask, rg_metrics_mask, NULL},
        {"bad_inputs", is_bad_inputs, NULL, "rgpt-test-bad runs these"},
        {"meteor_data", is_meteor_data, NULL, "METEOR's own data, no oracle"},
        {"caption", is_caption, rg_metrics_caption, NULL},
        {NULL, NULL, NULL, NULL},
    };
    return rg_folder_main(argc, argv, kinds, NULL);
}
