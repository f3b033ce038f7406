#include "vocabulary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/vocab_gguf.h"
#include "text/vocab_json.h"
#include "text/vocab_spm.h"

enum { VOCABULARY_SIZE_LIMIT = 1 << 28 };

static rgpt_status open_gguf(const char *path, rg_tokenizer **out, rgpt_error *err) {
    rg_gguf *g;
    rgpt_status status = rg_gguf_open(path, &g, err);
    if (status != RGPT_OK) return status;
    status = rg_tokenizer_from_gguf(g, out, err);
    rg_gguf_close(g);
    return status;
}

static rgpt_status open_spm(const char *path, rg_tokenizer **out, rgpt_error *err) {
    char *bytes;
    size_t size;
    rgpt_status status = rg_file_read(path, VOCABULARY_SIZE_LIMIT, &bytes, &size, err);
    if (status != RGPT_OK) return status;
    rg_vocab_spm v;
    status = rg_vocab_spm_init(&v, bytes, size, err);
    if (status == RGPT_OK) status = rg_tokenizer_new(&v.vocab, out, err);
    rg_vocab_spm_reset(&v);
    free(bytes);
    return status;
}

/* `path` is that of vocab.json; merges.txt is beside it. */
static rgpt_status open_json(const char *path, rg_tokenizer **out, rgpt_error *err) {
    char merges_path[4096];
    snprintf(merges_path, sizeof merges_path, "%.*smerges.txt", (int)(strlen(path) - strlen("vocab.json")), path);
    char *vocab = NULL, *merges = NULL;
    size_t vocab_size, merges_size;
    rg_vocab_json v;
    rgpt_status status = rg_file_read(path, VOCABULARY_SIZE_LIMIT, &vocab, &vocab_size, err);
    if (status == RGPT_OK) status = rg_file_read(merges_path, VOCABULARY_SIZE_LIMIT, &merges, &merges_size, err);
    if (status == RGPT_OK) {
        status = rg_vocab_json_init(&v, (rg_text){vocab, vocab_size}, (rg_text){merges, merges_size}, err);
        if (status == RGPT_OK) status = rg_tokenizer_new(&v.vocab, out, err);
        rg_vocab_json_reset(&v);
    }
    free(vocab);
    free(merges);
    return status;
}

static bool ends_with(const char *path, const char *suffix) {
    size_t length = strlen(path), suffix_length = strlen(suffix);
    return length >= suffix_length && strcmp(path + length - suffix_length, suffix) == 0;
}

rgpt_status rg_vocabulary_open(const char *path, rg_tokenizer **out, rgpt_error *err) {
    if (ends_with(path, ".gguf")) return open_gguf(path, out, err);
    return ends_with(path, ".json") ? open_json(path, out, err) : open_spm(path, out, err);
}
