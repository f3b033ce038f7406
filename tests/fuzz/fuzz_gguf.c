/* Any bytes as a GGUF file: every tensor that is accepted is read, every value asked for as every type. */
#include <stdlib.h>

#include "io/gguf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_pair(const rg_gguf *g, const char *key) {
    rgpt_error err = {0};
    uint32_t u32;
    uint64_t u64;
    int64_t i64;
    float f32;
    bool flag;
    const char *string;
    int32_t *integers = NULL;
    float *reals = NULL;
    rg_gguf_text *texts = NULL;
    size_t count = 0, bytes = 0;
    rg_gguf_get_u32(g, key, &u32, &err);
    rg_gguf_get_u64(g, key, &u64, &err);
    rg_gguf_get_i64(g, key, &i64, &err);
    rg_gguf_get_f32(g, key, &f32, &err);
    rg_gguf_get_bool(g, key, &flag, &err);
    rg_gguf_get_string(g, key, &string, &err);
    rg_gguf_get_i32_array(g, key, &integers, &count, &err);
    rg_gguf_get_f32_array(g, key, &reals, &count, &err);
    if (rg_gguf_get_text_array(g, key, &texts, &count, &err) == RGPT_OK) {
        for (size_t i = 0; i < count; i++) bytes += texts[i].size;
        if (bytes > rg_gguf_find_pair(g, key)->size) abort();
    }
    free(integers);
    free(reals);
    free(texts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rg_gguf *g;
    rgpt_error err = {0};
    if (rg_gguf_parse(data, size, &g, &err) != RGPT_OK) return 0;
    for (size_t i = 0; i < rg_gguf_pair_count(g); i++) read_pair(g, rg_gguf_pair_at(g, i)->key);
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < rg_gguf_tensor_count(g); i++) {
        const rg_weight *t = rg_gguf_tensor_at(g, i);
        const uint8_t *bytes = t->data;
        for (size_t k = 0; k < t->size; k++) sum = (uint8_t)(sum + bytes[k]);
        if (rg_gguf_find_tensor(g, t->name) != t) abort();
    }
    rg_gguf_close(g);
    return 0;
}
