/* tensor_stream.h - what both file writers share: a header put together bit by bit and written once, then
 * the tensors' data in order.
 *
 * Tensors are declared first, as the header must tell where each will be; their data then passes through
 * in pieces of any size, so a file of any length needs no more memory than its caller's pieces. The file
 * appears under its name only at commit (base/file.h), and never with data missing.
 */
#ifndef RG_IO_TENSOR_STREAM_H
#define RG_IO_TENSOR_STREAM_H

#include "base/buffer.h"
#include "io/weight.h"

typedef struct rg_tensor_stream {
    struct rg_writer *file; /* NULL when closed */
    size_t alignment;       /* each tensor's data is padded to a multiple of it, the last one too */
    size_t *sizes;          /* of the tensors declared */
    size_t count, allocated;
    size_t end;     /* where the next tensor declared will begin, from the start of the data */
    size_t current; /* the tensor whose data comes next; data_size bytes of it are written */
    size_t data_size;
    bool has_header;
    rgpt_error failure; /* the first one: kept, so that a long list of puts reads as a list */
} rg_tensor_stream;

/* On failure nothing is left open. */
rgpt_status rg_tensor_stream_open(rg_tensor_stream *s, const char *path, size_t alignment, rgpt_error *err);

/* Putting, before the header is written; these keep their failure. */
void rg_tensor_stream_append(rg_tensor_stream *s, rg_buffer *b, const void *bytes, size_t size);
/* Checks t's shape and adds it: *size bytes at *offset of the data. False after any failure. */
bool rg_tensor_stream_declare(rg_tensor_stream *s, const rg_weight *t, size_t *offset, size_t *size);
/* The kept failure, told. */
rgpt_status rg_tensor_stream_report(const rg_tensor_stream *s, rgpt_error *err);

/* Writes the header, zero-padded to the alignment. */
rgpt_status rg_tensor_stream_header(rg_tensor_stream *s, const rg_buffer *header, rgpt_error *err);
/* The next bytes of data. One call gives bytes of one tensor. */
rgpt_status rg_tensor_stream_data(rg_tensor_stream *s, const void *data, size_t size, rgpt_error *err);
/* Closes, also on failure. RGPT_INVALID while data is missing. */
rgpt_status rg_tensor_stream_commit(rg_tensor_stream *s, rgpt_error *err);
void rg_tensor_stream_cancel(rg_tensor_stream *s);

#endif
