/* model.h - inside rgpt_model: one opened file, immutable after opening, shared by threads. */
#ifndef RG_ENGINE_MODEL_H
#define RG_ENGINE_MODEL_H

#include "model/regiongpt.h"
#include "text/template.h"

typedef struct rg_metadata_row {
    const char *key; /* the file's */
    char *value;     /* as text, owned */
} rg_metadata_row;

struct rgpt_model {
    rg_weights *weights;
    rg_regiongpt net;
    rg_tokenizer *tokenizer;
    const rg_template *tpl;
    int threads;
    rg_compute compute;
    char name[128], vision[160], decoder[160];
    size_t file_size;
    size_t session_size; /* of a default session */
    size_t program_size; /* resident at opening: the program and its libraries */
    rg_metadata_row *metadata;
    size_t metadata_count;
};

/* Bytes of memory that this process has in use now; 0 where the system does not say. */
size_t rg_resident_size(void);

/* metadata.c: the file's metadata as text for people. */
rgpt_status rg_metadata_init(rgpt_model *model, rgpt_error *err);
void rg_metadata_reset(rgpt_model *model);

#endif
