/* trainable.h - a stretch of parameters as optimiser, clipping and checkpoints see it: numbers, whatever their
 * shape. Usually one tensor; with sharded state a part of one. */
#ifndef RG_TRAIN_TRAINABLE_H
#define RG_TRAIN_TRAINABLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct rg_trainable {
    float *value; /* the float32 master */
    const float *grad;
    float *m, *v; /* AdamW's two moments, zero at first */
    int64_t count;
    int group; /* of rg_adamw.group */
} rg_trainable;

#endif
