/* vocabulary.h - a tokenizer from any of the files that hold one, for golden cases. */
#ifndef RG_TESTS_VOCABULARY_H
#define RG_TESTS_VOCABULARY_H

#include "text/tokenizer.h"

/* `path` is a GGUF file, a vocab.json with merges.txt beside it, or else a sentencepiece file. */
rgpt_status rg_vocabulary_open(const char *path, rg_tokenizer **out, rgpt_error *err);

#endif
