/* info.c - what a model says about itself. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/model.h"

const char *rgpt_version(void) {
    return RGPT_VERSION;
}

const char *rgpt_status_name(rgpt_status status) {
    return rg_status_name(status);
}

size_t rg_resident_size(void) {
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f) return 0;
    unsigned long all = 0, resident = 0;
    int fields = fscanf(f, "%lu %lu", &all, &resident);
    fclose(f);
    return fields == 2 ? resident * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

static int64_t count_parameters(const rgpt_model *m, const char *prefix) {
    int64_t count = 0;
    for (size_t i = 0; i < m->net.params.count; i++) {
        const rg_param *p = &m->net.params.item[i];
        if (strncmp(p->name, prefix, strlen(prefix)) == 0) count += rg_tensor_count(p->tensor);
    }
    return count;
}

void rgpt_model_get_info(const rgpt_model *m, rgpt_model_info *out) {
    *out = (rgpt_model_info){
        .name = m->name,
        .vision = m->vision,
        .refine = rg_refine_name(m->net.config.region.refine),
        .decoder = m->decoder,
        .template_name = m->tpl->name,
        .vision_parameters = count_parameters(m, "vision."),
        .region_parameters = count_parameters(m, "refine.") + count_parameters(m, "connector."),
        .decoder_parameters = count_parameters(m, "decoder."),
        .image_tokens = rg_image_tokens(&m->net.config),
        .context_length = m->net.config.decoder.context,
        .file_size = m->file_size,
        .session_size = m->session_size,
        .peak_size = m->file_size + m->session_size + m->program_size,
    };
    out->parameter_count = out->vision_parameters + out->region_parameters + out->decoder_parameters;
}

bool rgpt_model_get_metadata(const rgpt_model *m, size_t i, const char **key, const char **value) {
    if (i >= m->metadata_count) return false;
    *key = m->metadata[i].key;
    *value = m->metadata[i].value;
    return true;
}

bool rgpt_model_get_tensor(const rgpt_model *m, size_t i, rgpt_tensor_info *out) {
    if (i >= rg_weights_count(m->weights)) return false;
    const rg_weight *w = rg_weights_at(m->weights, i);
    *out = (rgpt_tensor_info){.name = w->name, .type = rg_dtype_get(w->dtype)->name, .rank = w->rank, .size = w->size};
    memcpy(out->shape, w->dim, sizeof out->shape);
    return true;
}
