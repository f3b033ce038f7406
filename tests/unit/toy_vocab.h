/* toy_vocab.h - a byte-level vocabulary small enough to reason about: five control tokens, every byte, and the
 * merges that make "hello" and " world". */
#ifndef RG_TESTS_TOY_VOCAB_H
#define RG_TESTS_TOY_VOCAB_H

#include <string.h>

#include "text/vocab.h"

enum {
    TOY_ENDOFTEXT,
    TOY_IM_START,
    TOY_IM_END,
    TOY_BOS,
    TOY_EOS,
    TOY_BYTES, /* byte b is TOY_BYTES + b */
    TOY_MERGED = TOY_BYTES + 256,
    TOY_HELLO = TOY_MERGED + 3,
    TOY_WORLD = TOY_HELLO + 5,
    TOY_SPACES,   /* two spaces */
    TOY_NEWLINES, /* two line breaks */
    TOY_COUNT,
    TOY_MERGE_COUNT = TOY_COUNT - TOY_MERGED
};

typedef struct toy_vocab {
    rg_vocab vocab;
    rg_text tokens[TOY_COUNT];
    int32_t types[TOY_COUNT];
    rg_text merges[TOY_MERGE_COUNT];
    char spellings[256][3];
} toy_vocab;

/* GPT-2's byte alphabet, written forwards: printable bytes are themselves, the rest U+0100 and on. */
static inline void toy_spell_byte(int byte, int *others, char out[3]) {
    int printable = (byte > 0x20 && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD);
    int code_point = printable ? byte : 0x100 + (*others)++;
    memset(out, 0, 3);
    if (code_point < 0x80) {
        out[0] = (char)code_point;
    } else {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3F));
    }
}

/* The struct must not move afterwards. */
static inline void toy_vocab_init(toy_vocab *toy) {
    static const char *const control[] = {"<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>"};
    static const char *const merged[TOY_MERGE_COUNT] = {"he",
                                                        "ll",
                                                        "hell",
                                                        "hello",
                                                        "\xC4\xA0w",
                                                        "or",
                                                        "\xC4\xA0wor",
                                                        "ld",
                                                        "\xC4\xA0world",
                                                        "\xC4\xA0\xC4\xA0",
                                                        "\xC4\x8A\xC4\x8A"};
    static const char *const merges[TOY_MERGE_COUNT] = {"h e",
                                                        "l l",
                                                        "he ll",
                                                        "hell o",
                                                        "\xC4\xA0 w",
                                                        "o r",
                                                        "\xC4\xA0w or",
                                                        "l d",
                                                        "\xC4\xA0wor ld",
                                                        "\xC4\xA0 \xC4\xA0",
                                                        "\xC4\x8A \xC4\x8A"};
    const char *spellings[TOY_COUNT];
    int others = 0;
    for (int i = 0; i < TOY_BYTES; i++) spellings[i] = control[i];
    for (int byte = 0; byte < 256; byte++) {
        toy_spell_byte(byte, &others, toy->spellings[byte]);
        spellings[TOY_BYTES + byte] = toy->spellings[byte];
    }
    for (int i = 0; i < TOY_MERGE_COUNT; i++) spellings[TOY_MERGED + i] = merged[i];
    for (int id = 0; id < TOY_COUNT; id++) {
        toy->tokens[id] = (rg_text){spellings[id], strlen(spellings[id])};
        toy->types[id] = id < TOY_BYTES ? RG_TOKEN_CONTROL : RG_TOKEN_NORMAL;
    }
    for (int i = 0; i < TOY_MERGE_COUNT; i++) toy->merges[i] = (rg_text){merges[i], strlen(merges[i])};
    toy->vocab = (rg_vocab){.kind = RG_VOCAB_BYTE_BPE,
                            .pre = "gpt-2",
                            .token_count = TOY_COUNT,
                            .tokens = toy->tokens,
                            .type_count = TOY_COUNT,
                            .types = toy->types,
                            .merge_count = TOY_MERGE_COUNT,
                            .merges = toy->merges,
                            .bos = TOY_BOS,
                            .eos = TOY_EOS,
                            .unknown = RG_TOKEN_NONE,
                            .pad = RG_TOKEN_NONE};
}

#endif
