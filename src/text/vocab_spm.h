/* vocab_spm.h - reads a sentencepiece model file (tokenizer.model) into a vocabulary description.
 *
 * The file is one protocol-buffer message, sentencepiece_model.proto's ModelProto. Only BPE models without
 * a normaliser table are taken (the LLaMA family's); others are RGPT_UNSUPPORTED, because they would be
 * tokenised differently, not because they could not be read.
 */
#ifndef RG_TEXT_VOCAB_SPM_H
#define RG_TEXT_VOCAB_SPM_H

#include "base/error.h"
#include "text/vocab.h"

typedef struct rg_vocab_spm {
    rg_vocab vocab; /* points into the arrays below and, for the spellings, into the file's bytes */
    rg_text *tokens;
    int32_t *types;
    float *scores;
} rg_vocab_spm;

/* `bytes` must stay until the description is no longer needed. After a failure `out` is empty. */
rgpt_status rg_vocab_spm_init(rg_vocab_spm *out, const void *bytes, size_t size, rgpt_error *err);
void rg_vocab_spm_reset(rg_vocab_spm *v);

#endif
