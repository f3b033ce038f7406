/* gguf_format.h - what the GGUF reader and writer share, and nobody else includes. */
#ifndef RG_IO_GGUF_FORMAT_H
#define RG_IO_GGUF_FORMAT_H

#include "io/gguf.h"

enum {
    RG_GGUF_VERSION = 3,       /* what we write */
    RG_GGUF_ALIGNMENT = 32,    /* where the file names none */
    RG_GGUF_KEY_LIMIT = 65535, /* bytes, from the specification */
    RG_GGUF_NAME_LIMIT = 64,   /* bytes of a tensor's name, likewise */
    RG_GGUF_HEADER_SIZE = 24   /* magic, version, tensor count, pair count */
};

/* Bytes an element, 0 for strings and arrays. */
size_t rg_gguf_type_size(rg_gguf_type type);

/* rg_gguf_parse without the tensors' data, which need not be there: data pointers are then NULL. The
 * writer reads its own header back with it, so that what it writes can never be what we refuse. */
rgpt_status rg_gguf_parse_header(const void *data, size_t size, rg_gguf **out, rgpt_error *err);

#endif
