/* config.h - the shape of a model: what a file says before its first tensor is read. */
#ifndef RG_MODEL_CONFIG_H
#define RG_MODEL_CONFIG_H

#include "io/gguf.h"
#include "op/op.h"

/* How an image becomes the backbone's square (SPEC section 2). */
typedef enum rg_fit {
    RG_FIT_PAD,   /* padded to a square with the mean colour, then resized */
    RG_FIT_SQUASH /* resized, whatever the aspect */
} rg_fit;

typedef struct rg_vision_config {
    char family[32]; /* "timm_vit", "clip", "siglip": where it came from, for people */
    int image_size;  /* side in pixels, a multiple of patch_size */
    int patch_size;
    int width; /* C */
    int heads;
    int blocks; /* how many run: up to the selected layer */
    int mlp_width;
    double norm_eps;
    rg_activation activation;
    bool has_class_token;
    bool has_pre_norm;    /* CLIP's LayerNorm before the first block */
    bool has_final_norm;  /* applied after the last block that runs */
    bool has_layer_scale; /* DINOv2's gain on each residual branch */
    float mean[3], std[3];
    rg_fit fit;
} rg_vision_config;

/* Refinement of the feature map (paper, Table 6). */
typedef enum rg_refine_kind {
    RG_REFINE_NONE,
    RG_REFINE_BILINEAR,       /* 16 times as many cells a side, by interpolation */
    RG_REFINE_DECONV,         /* 4 times, by two deconvolutions: the paper's default */
    RG_REFINE_DECONV_BILINEAR /* those, then 4 times by interpolation */
} rg_refine_kind;

typedef enum rg_connector_kind {
    RG_CONNECT_MLP,       /* one shared 2-layer MLP (paper) */
    RG_CONNECT_DOWNSAMPLE /* 2x2 cells merged for the image, a linear layer of its own for regions (SpatialRGPT) */
} rg_connector_kind;

typedef struct rg_region_config {
    rg_refine_kind refine;
    rg_connector_kind connector;
    int grid_h, grid_w; /* adaptive pooling's target: image cells that the connector sees */
} rg_region_config;

typedef struct rg_llama_config {
    int width; /* D */
    int blocks;
    int heads, kv_heads;
    int head_width;
    int mlp_width;
    int vocab;
    int context;   /* positions that it was trained for */
    int lora_rank; /* 0: no adapter */
    double norm_eps;
    double rope_theta;
    bool has_output;       /* an output matrix of its own; else the token embedding serves */
    bool has_rope_factors; /* LLaMA-3's factor per frequency */
} rg_llama_config;

/* CLIP's two towers (clip.h). */
typedef struct rg_clip_text_config {
    int width; /* W */
    int heads;
    int blocks;
    int mlp_width;
    int vocab;
    int context; /* tokens of a text, start and end included */
    double norm_eps;
    rg_activation activation;
} rg_clip_text_config;

typedef struct rg_clip_config {
    rg_vision_config vision;
    rg_clip_text_config text;
    int width;    /* E, of the space that both towers project to */
    double scale; /* of cosines */
} rg_clip_config;

typedef struct rg_config {
    rg_vision_config vision;
    rg_region_config region;
    rg_llama_config decoder;
} rg_config;

enum { RG_LARGEST_IMAGE = 4096, RG_LARGEST_PATCH = 4096 }; /* pixels a side */

/* Cells a side of the backbone's map, and of the refined one. */
int rg_vision_cells(const rg_vision_config *c);
int rg_refined_cells(const rg_config *c);
/* Positions that an image takes in the prompt. */
int rg_image_tokens(const rg_config *c);

const char *rg_refine_name(rg_refine_kind kind);
const char *rg_connector_name(rg_connector_kind kind);
const char *rg_activation_name(rg_activation kind);
bool rg_refine_from_name(const char *name, rg_refine_kind *out);
bool rg_connector_from_name(const char *name, rg_connector_kind *out);
bool rg_activation_from_name(const char *name, rg_activation *out);

/* Every number is in its sane range, and they fit each other (heads divide widths, patches the image). */
rgpt_status rg_config_check(const rg_config *c, rgpt_error *err);
rgpt_status rg_llama_config_check(const rg_llama_config *c, rgpt_error *err);
rgpt_status rg_clip_config_check(const rg_clip_config *c, rgpt_error *err);
rgpt_status rg_vision_config_check(const rg_vision_config *c, rgpt_error *err);

#endif
