/* weights.h - named tensors, wherever they come from: what the model layer binds its parameters from.
 *
 * A set is one opened file or folder (rg_weights_open), or one put together from others under new names,
 * with merged, permuted or converted tensors among them (rg_weights_new, add, keep, seal):
 *
 *     rg_weights *file, *model;
 *     rg_weights_open(path, &file, err);
 *     rg_weights_new(&model, err);
 *     for (i = 0; i < rg_weights_count(file); i++) {
 *         rg_weight w = *rg_weights_at(file, i);
 *         w.name = our_name(w.name);
 *         rg_weights_add_view(model, &w, err);     // or add_owned, with data of its own
 *     }
 *     rg_weights_keep(model, file);                // model now closes file, so the views stay valid
 *     rg_weights_seal(model, err);                 // refuses duplicates; from here on model is immutable
 *
 * Data of every weight is aligned for its type (rg_weight_alignment): what a file holds misaligned, which
 * its format allows, is copied; all else is used where it is mapped. A sealed set may be read by many
 * threads. About files that change while mapped see gguf.h.
 */
#ifndef RG_IO_WEIGHTS_H
#define RG_IO_WEIGHTS_H

#include "io/gguf.h"
#include "io/safetensors.h"

typedef struct rg_weights rg_weights;

/* Opens, and seals, what `path` names: a GGUF file, a safetensors file, an index of shards (the
 * "weight_map" of *.safetensors.index.json), each known by its contents, or a folder that holds
 * model.safetensors, model.safetensors.index.json or adapter_model.safetensors, the first of these that
 * is there. Of an index, exactly the tensors it names are taken, from shards in its own folder. */
rgpt_status rg_weights_open(const char *path, rg_weights **out, rgpt_error *err);
/* The tensors of an opened file, sealed. The file is the set's from now on, even if this call fails. */
rgpt_status rg_weights_from_gguf(rg_gguf *file, rg_weights **out, rgpt_error *err);
rgpt_status rg_weights_from_safetensors(rg_safetensors *file, rg_weights **out, rgpt_error *err);
rgpt_status rg_weights_new(rg_weights **out, rgpt_error *err); /* empty, not sealed */
void rg_weights_close(rg_weights *w);

/* Adds a tensor to a set that is not sealed (else RGPT_INVALID). The name is copied. A view's data belongs
 * to somebody who outlives the set; owned data came from malloc and is w's to free, from now on even if
 * this call fails. */
rgpt_status rg_weights_add_view(rg_weights *w, const rg_weight *view, rgpt_error *err);
rgpt_status rg_weights_add_owned(rg_weights *w, const rg_weight *weight, rgpt_error *err);
/* Hands `source` over to w, which closes it in the end; it stays readable until then. */
void rg_weights_keep(rg_weights *w, rg_weights *source);
/* Makes the set searchable and final; RGPT_FORMAT when a name stands twice. */
rgpt_status rg_weights_seal(rg_weights *w, rgpt_error *err);

size_t rg_weights_count(const rg_weights *w);
const rg_weight *rg_weights_at(const rg_weights *w, size_t index);       /* in the order of the file, or as added */
const rg_weight *rg_weights_find(const rg_weights *w, const char *name); /* sealed sets; NULL: there is none */
const rg_gguf *rg_weights_gguf(const rg_weights *w); /* the file behind, for its metadata; NULL if it is no GGUF */

#endif
