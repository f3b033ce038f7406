/* metadata.c - a model file's metadata as text for people. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/model.h"
#include "io/gguf_format.h"
#include "text/utf8.h"

enum { SHOWN_ELEMENTS = 4, VALUE_CAP = 8192, SHOWN_BYTES = 1024 };

/* A number of any integer or float type; bytes are little-endian and unaligned. */
static rgpt_status append_number(rg_buffer *b, rg_gguf_type type, const uint8_t *at, rgpt_error *err) {
    union {
        uint8_t u8;
        int8_t i8;
        uint16_t u16;
        int16_t i16;
        uint32_t u32;
        int32_t i32;
        uint64_t u64;
        int64_t i64;
        float f32;
        double f64;
    } n;
    memcpy(&n, at, rg_gguf_type_size(type));
    switch (type) {
    case RG_GGUF_U8:
        return rg_buffer_format(b, err, "%u", n.u8);
    case RG_GGUF_I8:
        return rg_buffer_format(b, err, "%d", n.i8);
    case RG_GGUF_U16:
        return rg_buffer_format(b, err, "%u", n.u16);
    case RG_GGUF_I16:
        return rg_buffer_format(b, err, "%d", n.i16);
    case RG_GGUF_U32:
        return rg_buffer_format(b, err, "%u", n.u32);
    case RG_GGUF_I32:
        return rg_buffer_format(b, err, "%d", n.i32);
    case RG_GGUF_U64:
        return rg_buffer_format(b, err, "%llu", (unsigned long long)n.u64);
    case RG_GGUF_I64:
        return rg_buffer_format(b, err, "%lld", (long long)n.i64);
    case RG_GGUF_F32:
        return rg_buffer_format(b, err, "%g", (double)n.f32);
    case RG_GGUF_F64:
        return rg_buffer_format(b, err, "%g", n.f64);
    case RG_GGUF_BOOL:
        return rg_buffer_text(b, n.u8 ? "true" : "false", err);
    default:
        return rg_buffer_text(b, "?", err);
    }
}

/* One element at *at, stepping past it. */
static rgpt_status append_element(rg_buffer *b, rg_gguf_type type, const uint8_t **at, rgpt_error *err) {
    if (type != RG_GGUF_STRING) {
        rgpt_status status = append_number(b, type, *at, err);
        *at += rg_gguf_type_size(type);
        return status;
    }
    uint64_t size;
    memcpy(&size, *at, sizeof size);
    const char *text = (const char *)*at + sizeof size;
    *at += sizeof size + size;
    rgpt_status status = rg_utf8_repair(text, size < SHOWN_BYTES ? size : SHOWN_BYTES, b, err);
    return status == RGPT_OK && size > SHOWN_BYTES ? rg_buffer_text(b, "...", err) : status;
}

static rgpt_status append_value(rg_buffer *b, const rg_gguf_pair *pair, rgpt_error *err) {
    const uint8_t *at = pair->value;
    if (!pair->is_array) return append_element(b, pair->type, &at, err);
    rgpt_status status = rg_buffer_text(b, "[", err);
    for (size_t i = 0; status == RGPT_OK && i < pair->count && i < SHOWN_ELEMENTS; i++) {
        if (i > 0) status = rg_buffer_text(b, ", ", err);
        if (status == RGPT_OK) status = append_element(b, pair->type, &at, err);
    }
    if (status == RGPT_OK && pair->count > SHOWN_ELEMENTS) {
        status = rg_buffer_format(b, err, ", ... %zu in all", pair->count);
    }
    return status == RGPT_OK ? rg_buffer_text(b, "]", err) : status;
}

rgpt_status rg_metadata_init(rgpt_model *m, rgpt_error *err) {
    const rg_gguf *g = rg_weights_gguf(m->weights);
    size_t count = rg_gguf_pair_count(g);
    m->metadata = calloc(count ? count : 1, sizeof *m->metadata);
    if (!m->metadata) return rg_fail_memory(err, "metadata", count * sizeof *m->metadata);
    for (size_t i = 0; i < count; i++) {
        const rg_gguf_pair *pair = rg_gguf_pair_at(g, i);
        rg_buffer b = {.cap = VALUE_CAP};
        rgpt_status status = append_value(&b, pair, err);
        if (status == RGPT_OK) status = rg_buffer_text(&b, "", err); /* "" rather than NULL */
        m->metadata[m->metadata_count++] = (rg_metadata_row){pair->key, b.data};
        if (status != RGPT_OK) return status;
    }
    return RGPT_OK;
}

void rg_metadata_reset(rgpt_model *m) {
    for (size_t i = 0; i < m->metadata_count; i++) free(m->metadata[i].value);
    free(m->metadata);
}
