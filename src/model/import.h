/* import.h - models in the layouts people have, as ours: named weights and a configuration.
 *
 * A part comes as a file or folder: a vision transformer (timm's; CLIP's or SigLIP's of transformers), a region module
 * (safetensors with feature_refinement_module.* and mlp.*), a decoder (GGUF of the llama architecture,
 * or a Hugging Face folder), a LoRA adapter (PEFT folder). A folder whose config.json says architecture
 * "regiongpt" describes how parts fit together and holds, or names, some of them. What a source is, is
 * told by what is inside.
 *
 * Importing converts nothing that can stay as it is: unchanged tensors are views of the mapped sources.
 */
#ifndef RG_MODEL_IMPORT_H
#define RG_MODEL_IMPORT_H

#include <jansson.h>

#include "io/gguf.h"
#include "io/weights.h"
#include "model/config.h"

enum { RG_IMPORT_TEXT = 64 };

typedef struct rg_import {
    rg_config config;
    rg_weights *weights;    /* under our names; keeps the sources open that its views point into */
    const rg_gguf *decoder; /* its metadata goes into our file too (tokenizer, sizes); NULL: it came as no GGUF */
    char template_name[RG_IMPORT_TEXT]; /* "": as the decoder's own metadata says */
    char name[RG_IMPORT_TEXT];
    json_t *prompts; /* task -> wording (engine/task.h); NULL: none given */
    bool has_vision, has_region, has_decoder, has_adapter;
} rg_import;

/* Opens and joins the sources, and checks that nothing is missing. On failure *im is reset. */
rgpt_status rg_import_open(rg_import *im, const char *const *sources, size_t source_count, rgpt_error *err);
void rg_import_reset(rg_import *im);

/* Writes one GGUF (SPEC section 7), atomically. */
rgpt_status rg_import_write(const rg_import *im, const char *path, rgpt_progress progress, void *context,
                            rgpt_error *err);

/* ------------------------------------------------------------------ the parts (import_*.c)
 *
 * Each adds its tensors to im->weights and fills in its part of the configuration. `about` is what a
 * config.json says of the part; NULL: the weights alone must tell. */
bool rg_is_timm(const rg_weights *w);
rgpt_status rg_import_timm(rg_import *im, const rg_weights *w, const json_t *about, rgpt_error *err);

/* CLIP's or SigLIP's image tower, wherever in the file. `config`: the config.json beside it, the tower's own or of a
 * model with one; `about` has the last word, and may be NULL too. */
bool rg_is_clip(const rg_weights *w);
rgpt_status rg_import_clip(rg_import *im, const rg_weights *w, const json_t *config, const json_t *about,
                           rgpt_error *err);

/* Its blocks, which CLIP's text tower has too: from prefix + "encoder.layers.*" to into + "blk.*". */
rgpt_status rg_import_clip_blocks(rg_weights *to, const rg_weights *from, const char *prefix, const char *into,
                                  int blocks, rgpt_error *err);
/* A whole CLIP, both towers, for clip.h: tensors to im->weights; *out is filled in and checked. */
rgpt_status rg_import_clip_pair(rg_import *im, const rg_weights *w, const json_t *config, rg_clip_config *out,
                                rgpt_error *err);

/* The settings' "hidden_act", or `otherwise`. */
rgpt_status rg_import_activation(const json_t *settings, const char *otherwise, rg_activation *out, rgpt_error *err);
/* For both (import_vision.c). "select_layer" k of the settings is transformers' hidden_states[k]: n what block n gives,
 * -1 what the last one does, never through the final norm. Not given, or null: the whole tower with that norm. */
rgpt_status rg_import_select_layer(rg_vision_config *v, const json_t *settings, rgpt_error *err);
/* Learned positions [T, C] called `name`: their grid's cells a side; then, once the configuration says which grid it
 * wants, the embeddings themselves. */
rgpt_status rg_import_position_cells(const rg_weights *w, const char *name, bool has_class_token, int *cells,
                                     rgpt_error *err);
rgpt_status rg_import_position(rg_import *im, const rg_weights *w, const char *name, rgpt_error *err);

/* Tells which connector the file is for; with both inside, the paper's. */
bool rg_is_region_module(const rg_weights *w, rg_connector_kind *connector);
rgpt_status rg_import_region(rg_import *im, const rg_weights *w, rg_connector_kind connector, rgpt_error *err);

/* LLaVA's projector: a connector for a region module without refinement. `config`: LLaVA's. */
bool rg_is_projector(const rg_weights *w);
rgpt_status rg_import_projector(rg_import *im, const rg_weights *w, const json_t *config, rgpt_error *err);

rgpt_status rg_import_decoder_gguf(rg_import *im, const rg_gguf *g, rgpt_error *err);
/* As transformers saves it, alone or in LLaVA; `config` is its own or has one inside ("text_config"). */
bool rg_is_decoder_hf(const rg_weights *w);
rgpt_status rg_import_decoder_hf(rg_import *im, const rg_weights *w, const json_t *config, rgpt_error *err);

/* After the decoder: an adapter's rows are reordered as the decoder's heads are. */
rgpt_status rg_import_peft(rg_import *im, const rg_weights *w, const json_t *config, rgpt_error *err);

#endif
