/* Any bytes as a safetensors file: every tensor that is accepted is read. */
#include <stdlib.h>
#include <string.h>

#include "io/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_file(const uint8_t *data, size_t size) {
    rg_safetensors *s;
    rgpt_error err = {0};
    if (rg_safetensors_parse(data, size, &s, &err) != RGPT_OK) return;
    size_t covered = 0;
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < rg_safetensors_count(s); i++) {
        const rg_weight *t = rg_safetensors_at(s, i);
        const uint8_t *bytes = t->data;
        for (size_t k = 0; k < t->size; k++) sum = (uint8_t)(sum + bytes[k]);
        if (rg_safetensors_find(s, t->name) != t) abort();
        covered += t->size;
    }
    if (covered > size) abort();
    rg_safetensors_metadata(s, "format");
    rg_safetensors_close(s);
}

/* The length in front seldom survives a mutation, so the file is also read with a length that ends
 * behind the last brace. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    read_file(data, size);
    if (size < 9) return 0;
    const uint8_t *brace = memrchr(data + 8, '}', size - 8);
    uint8_t *repaired = malloc(size);
    if (brace && repaired) {
        uint64_t length = (uint64_t)(brace - data) - 7;
        memcpy(repaired, data, size);
        memcpy(repaired, &length, sizeof length);
        read_file(repaired, size);
    }
    free(repaired);
    return 0;
}
