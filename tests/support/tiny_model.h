/* tiny_model.h - a whole RegionGPT of 200,000 random numbers, for tests of everything but its wits.
 *
 * All parts are there in the layout of real files: a vision transformer of 2 blocks at 32 px, deconvolutions,
 * the shared MLP, a LLaMA of 2 blocks with grouped queries and an adapter, quantised as real decoders are,
 * and the tokenizer of a vocabulary file. The same bytes every time.
 */
#ifndef RG_TESTS_TINY_MODEL_H
#define RG_TESTS_TINY_MODEL_H

#include <rgpt/rgpt.h>

/* Writes the model to `path`; `vocab_path` is a GGUF with tokenizer.* keys. */
rgpt_status rg_tiny_model_write(const char *path, const char *vocab_path, rgpt_error *err);

#endif
