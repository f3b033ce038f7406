/* import_region.c - refinement and connector, in the names of the paper's authors' code (SPEC section 7). */
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
