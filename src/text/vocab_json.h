/* vocab_json.h - reads the pair of files vocab.json and merges.txt (GPT-2, CLIP) into a vocabulary description.
 *
 * vocab.json maps each token, in GPT-2's byte alphabet, to its id; merges.txt has one merge a line below a line
 * "#version". Tokens that end in "</w>" mark CLIP's kind, whose text is taken in lower case.
 */
#ifndef RG_TEXT_VOCAB_JSON_H
#define RG_TEXT_VOCAB_JSON_H

#include <jansson.h>

#include "base/error.h"
#include "text/vocab.h"

typedef struct rg_vocab_json {
    rg_vocab vocab; /* points into the rest and into the bytes of merges.txt */
    json_t *root;   /* vocab.json */
    rg_text *tokens, *merges;
    int32_t *types;
} rg_vocab_json;

/* RGPT_FORMAT unless the ids are exactly 0 .. count-1, each once. "<|startoftext|>" and "<|endoftext|>" become control
 * tokens, bos and eos. Both files' bytes must stay until the description is no longer needed. After a failure `out` is
 * empty. */
rgpt_status rg_vocab_json_init(rg_vocab_json *out, rg_text vocab_json, rg_text merges_txt, rgpt_error *err);
void rg_vocab_json_reset(rg_vocab_json *v);

#endif
