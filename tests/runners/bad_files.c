/* Files of tensors: accepted when the file opens and every byte of every tensor can be read. */
#include "bad.h"

#include "io/weights.h"

/* A sum that is used, so that no reading of a byte can be optimised away. */
static uint8_t sum_tensors(const rg_weights *w) {
    uint8_t sum = 0;
    for (size_t i = 0; i < rg_weights_count(w); i++) {
        const rg_weight *t = rg_weights_at(w, i);
        const uint8_t *bytes = t->data;
        for (size_t k = 0; k < t->size; k++) sum = (uint8_t)(sum + bytes[k]);
    }
    return sum;
}

static rgpt_status use(rgpt_status status, rg_weights *w) {
    if (status != RGPT_OK) return status;
    volatile uint8_t sum = sum_tensors(w);
    (void)sum;
    rg_weights_close(w);
    return RGPT_OK;
}

rgpt_status rg_bad_gguf(const char *path, rgpt_error *err) {
    rg_gguf *file;
    rg_weights *w = NULL;
    rgpt_status status = rg_gguf_open(path, &file, err);
    if (status == RGPT_OK) status = rg_weights_from_gguf(file, &w, err);
    return use(status, w);
}

rgpt_status rg_bad_safetensors(const char *path, rgpt_error *err) {
    rg_safetensors *file;
    rg_weights *w = NULL;
    rgpt_status status = rg_safetensors_open(path, &file, err);
    if (status == RGPT_OK) status = rg_weights_from_safetensors(file, &w, err);
    return use(status, w);
}
