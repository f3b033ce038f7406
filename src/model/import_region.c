/* import_region.c - refinement and connector, in the names of the paper's authors' code (SPEC section 7) or LLaVA's. */
#include <string.h>

#include "model/import.h"
#include "model/rename.h"

static const rg_rename rules[] = {
    {"refine.deconv1.weight", "feature_refinement_module.0.weight", RG_DECONV},
    {"refine.deconv1.bias", "feature_refinement_module.0.bias", RG_AS_IS},
    {"refine.norm.weight", "feature_refinement_module.1.weight", RG_AS_IS},
    {"refine.norm.bias", "feature_refinement_module.1.bias", RG_AS_IS},
    {"refine.deconv2.weight", "feature_refinement_module.3.weight", RG_DECONV},
    {"refine.deconv2.bias", "feature_refinement_module.3.bias", RG_AS_IS},
};

static const rg_rename shared_mlp[] = {
    {"connector.fc1.weight", "mlp.0.weight", RG_AS_IS},
    {"connector.fc1.bias", "mlp.0.bias", RG_AS_IS},
    {"connector.fc2.weight", "mlp.2.weight", RG_AS_IS},
    {"connector.fc2.bias", "mlp.2.bias", RG_AS_IS},
};

static const rg_rename downsample[] = {
    {"connector.norm.weight", "mm_projector.layers.1.weight", RG_AS_IS},
    {"connector.norm.bias", "mm_projector.layers.1.bias", RG_AS_IS},
    {"connector.fc1.weight", "mm_projector.layers.2.weight", RG_AS_IS},
    {"connector.fc1.bias", "mm_projector.layers.2.bias", RG_AS_IS},
    {"connector.fc2.weight", "mm_projector.layers.4.weight", RG_AS_IS},
    {"connector.fc2.bias", "mm_projector.layers.4.bias", RG_AS_IS},
    {"connector.region.weight", "rgb_projector.weight", RG_AS_IS},
    {"connector.region.bias", "rgb_projector.bias", RG_AS_IS},
};

#define RULES(table) table, sizeof(table) / sizeof *(table)

/* LLaVA's projector, which is the paper's shared MLP before it has seen regions: as transformers saves it, and as its
 * authors do. */
static const rg_rename projector[] = {
    {"connector.fc1.weight", "linear_1.weight", RG_AS_IS}, {"connector.fc1.bias", "linear_1.bias", RG_AS_IS},
    {"connector.fc2.weight", "linear_2.weight", RG_AS_IS}, {"connector.fc2.bias", "linear_2.bias", RG_AS_IS},
    {"connector.fc1.weight", "0.weight", RG_AS_IS},        {"connector.fc1.bias", "0.bias", RG_AS_IS},
    {"connector.fc2.weight", "2.weight", RG_AS_IS},        {"connector.fc2.bias", "2.bias", RG_AS_IS},
};

static bool projector_prefix(const rg_weights *w, char prefix[RG_NAME_SIZE]) {
    static const char *const name[][2] = {{"multi_modal_projector.linear_1.weight", "multi_modal_projector."},
                                          {"mm_projector.0.weight", "mm_projector."}};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        char before[RG_NAME_SIZE];
        if (!rg_rename_prefix(w, name[i][0], before)) continue;
        rg_rename_make(prefix, before, name[i][1], 0);
        return true;
    }
    return false;
}

bool rg_is_projector(const rg_weights *w) {
    char prefix[RG_NAME_SIZE];
    return projector_prefix(w, prefix);
}

rgpt_status rg_import_projector(rg_import *im, const rg_weights *w, const json_t *config, rgpt_error *err) {
    char prefix[RG_NAME_SIZE];
    if (!projector_prefix(w, prefix)) return rg_fail(err, RGPT_FORMAT, "connector: no projector's tensors");
    const char *activation = json_string_value(json_object_get(config, "projector_hidden_act"));
    if (activation && strcmp(activation, "gelu") != 0) {
        return rg_fail(err, RGPT_UNSUPPORTED, "connector: projector_hidden_act: found '%s', wanted 'gelu'", activation);
    }
    const char *positions = json_string_value(json_object_get(config, "vision_feature_select_strategy"));
    if (positions && strcmp(positions, "default") != 0) {
        return rg_fail(err, RGPT_UNSUPPORTED,
                       "connector: vision_feature_select_strategy: found '%s', wanted 'default', no class token",
                       positions);
    }
    im->config.region.refine = RG_REFINE_NONE;
    im->config.region.connector = RG_CONNECT_MLP;
    rg_rename_setting setting = {.prefix = prefix};
    rgpt_status status = rg_rename_apply(RULES(projector), &setting, w, im->weights, err);
    im->has_region = status == RGPT_OK;
    return status;
}

bool rg_is_region_module(const rg_weights *w, rg_connector_kind *connector) {
    *connector = rg_weights_find(w, "mlp.0.weight") ? RG_CONNECT_MLP : RG_CONNECT_DOWNSAMPLE;
    return *connector == RG_CONNECT_MLP || rg_weights_find(w, "rgb_projector.weight");
}

rgpt_status rg_import_region(rg_import *im, const rg_weights *w, rg_connector_kind connector, rgpt_error *err) {
    rg_rename_setting setting = {.prefix = ""};
    bool has_deconv = rg_weights_find(w, "feature_refinement_module.0.weight") != NULL;
    im->config.region.refine = has_deconv ? RG_REFINE_DECONV : RG_REFINE_NONE;
    im->config.region.connector = connector;
    rgpt_status status = rg_rename_apply(RULES(rules), &setting, w, im->weights, err);
    if (status == RGPT_OK && connector == RG_CONNECT_MLP) {
        status = rg_rename_apply(RULES(shared_mlp), &setting, w, im->weights, err);
    } else if (status == RGPT_OK) {
        status = rg_rename_apply(RULES(downsample), &setting, w, im->weights, err);
    }
    im->has_region = status == RGPT_OK;
    return status;
}
