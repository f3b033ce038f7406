/* dense.h - a linear layer as the model's parts hold it: weight, bias, and an adapter's two thin matrices. */
#ifndef RG_MODEL_DENSE_H
#define RG_MODEL_DENSE_H

#include "model/param.h"
#include "op/op.h"

/* A rank of 0 marks what a layer does not have. */
typedef struct rg_dense {
    rg_tensor weight; /* [N, K] */
    rg_tensor bias;   /* [N] */
    rg_tensor lora_a; /* [r, K] */
    rg_tensor lora_b; /* [N, r], the adapter's scale included */
} rg_dense;

/* Table rows of a dense field called `name`; `shape` is "N K" (the bias' is its first letter). The
 * adapter's are there when the switch R (its rank) is not 0. */
#define RG_DENSE_BIAS(type, field, name, n, k)                                                                         \
    RG_PARAM(type, field.weight, name ".weight", n " " k), RG_PARAM(type, field.bias, name ".bias", n)
#define RG_DENSE_LORA(type, field, name, n, k)                                                                         \
    RG_PARAM(type, field.weight, name ".weight", n " " k),                                                             \
        RG_PARAM_IF(type, field.lora_a, name ".lora_a", "R " k, 'R'),                                                  \
        RG_PARAM_IF(type, field.lora_b, name ".lora_b", n " R", 'R')

/* x W^T + b + (x A^T) B^T */
static inline rg_tensor *rg_dense_apply(rg_run *run, const rg_dense *d, const rg_tensor *x) {
    rg_tensor *y = rg_linear(run, x, &d->weight, d->bias.rank ? &d->bias : NULL);
    if (!d->lora_a.rank) return y;
    return rg_add(run, y, rg_linear(run, rg_linear(run, x, &d->lora_a, NULL), &d->lora_b, NULL));
}

#endif
