/* param.h - parameters as tables: for each part of the model, which tensors it has, what they are called
 * and what shape they must have.
 *
 * Loading, listing, freezing by name and the optimiser all walk the same tables. A file that does not
 * fit is refused with every misfit in one message.
 */
#ifndef RG_MODEL_PARAM_H
#define RG_MODEL_PARAM_H

#include "base/buffer.h"
#include "io/weights.h"
#include "tensor/tensor.h"

/* One tensor of a part's struct. `shape` is a list of sizes, each a letter or number or their product:
 * "N C", "C 3 P P", "4C". Letters are looked up in the binding. A tensor whose presence is decided by
 * the configuration carries the letter of a switch (0 or 1) in `when`; 0: always there. */
typedef struct rg_param_row {
    const char *name;
    size_t offset; /* of an rg_tensor in the struct */
    const char *shape;
    char when;
    bool is_real; /* a matrix that ops add directly; vectors (rank 1) always are */
} rg_param_row;

#define RG_PARAM(type, field, name, shape)                                                                             \
    { name, offsetof(type, field), shape, 0, false }
#define RG_PARAM_IF(type, field, name, shape, when)                                                                    \
    { name, offsetof(type, field), shape, when, false }
#define RG_PARAM_REAL(type, field, name, shape)                                                                        \
    { name, offsetof(type, field), shape, 0, true }

/* A named parameter of an opened model. */
typedef struct rg_param {
    char *name;
    rg_tensor *tensor;
} rg_param;

typedef struct rg_param_list {
    rg_param *item;
    size_t count, allocated;
    void **owned; /* vectors converted to rg_real */
    size_t owned_count, owned_allocated;
} rg_param_list;

void rg_param_list_reset(rg_param_list *list);

/* Binding: tensors of a weights set to structs, row by row. */
typedef struct rg_binding {
    const rg_weights *weights;
    rg_param_list *list;
    int64_t letter[128]; /* sizes by letter; the caller fills those that its tables use */
    rg_buffer misfits;   /* "name: found ..., wanted ...; ..." */
    int misfit_count;
    rgpt_status failure; /* not a misfit: out of memory */
} rg_binding;

void rg_binding_init(rg_binding *b, const rg_weights *weights, rg_param_list *list);

/* Points every rg_tensor of `part` at its weight, called prefix + name ("decoder.blk.3." + "attn_q.weight").
 * Matrices stay where they are, of any dtype; vectors and what is marked real become rg_real,
 * copied when they are not. Misfits are collected, not returned. */
void rg_bind(rg_binding *b, void *part, const char *prefix, const rg_param_row *rows, size_t row_count);

/* RGPT_FORMAT with all misfits in one line, or OK. Frees the binding's text in either case. */
rgpt_status rg_binding_finish(rg_binding *b, rgpt_error *err);

#endif
