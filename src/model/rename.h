/* rename.h - tensors of foreign layouts under our names, with what must change about them on the way. */
#ifndef RG_MODEL_RENAME_H
#define RG_MODEL_RENAME_H

#include "io/weights.h"

typedef enum rg_change {
    RG_AS_IS,
    RG_FIRST_THIRD, /* rows of a fused qkv */
    RG_MIDDLE_THIRD,
    RG_LAST_THIRD,
    RG_FLAT,     /* leading dimensions of 1 dropped */
    RG_DECONV,   /* ConvTranspose2d's [in, out, 2, 2] to [2, 2, out, in] */
    RG_ROTARY_Q, /* rows of each head from halves to neighbouring pairs (GGUF's order), `heads` heads */
    RG_ROTARY_K, /* the same, `kv_heads` heads */
    RG_SCALE,    /* times `scale`, as float32 */
    RG_SCALE_ROTARY_Q,
    RG_SCALE_ROTARY_K
} rg_change;

/* One rule; "%d" in both names is the layer. */
typedef struct rg_rename {
    const char *ours, *theirs;
    rg_change change;
} rg_rename;

typedef struct rg_rename_setting {
    const char *prefix; /* before all their names; "" if none */
    const char *into;   /* before all of ours; NULL if none */
    int layers;         /* how often rules with "%d" are applied */
    int heads, kv_heads;
    float scale;
} rg_rename_setting;

/* Adds to `to` whatever of `from` a rule names; what is missing is left to the binding to complain about.
 * Unchanged tensors are views of `from`, which must live as long. Vectors become float32. */
rgpt_status rg_rename_apply(const rg_rename *rules, size_t rule_count, const rg_rename_setting *setting,
                            const rg_weights *from, rg_weights *to, rgpt_error *err);

enum { RG_NAME_SIZE = 256 };

/* prefix + pattern with "%d" replaced by the layer. */
void rg_rename_make(char out[RG_NAME_SIZE], const char *prefix, const char *pattern, int layer);

/* Adds a tensor whose data came from malloc, and is the set's from now on even if this fails. */
rgpt_status rg_own_values(rg_weights *to, const char *name, rg_dtype dtype, int rank, const int64_t *dim, void *data,
                          rgpt_error *err);

/* What stands before `suffix` in the first name that ends in it, "" or whole parts ("model.vision_tower."): models are
 * saved inside others, under prefixes that change between versions. False if no name ends so. */
bool rg_rename_prefix(const rg_weights *from, const char *suffix, char out[RG_NAME_SIZE]);

/* How many layers there are: the smallest n for which `theirs` (with "%d") does not exist. */
int rg_rename_layers(const rg_weights *from, const char *prefix, const char *theirs);

#endif
