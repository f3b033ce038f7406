/* config_gguf.h - a model's shape as GGUF metadata.
 *
 * The decoder's keys are llama.cpp's ("llama.block_count", ...), so its part of the file reads like any
 * LLaMA's; ours stand under "regiongpt.".
 */
#ifndef RG_MODEL_CONFIG_GGUF_H
#define RG_MODEL_CONFIG_GGUF_H

#include "io/gguf_writer.h"
#include "model/config.h"

/* general.architecture of our files. */
#define RG_ARCHITECTURE "regiongpt"

/* Reads and checks. A missing or senseless key is RGPT_FORMAT and names it. `prefix` is that of the
 * decoder's tensors: "decoder." in our files, "" in a plain LLaMA's. */
rgpt_status rg_llama_config_read(const rg_gguf *g, const char *prefix, rg_llama_config *out, rgpt_error *err);
rgpt_status rg_config_read(const rg_gguf *g, rg_config *out, rgpt_error *err);

/* Writes everything under "regiongpt."; the decoder's keys are copied from its own file. */
void rg_config_write(const rg_config *c, rg_gguf_writer *w);

#endif
