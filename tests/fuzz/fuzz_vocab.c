/* Any bytes as a vocabulary description, as a sentencepiece model file, and, up to and after a zero byte, as
 * vocab.json and merges.txt: what is accepted must tokenise. */
#include <stdlib.h>
#include <string.h>

#include "text/tokenizer.h"
#include "text/vocab_json.h"
#include "text/vocab_spm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TOKEN_LIMIT = 512 };

static void use(const rg_vocab *vocab, const char *text, size_t size) {
    rg_tokenizer *t;
    rgpt_error err = {0};
    rgpt_status status = rg_tokenizer_new(vocab, &t, &err);
    if ((status == RGPT_OK) != (err.message[0] == '\0')) abort();
    if (status != RGPT_OK) return;
    size = rg_utf8_valid_size(text, size);
    for (unsigned mode = 0; mode < 4; mode++) {
        rg_ids ids = {.cap = 1 << 20};
        rg_buffer out = {.cap = 1 << 28};
        if (rg_tokenizer_encode(t, text, size, mode, &ids, NULL) != RGPT_OK) abort();
        if (rg_tokenizer_decode(t, ids.data, ids.count, true, &out, NULL) != RGPT_OK) abort();
        rg_buffer_reset(&out);
        rg_ids_reset(&ids);
    }
    rg_tokenizer_free(t);
}

/* Reads: a byte of choices, three special ids, tokens as {type, size, bytes} up to one of type 0, merges as lines
 * up to an empty one; the rest is text to tokenise. */
static void use_description(const uint8_t *data, size_t size) {
    static const char *const pres[] = {"gpt-2", "smollm", "llama-bpe", "qwen2"};
    rg_text tokens[TOKEN_LIMIT], merges[TOKEN_LIMIT];
    int32_t types[TOKEN_LIMIT];
    float scores[TOKEN_LIMIT];
    if (size < 4) return;
    rg_vocab v = {.kind = data[0] & 1 ? RG_VOCAB_SPM_BPE : RG_VOCAB_BYTE_BPE,
                  .pre = pres[data[0] >> 1 & 3],
                  .tokens = tokens,
                  .types = types,
                  .scores = scores,
                  .merges = merges,
                  .bos = (int8_t)data[1],
                  .eos = (int8_t)data[2],
                  .unknown = (int8_t)data[3],
                  .pad = RG_TOKEN_NONE,
                  .add_space_prefix = data[0] >> 3 & 1};
    const uint8_t *at = data + 4, *end = data + size;
    for (; end - at >= 2 && at[0] != 0 && v.token_count < TOKEN_LIMIT; v.token_count++) {
        size_t length = at[1] < end - at - 2 ? at[1] : (size_t)(end - at - 2);
        types[v.token_count] = (int8_t)at[0] & 7;
        scores[v.token_count] = (float)(at[0] >> 3);
        tokens[v.token_count] = (rg_text){(const char *)at + 2, length};
        at += 2 + length;
    }
    v.type_count = v.score_count = v.token_count;
    for (at += at < end; at < end && *at != '\n' && v.merge_count < TOKEN_LIMIT; v.merge_count++) {
        const uint8_t *line = memchr(at, '\n', (size_t)(end - at));
        if (!line) line = end;
        merges[v.merge_count] = (rg_text){(const char *)at, (size_t)(line - at)};
        at = line + (line < end);
    }
    use(&v, (const char *)at, (size_t)(end - at));
}

static void use_model_file(const uint8_t *data, size_t size) {
    rg_vocab_spm v;
    rgpt_error err = {0};
    rgpt_status status = rg_vocab_spm_init(&v, data, size, &err);
    if ((status == RGPT_OK) != (err.message[0] == '\0')) abort();
    if (status == RGPT_OK) use(&v.vocab, "a b\xE2\x96\x81 ab\nabba \xF0\x9F\x98\x80", 19);
    rg_vocab_spm_reset(&v);
}

static void use_json_files(const uint8_t *data, size_t size) {
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    if (!zero) return;
    const rg_text vocab_json = {(const char *)data, (size_t)(zero - data)};
    const rg_text merges_txt = {(const char *)zero + 1, size - vocab_json.size - 1};
    rg_vocab_json v;
    rgpt_error err = {0};
    rgpt_status status = rg_vocab_json_init(&v, vocab_json, merges_txt, &err);
    if ((status == RGPT_OK) != (err.message[0] == '\0')) abort();
    if (status == RGPT_OK) use(&v.vocab, "a b AB\xC4\xB0 abba", 14);
    rg_vocab_json_reset(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    use_json_files(data, size);
    use_description(data, size);
    use_model_file(data, size);
    return 0;
}
