#include "text/vocab_spm.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ protocol buffers */

/* What is left of a message. */
typedef struct message {
    const uint8_t *at, *end;
} message;

typedef enum wire_type { WIRE_VARINT = 0, WIRE_64_BIT = 1, WIRE_BYTES = 2, WIRE_32_BIT = 5 } wire_type;

typedef struct field {
    uint32_t number;
    wire_type type;
    uint64_t value; /* of a varint or a fixed-size number */
    message bytes;  /* of WIRE_BYTES */
} field;

static bool read_varint(message *m, uint64_t *out) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && m->at < m->end; shift += 7) {
        uint8_t byte = *m->at++;
        if (shift == 63 && byte > 1) return false; /* past 64 bits */
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

static bool read_fixed(message *m, size_t size, uint64_t *out) {
    if ((size_t)(m->end - m->at) < size) return false;
    *out = 0;
    for (size_t i = 0; i < size; i++) *out |= (uint64_t)m->at[i] << 8 * i;
    m->at += size;
    return true;
}

static bool read_bytes(message *m, message *out) {
    uint64_t size;
    if (!read_varint(m, &size) || size > (uint64_t)(m->end - m->at)) return false;
    *out = (message){m->at, m->at + size};
    m->at += size;
    return true;
}

/* The next field; false at the end of the message and where it is malformed, which *ok tells apart. */
static bool next_field(message *m, field *out, bool *ok) {
    uint64_t key;
    *ok = true;
    if (m->at == m->end) return false;
    *ok = read_varint(m, &key) && key >> 3 >= 1 && key >> 3 < 1u << 29;
    if (!*ok) return false;
    *out = (field){.number = (uint32_t)(key >> 3), .type = (wire_type)(key & 7)};
    switch (out->type) {
    case WIRE_VARINT:
        *ok = read_varint(m, &out->value);
        break;
    case WIRE_64_BIT:
        *ok = read_fixed(m, 8, &out->value);
        break;
    case WIRE_BYTES:
        *ok = read_bytes(m, &out->bytes);
        break;
    case WIRE_32_BIT:
        *ok = read_fixed(m, 4, &out->value);
        break;
    default: /* groups, which the format's second version dropped, and types that do not exist */
        *ok = false;
    }
    return *ok;
}

/* Numbers of enumerations and int32 travel as 64-bit varints, sign-extended. */
static bool take_int(const field *f, uint32_t number, int64_t *out) {
    if (f->number != number || f->type != WIRE_VARINT) return false;
    *out = (int64_t)f->value;
    return true;
}

/* ------------------------------------------------------------------ the messages */

static rgpt_status malformed(const char *what, size_t index, rgpt_error *err) {
    return rg_fail(err, RGPT_FORMAT, "tokenizer.model: %s %zu: malformed message", what, index);
}

/* SentencePiece { piece = 1, score = 2, type = 3 } */
static rgpt_status read_piece(message m, size_t index, rg_text *text, float *score, int32_t *type, rgpt_error *err) {
    *text = (rg_text){"", 0};
    *score = 0;
    int64_t kind = RG_TOKEN_NORMAL;
    field f;
    bool ok;
    while (next_field(&m, &f, &ok)) {
        if (f.number == 1 && f.type == WIRE_BYTES) {
            *text = (rg_text){(const char *)f.bytes.at, (size_t)(f.bytes.end - f.bytes.at)};
        } else if (f.number == 2 && f.type == WIRE_32_BIT) {
            uint32_t bits = (uint32_t)f.value;
            memcpy(score, &bits, sizeof *score);
        } else {
            take_int(&f, 3, &kind);
        }
    }
    if (!ok) return malformed("piece", index, err);
    *type = kind >= INT32_MIN && kind <= INT32_MAX ? (int32_t)kind : 0; /* 0 is no type: refused later */
    return RGPT_OK;
}

/* TrainerSpec { model_type = 3, unk_id = 40, bos_id = 41, eos_id = 42, pad_id = 43 } */
static rgpt_status read_trainer(message m, rg_vocab *vocab, rgpt_error *err) {
    enum { UNIGRAM = 1, BPE = 2 };
    int64_t model_type = UNIGRAM;
    field f;
    bool ok;
    while (next_field(&m, &f, &ok)) {
        take_int(&f, 3, &model_type);
        take_int(&f, 40, &vocab->unknown);
        take_int(&f, 41, &vocab->bos);
        take_int(&f, 42, &vocab->eos);
        take_int(&f, 43, &vocab->pad);
    }
    if (!ok) return malformed("trainer spec", 0, err);
    if (model_type == BPE) return RGPT_OK;
    return rg_fail(err, RGPT_UNSUPPORTED, "tokenizer.model: model type %lld, only BPE (2) is supported",
                   (long long)model_type);
}

/* NormalizerSpec { precompiled_charsmap = 2, add_dummy_prefix = 3, remove_extra_whitespaces = 4,
 * escape_whitespaces = 5 }, each flag true unless said otherwise. */
static rgpt_status read_normalizer(message m, rg_vocab *vocab, rgpt_error *err) {
    int64_t prefix = 1, squeeze = 1, escape = 1;
    bool has_map = false;
    field f;
    bool ok;
    while (next_field(&m, &f, &ok)) {
        if (f.number == 2 && f.type == WIRE_BYTES) has_map = f.bytes.at != f.bytes.end;
        take_int(&f, 3, &prefix);
        take_int(&f, 4, &squeeze);
        take_int(&f, 5, &escape);
    }
    if (!ok) return malformed("normalizer spec", 0, err);
    vocab->add_space_prefix = prefix != 0;
    if (!has_map && !squeeze && escape) return RGPT_OK;
    return rg_fail(err, RGPT_UNSUPPORTED,
                   "tokenizer.model: its normaliser changes more than spaces; only the identity is supported");
}

/* ModelProto { pieces = 1, trainer_spec = 2, normalizer_spec = 3 } */
static rgpt_status count_pieces(message m, size_t *count, rgpt_error *err) {
    field f;
    bool ok;
    *count = 0;
    while (next_field(&m, &f, &ok)) *count += f.number == 1 && f.type == WIRE_BYTES;
    if (!ok) return malformed("field after piece", *count, err);
    if (*count > RG_VOCAB_TOKEN_LIMIT) {
        return rg_fail(err, RGPT_LIMIT, "tokenizer.model: %zu pieces, at most %d", *count, RG_VOCAB_TOKEN_LIMIT);
    }
    return RGPT_OK;
}

static rgpt_status read_model(message m, rg_vocab_spm *v, rgpt_error *err) {
    bool has_trainer = false, has_normalizer = false, ok;
    size_t index = 0;
    rgpt_status status = RGPT_OK;
    for (field f; status == RGPT_OK && next_field(&m, &f, &ok);) {
        if (f.type != WIRE_BYTES) continue;
        if (f.number == 1) {
            status = read_piece(f.bytes, index, &v->tokens[index], &v->scores[index], &v->types[index], err);
            index++;
        } else if (f.number == 2) {
            has_trainer = true;
            status = read_trainer(f.bytes, &v->vocab, err);
        } else if (f.number == 3) {
            has_normalizer = true;
            status = read_normalizer(f.bytes, &v->vocab, err);
        }
    }
    if (status == RGPT_OK && (!has_trainer || !has_normalizer)) {
        status = rg_fail(err, RGPT_FORMAT, "tokenizer.model: no %s spec", has_trainer ? "normalizer" : "trainer");
    }
    return status;
}

rgpt_status rg_vocab_spm_init(rg_vocab_spm *out, const void *bytes, size_t size, rgpt_error *err) {
    *out = (rg_vocab_spm){
        .vocab = {.kind = RG_VOCAB_SPM_BPE, .unknown = 0, .bos = 1, .eos = 2, .pad = RG_TOKEN_NONE, .add_bos = true}};
    message m = {bytes, (const uint8_t *)bytes + size};
    size_t count = 0;
    rgpt_status status = count_pieces(m, &count, err);
    if (status != RGPT_OK) return status;

    out->tokens = malloc((count + 1) * sizeof *out->tokens); /* + 1: never empty blocks */
    out->types = malloc((count + 1) * sizeof *out->types);
    out->scores = malloc((count + 1) * sizeof *out->scores);
    if (out->tokens && out->types && out->scores) {
        status = read_model(m, out, err);
    } else {
        status = rg_fail_memory(err, "tokenizer.model", count * sizeof *out->tokens);
    }
    if (status != RGPT_OK) {
        rg_vocab_spm_reset(out);
        return status;
    }
    out->vocab.tokens = out->tokens;
    out->vocab.types = out->types;
    out->vocab.scores = out->scores;
    out->vocab.token_count = out->vocab.type_count = out->vocab.score_count = count;
    return RGPT_OK;
}

void rg_vocab_spm_reset(rg_vocab_spm *v) {
    free(v->tokens);
    free(v->types);
    free(v->scores);
    *v = (rg_vocab_spm){0};
}
