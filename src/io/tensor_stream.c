#include "io/tensor_stream.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/file.h"

rgpt_status rg_tensor_stream_open(rg_tensor_stream *s, const char *path, size_t alignment, rgpt_error *err) {
    *s = (rg_tensor_stream){.alignment = alignment};
    return rg_writer_open(path, &s->file, err);
}

/* ------------------------------------------------------------------ putting */

void rg_tensor_stream_append(rg_tensor_stream *s, rg_buffer *b, const void *bytes, size_t size) {
    if (s->has_header) rg_fail(&s->failure, RGPT_INVALID, "tensor file: put after the header was written");
    if (s->failure.status == RGPT_OK) rg_buffer_append(b, bytes, size, &s->failure);
}

bool rg_tensor_stream_declare(rg_tensor_stream *s, const rg_weight *t, size_t *offset, size_t *size) {
    rg_weight shape;
    size_t end;
    if (s->failure.status != RGPT_OK) return false;
    if (rg_weight_init(&shape, t->name, t->dtype, t->rank, t->dim, &s->failure) != RGPT_OK) return false;
    size_t *sizes = rg_array_grow(s->sizes, &s->allocated, s->count + 1, sizeof *sizes);
    if (!sizes) {
        rg_fail_memory(&s->failure, "tensor file", sizeof *sizes);
        return false;
    }
    s->sizes = sizes;
    if (!rg_add_size(s->end, shape.size, &end) || !rg_align_size(end, s->alignment, &end)) {
        rg_fail(&s->failure, RGPT_LIMIT, "tensor '%s': makes the file longer than 64 bits can say", t->name);
        return false;
    }
    *offset = s->end;
    *size = shape.size;
    s->end = end;
    s->sizes[s->count++] = shape.size;
    return true;
}

rgpt_status rg_tensor_stream_report(const rg_tensor_stream *s, rgpt_error *err) {
    return s->failure.status == RGPT_OK ? RGPT_OK : rg_fail(err, s->failure.status, "%s", s->failure.message);
}

/* ------------------------------------------------------------------ writing */

/* A failed write may have left half its bytes: the failure is kept, so that nothing can be committed. */
static void put_bytes(rg_tensor_stream *s, const void *bytes, size_t size) {
    if (s->failure.status == RGPT_OK) rg_writer_write(s->file, bytes, size, &s->failure);
}

/* Zeros up to the alignment, behind `size` bytes. */
static void pad(rg_tensor_stream *s, size_t size) {
    static const char zeros[64];
    size_t over = size % s->alignment;
    for (size_t missing = over ? s->alignment - over : 0; missing > 0;) {
        size_t piece = missing < sizeof zeros ? missing : sizeof zeros;
        put_bytes(s, zeros, piece);
        missing -= piece;
    }
}

/* Moves past the tensors that have all their data, which an empty one has from the start. */
static void step_over_complete(rg_tensor_stream *s) {
    while (s->current < s->count && s->data_size == s->sizes[s->current]) {
        pad(s, s->data_size);
        s->current++;
        s->data_size = 0;
    }
}

rgpt_status rg_tensor_stream_header(rg_tensor_stream *s, const rg_buffer *header, rgpt_error *err) {
    s->has_header = true;
    put_bytes(s, header->data, header->size);
    pad(s, header->size);
    step_over_complete(s);
    return rg_tensor_stream_report(s, err);
}

rgpt_status rg_tensor_stream_data(rg_tensor_stream *s, const void *data, size_t size, rgpt_error *err) {
    /* Bytes for two tensors in one call would leave no place for the padding between them. */
    size_t wanted = s->current < s->count ? s->sizes[s->current] - s->data_size : 0;
    if (!s->has_header || size > wanted) {
        return rg_fail(err, RGPT_INVALID, "tensor file: found %zu bytes for tensor %zu of %zu, wanted %zu%s", size,
                       s->current, s->count, wanted, s->has_header ? "" : " and the header first");
    }
    put_bytes(s, data, size);
    s->data_size += size;
    step_over_complete(s);
    return rg_tensor_stream_report(s, err);
}

rgpt_status rg_tensor_stream_commit(rg_tensor_stream *s, rgpt_error *err) {
    rgpt_status status = rg_tensor_stream_report(s, err);
    if (status == RGPT_OK && (!s->has_header || s->current < s->count)) {
        status =
            rg_fail(err, RGPT_INVALID, "tensor file: found the data of %zu tensors, wanted %zu", s->current, s->count);
    }
    if (status == RGPT_OK) {
        status = rg_writer_commit(s->file, err);
        s->file = NULL;
    }
    rg_tensor_stream_cancel(s);
    return status;
}

void rg_tensor_stream_cancel(rg_tensor_stream *s) {
    rg_writer_cancel(s->file);
    free(s->sizes);
    *s = (rg_tensor_stream){0};
}
