#include "io/gguf_writer.h"

#include <stdlib.h>
#include <string.h>

#include "io/gguf_format.h"
#include "io/tensor_stream.h"

struct rg_gguf_writer {
    rg_tensor_stream stream;
    rg_buffer pairs, tensors; /* the header's two lists, as bytes */
    uint64_t pair_count, tensor_count;
};

enum { HEADER_LIMIT = 1 << 29 }; /* bytes of each list: no vocabulary comes near it */

rgpt_status rg_gguf_writer_open(const char *path, rg_gguf_writer **out, rgpt_error *err) {
    *out = NULL;
    rg_gguf_writer *w = calloc(1, sizeof *w);
    if (!w) return rg_fail_memory(err, path, sizeof *w);
    w->pairs.cap = w->tensors.cap = HEADER_LIMIT;
    rgpt_status status = rg_tensor_stream_open(&w->stream, path, RG_GGUF_ALIGNMENT, err);
    if (status != RGPT_OK) {
        free(w);
        return status;
    }
    *out = w;
    return RGPT_OK;
}

/* ------------------------------------------------------------------ bytes of the header */

static void append(rg_gguf_writer *w, rg_buffer *b, const void *bytes, size_t size) {
    rg_tensor_stream_append(&w->stream, b, bytes, size);
}

static void append_u32(rg_gguf_writer *w, rg_buffer *b, uint32_t value) {
    append(w, b, &value, sizeof value);
}

static void append_u64(rg_gguf_writer *w, rg_buffer *b, uint64_t value) {
    append(w, b, &value, sizeof value);
}

static void append_text(rg_gguf_writer *w, rg_buffer *b, const char *text, size_t size) {
    append_u64(w, b, size);
    append(w, b, text, size);
}

/* ------------------------------------------------------------------ metadata */

static void put_key(rg_gguf_writer *w, const char *key, rg_gguf_type type) {
    append_text(w, &w->pairs, key, strlen(key));
    append_u32(w, &w->pairs, type);
    w->pair_count++;
}

static void put_array_key(rg_gguf_writer *w, const char *key, rg_gguf_type type, size_t count) {
    put_key(w, key, RG_GGUF_ARRAY);
    append_u32(w, &w->pairs, type);
    append_u64(w, &w->pairs, count);
}

static void put_value(rg_gguf_writer *w, const char *key, rg_gguf_type type, const void *value) {
    put_key(w, key, type);
    append(w, &w->pairs, value, rg_gguf_type_size(type));
}

void rg_gguf_put_bool(rg_gguf_writer *w, const char *key, bool value) {
    put_value(w, key, RG_GGUF_BOOL, &(uint8_t){value});
}

void rg_gguf_put_u32(rg_gguf_writer *w, const char *key, uint32_t value) {
    put_value(w, key, RG_GGUF_U32, &value);
}

void rg_gguf_put_u64(rg_gguf_writer *w, const char *key, uint64_t value) {
    put_value(w, key, RG_GGUF_U64, &value);
}

void rg_gguf_put_i32(rg_gguf_writer *w, const char *key, int32_t value) {
    put_value(w, key, RG_GGUF_I32, &value);
}

void rg_gguf_put_f32(rg_gguf_writer *w, const char *key, float value) {
    put_value(w, key, RG_GGUF_F32, &value);
}

void rg_gguf_put_string(rg_gguf_writer *w, const char *key, const char *value) {
    put_key(w, key, RG_GGUF_STRING);
    append_text(w, &w->pairs, value, strlen(value));
}

void rg_gguf_put_i32_array(rg_gguf_writer *w, const char *key, const int32_t *values, size_t count) {
    put_array_key(w, key, RG_GGUF_I32, count);
    append(w, &w->pairs, values, count * sizeof *values);
}

void rg_gguf_put_f32_array(rg_gguf_writer *w, const char *key, const float *values, size_t count) {
    put_array_key(w, key, RG_GGUF_F32, count);
    append(w, &w->pairs, values, count * sizeof *values);
}

void rg_gguf_put_text_array(rg_gguf_writer *w, const char *key, const rg_gguf_text *values, size_t count) {
    put_array_key(w, key, RG_GGUF_STRING, count);
    for (size_t i = 0; i < count; i++) append_text(w, &w->pairs, values[i].data, values[i].size);
}

void rg_gguf_put_pair(rg_gguf_writer *w, const rg_gguf_pair *pair) {
    if (strcmp(pair->key, "general.alignment") == 0) return;
    if (pair->is_array) {
        put_array_key(w, pair->key, pair->type, pair->count);
    } else {
        put_key(w, pair->key, pair->type);
    }
    append(w, &w->pairs, pair->value, pair->size);
}

/* ------------------------------------------------------------------ tensors */

void rg_gguf_put_tensor(rg_gguf_writer *w, const rg_weight *t) {
    size_t offset, size;
    const rg_dtype_traits *traits = rg_dtype_get(t->dtype);
    if (traits->gguf < 0) {
        rg_fail(&w->stream.failure, RGPT_UNSUPPORTED, "tensor '%s': GGUF has no type %s", t->name, traits->name);
    }
    if (!rg_tensor_stream_declare(&w->stream, t, &offset, &size)) return;
    append_text(w, &w->tensors, t->name, strlen(t->name));
    append_u32(w, &w->tensors, (uint32_t)t->rank);
    for (int i = t->rank - 1; i >= 0; i--) append_u64(w, &w->tensors, (uint64_t)t->dim[i]); /* innermost first */
    append_u32(w, &w->tensors, (uint32_t)traits->gguf);
    append_u64(w, &w->tensors, offset);
    w->tensor_count++;
}

static void assemble_header(rg_gguf_writer *w, rg_buffer *header) {
    append(w, header, "GGUF", 4);
    append_u32(w, header, RG_GGUF_VERSION);
    append_u64(w, header, w->tensor_count);
    append_u64(w, header, w->pair_count);
    append(w, header, w->pairs.data, w->pairs.size);
    append(w, header, w->tensors.data, w->tensors.size);
}

/* Reading the header back costs a moment and makes every rule of the reader the writer's, too. */
rgpt_status rg_gguf_writer_begin(rg_gguf_writer *w, rgpt_error *err) {
    rg_buffer header = {.cap = RG_GGUF_HEADER_SIZE + 2 * (size_t)HEADER_LIMIT};
    rg_gguf *readback = NULL;
    assemble_header(w, &header);
    rgpt_status status = rg_tensor_stream_report(&w->stream, err);
    if (status == RGPT_OK) status = rg_gguf_parse_header(header.data, header.size, &readback, err);
    if (status == RGPT_OK) status = rg_tensor_stream_header(&w->stream, &header, err);
    rg_gguf_close(readback);
    rg_buffer_reset(&header);
    return status;
}

rgpt_status rg_gguf_writer_data(rg_gguf_writer *w, const void *data, size_t size, rgpt_error *err) {
    return rg_tensor_stream_data(&w->stream, data, size, err);
}

rgpt_status rg_gguf_writer_commit(rg_gguf_writer *w, rgpt_error *err) {
    rgpt_status status = rg_tensor_stream_commit(&w->stream, err);
    rg_gguf_writer_cancel(w);
    return status;
}

void rg_gguf_writer_cancel(rg_gguf_writer *w) {
    if (!w) return;
    rg_tensor_stream_cancel(&w->stream);
    rg_buffer_reset(&w->pairs);
    rg_buffer_reset(&w->tensors);
    free(w);
}
