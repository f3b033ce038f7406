#include "train/adamw.h"

#include <math.h>

/* What is the same for all elements of an item. */
typedef struct factors {
    float beta2, eps;
    float rest1, rest2;   /* 1 - beta, taken in double: 1 - 0.999F is 5e-5 off */
    float keep;           /* 1 - lr wd */
    float size;           /* lr / (1 - beta1^t) */
    float root_of_unbias; /* 1 / sqrt(1 - beta2^t) */
    float grad;
} factors;

static factors factors_of(const rg_adamw *a, int group, int64_t step, double rate, double grad_factor) {
    const double lr = rate * a->group[group].learning_rate;
    return (factors){
        .beta2 = (float)a->beta2,
        .eps = (float)a->eps,
        .rest1 = (float)(1 - a->beta1),
        .rest2 = (float)(1 - a->beta2),
        .keep = (float)(1 - lr * a->group[group].weight_decay),
        .size = (float)(lr / (1 - pow(a->beta1, (double)step))),
        .root_of_unbias = (float)(1 / sqrt(1 - pow(a->beta2, (double)step))),
        .grad = (float)grad_factor,
    };
}

void rg_adamw_step(const rg_adamw *adamw, const rg_trainable *items, size_t count, int64_t step, double rate,
                   double grad_factor, int threads) {
    for (size_t item = 0; item < count; item++) {
        const rg_trainable *p = &items[item];
        const factors f = factors_of(adamw, p->group, step, rate, grad_factor);
#pragma omp parallel for num_threads(threads) if (p->count > 8192)
        for (int64_t i = 0; i < p->count; i++) {
            const float g = p->grad[i] * f.grad;
            p->m[i] += f.rest1 * (g - p->m[i]);
            p->v[i] = f.beta2 * p->v[i] + f.rest2 * g * g;
            p->value[i] = p->value[i] * f.keep - f.size * p->m[i] / (sqrtf(p->v[i]) * f.root_of_unbias + f.eps);
        }
    }
}
