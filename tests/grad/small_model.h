/* small_model.h - a whole RegionGPT of eleven thousand parameters and one conversation for it to learn from:
 * tests/data/train, made by oracle/train_golden.py. Compiles in float and in double. */
#ifndef RG_TESTS_GRAD_SMALL_MODEL_H
#define RG_TESTS_GRAD_SMALL_MODEL_H

#include "model/regiongpt.h"
#include "op/tape.h"

enum { SMALL_ROWS = 32 }; /* the conversation is shorter */

typedef struct small_model {
    rg_weights *weights, *expected;
    rg_regiongpt model;
    size_t count;    /* parameters, as tensors */
    rg_real **value; /* [count] what the model computes with, from now on: ours */
    rg_real **grad;  /* [count] */
    const float *pixels, *mask;
    int64_t regions, rows;
    rg_pick pick[SMALL_ROWS];
    int32_t target[SMALL_ROWS], position[SMALL_ROWS], first[SMALL_ROWS + 1];
    rg_span span[SMALL_ROWS];
    rg_visible visible;
} small_model;

/* These fail the running test when something goes wrong. */
void small_model_open(small_model *s);
void small_model_close(small_model *s);

static inline rg_tensor *small_model_param(const small_model *s, size_t i) {
    return s->model.params.item[i].tensor;
}
static inline const char *small_model_name(const small_model *s, size_t i) {
    return s->model.params.item[i].name;
}

/* The expected tensor called `prefix` + `name`, of so many floats. */
const float *small_model_expected(const small_model *s, const char *prefix, const char *name, int64_t count);

/* Zeroes all gradients and asks for those of parameters whose name begins with `prefix`; "" is all. */
void small_model_want(small_model *s, const char *prefix);

/* One pass in the memory that its dry run counted, which is returned in *size unless NULL; with gradients if
 * `tape` is not NULL. Returns the loss. */
double small_model_pass(small_model *s, rg_matmul *matmul, rg_tape *tape, size_t *size);

#endif
