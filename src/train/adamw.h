/* adamw.h - AdamW: Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay
 * Regularization", 2019), the same arithmetic as torch.optim.AdamW:
 *
 *     value -= lr wd value
 *     m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
 *     value -= lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)
 *
 * Each element is on its own, so results do not depend on threads or on how parameters are cut.
 */
#ifndef RG_TRAIN_ADAMW_H
#define RG_TRAIN_ADAMW_H

#include "train/trainable.h"

enum { RG_ADAMW_GROUPS = 16 };

typedef struct rg_adamw {
    double beta1, beta2; /* 0.9, 0.999; each in 0 .. 1 */
    double eps;          /* 1e-8 */
    struct {
        double learning_rate, weight_decay;
    } group[RG_ADAMW_GROUPS];
} rg_adamw;

/* One step of all items. `step` counts from 1; `rate` multiplies each group's learning rate (schedule.h),
 * `grad_factor` each gradient (clip.h). */
void rg_adamw_step(const rg_adamw *adamw, const rg_trainable *items, size_t count, int64_t step, double rate,
                   double grad_factor, int threads);

#endif
