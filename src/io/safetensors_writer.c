/* The writing half of safetensors.h. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/safetensors_format.h"
#include "io/tensor_stream.h"

struct rg_safetensors_writer {
    rg_tensor_stream stream;
    rg_buffer metadata, tensors; /* members of the two objects, as JSON, without braces */
};

rgpt_status rg_safetensors_writer_open(const char *path, rg_safetensors_writer **out, rgpt_error *err) {
    *out = NULL;
    rg_safetensors_writer *w = calloc(1, sizeof *w);
    if (!w) return rg_fail_memory(err, path, sizeof *w);
    w->metadata.cap = w->tensors.cap = RG_SAFETENSORS_HEADER_LIMIT;
    rgpt_status status = rg_tensor_stream_open(&w->stream, path, 1, err);
    if (status != RGPT_OK) {
        free(w);
        return status;
    }
    *out = w;
    return RGPT_OK;
}

/* ------------------------------------------------------------------ JSON text */

static void append(rg_safetensors_writer *w, rg_buffer *b, const char *text) {
    rg_tensor_stream_append(&w->stream, b, text, strlen(text));
}

static void append_number(rg_safetensors_writer *w, rg_buffer *b, unsigned long long value) {
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", value);
    append(w, b, digits);
}

/* Quoted and escaped. */
static void append_string(rg_safetensors_writer *w, rg_buffer *b, const char *text) {
    json_t *string = json_string(text); /* NULL also when out of memory */
    char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    if (quoted) {
        append(w, b, quoted);
    } else {
        rg_fail(&w->stream.failure, RGPT_INVALID, "safetensors: '%s' is not UTF-8, or memory ran out", text);
    }
    free(quoted);
    json_decref(string);
}

/* A member's key; commas stand between members. */
static void append_key(rg_safetensors_writer *w, rg_buffer *b, const char *key) {
    if (b->size > 0) append(w, b, ",");
    append_string(w, b, key);
    append(w, b, ":");
}

/* ------------------------------------------------------------------ the interface */

void rg_safetensors_put_metadata(rg_safetensors_writer *w, const char *key, const char *value) {
    append_key(w, &w->metadata, key);
    append_string(w, &w->metadata, value);
}

void rg_safetensors_put_tensor(rg_safetensors_writer *w, const rg_weight *t) {
    size_t begin, size;
    const char *type = rg_dtype_get(t->dtype)->safetensors;
    if (!type) {
        rg_fail(&w->stream.failure, RGPT_UNSUPPORTED, "tensor '%s': safetensors has no type %s", t->name,
                rg_dtype_get(t->dtype)->name);
    }
    if (!rg_tensor_stream_declare(&w->stream, t, &begin, &size)) return;

    rg_buffer *b = &w->tensors;
    append_key(w, b, t->name);
    append(w, b, "{\"dtype\":\"");
    append(w, b, type);
    append(w, b, "\",\"shape\":[");
    for (int i = 0; i < t->rank; i++) {
        if (i > 0) append(w, b, ",");
        append_number(w, b, (unsigned long long)t->dim[i]);
    }
    append(w, b, "],\"data_offsets\":[");
    append_number(w, b, begin);
    append(w, b, ",");
    append_number(w, b, begin + size);
    append(w, b, "]}");
}

/* Padded with spaces, so that the data behind the 8 bytes of length and the header is aligned to 8. */
static void assemble_json(rg_safetensors_writer *w, rg_buffer *json) {
    append(w, json, "{");
    if (w->metadata.size > 0) {
        append(w, json, "\"__metadata__\":{");
        append(w, json, w->metadata.data);
        append(w, json, w->tensors.size > 0 ? "}," : "}");
    }
    if (w->tensors.size > 0) append(w, json, w->tensors.data);
    append(w, json, "}");
    for (size_t over = json->size % 8; over > 0 && over < 8; over++) append(w, json, " ");
}

rgpt_status rg_safetensors_writer_begin(rg_safetensors_writer *w, rgpt_error *err) {
    rg_buffer json = {.cap = RG_SAFETENSORS_HEADER_LIMIT}, header = {.cap = RG_SAFETENSORS_HEADER_LIMIT + 8};
    rg_safetensors *readback = NULL;
    assemble_json(w, &json);
    rg_tensor_stream_append(&w->stream, &header, &(uint64_t){json.size}, sizeof(uint64_t));
    rg_tensor_stream_append(&w->stream, &header, json.data, json.size);
    rgpt_status status = rg_tensor_stream_report(&w->stream, err);
    if (status == RGPT_OK) status = rg_safetensors_parse_header(json.data, json.size, w->stream.end, &readback, err);
    if (status == RGPT_OK) status = rg_tensor_stream_header(&w->stream, &header, err);
    rg_safetensors_close(readback);
    rg_buffer_reset(&json);
    rg_buffer_reset(&header);
    return status;
}

rgpt_status rg_safetensors_writer_data(rg_safetensors_writer *w, const void *data, size_t size, rgpt_error *err) {
    return rg_tensor_stream_data(&w->stream, data, size, err);
}

rgpt_status rg_safetensors_writer_commit(rg_safetensors_writer *w, rgpt_error *err) {
    rgpt_status status = rg_tensor_stream_commit(&w->stream, err);
    rg_safetensors_writer_cancel(w);
    return status;
}

void rg_safetensors_writer_cancel(rg_safetensors_writer *w) {
    if (!w) return;
    rg_tensor_stream_cancel(&w->stream);
    rg_buffer_reset(&w->metadata);
    rg_buffer_reset(&w->tensors);
    free(w);
}
