/* gguf.h - read GGUF files, versions 2 and 3: typed metadata and tensors, straight from the mapped file.
 *
 * Opening checks everything before anything is used, takes O(file header) time and allocates no more than
 * a few bytes a header byte, whatever the header claims. It follows ggml's docs/gguf.md, and as llama.cpp
 * does, it also wants each tensor's data right behind the one before (padded to the alignment), so data
 * can neither overlap nor hide. Refused besides: version 1 and big-endian files, nested arrays, keys and
 * names that are empty, twice there, too long or hold control characters, booleans other than 0 and 1,
 * element types this build does not know (RGPT_UNSUPPORTED; all else is RGPT_FORMAT).
 *
 * What a *value* means (that there are as many scores as tokens, that a layer count is sane) is for the
 * model layer to check. Strings may hold any bytes: check for UTF-8 before showing them.
 *
 * The file stays mapped until rg_gguf_close; everything handed out (tensor data, names, strings) lives as
 * long. The file must not be truncated or rewritten in place meanwhile: that ends a mapping's reader with
 * SIGBUS, and the library installs no signal handlers. Replacing it by rename, as rg_writer does, is safe.
 */
#ifndef RG_IO_GGUF_H
#define RG_IO_GGUF_H

#include "io/weight.h"

/* The numbers are the format's. */
typedef enum rg_gguf_type {
    RG_GGUF_U8,
    RG_GGUF_I8,
    RG_GGUF_U16,
    RG_GGUF_I16,
    RG_GGUF_U32,
    RG_GGUF_I32,
    RG_GGUF_F32,
    RG_GGUF_BOOL,
    RG_GGUF_STRING,
    RG_GGUF_ARRAY, /* in files only: here an array is its elements' type and `is_array` */
    RG_GGUF_U64,
    RG_GGUF_I64,
    RG_GGUF_F64,
    RG_GGUF_TYPE_COUNT
} rg_gguf_type;

const char *rg_gguf_type_name(rg_gguf_type type); /* "u32", "string", ... */

/* One metadata entry as it stands in the file. */
typedef struct rg_gguf_pair {
    const char *key;
    rg_gguf_type type; /* of the value, or of an array's elements */
    bool is_array;
    size_t count;         /* elements; 1 for a plain value */
    const uint8_t *value; /* the elements one after another, unaligned; a string: u64 length, then bytes */
    size_t size;          /* bytes of value */
    const char *text;     /* a plain string's copy with a zero byte behind it; else NULL */
} rg_gguf_pair;

/* A string: it may hold zero bytes, and one taken from an array has none behind it. */
typedef struct rg_gguf_text {
    const char *data;
    size_t size;
} rg_gguf_text;

typedef struct rg_gguf rg_gguf;

rgpt_status rg_gguf_open(const char *path, rg_gguf **out, rgpt_error *err);
/* The same on a block that the caller keeps until rg_gguf_close. */
rgpt_status rg_gguf_parse(const void *data, size_t size, rg_gguf **out, rgpt_error *err);
void rg_gguf_close(rg_gguf *g);

uint32_t rg_gguf_version(const rg_gguf *g);

/* Tensors and metadata entries, in the order of the file; finding one that is not there gives NULL. */
size_t rg_gguf_tensor_count(const rg_gguf *g);
const rg_weight *rg_gguf_tensor_at(const rg_gguf *g, size_t index);
const rg_weight *rg_gguf_find_tensor(const rg_gguf *g, const char *name);
size_t rg_gguf_pair_count(const rg_gguf *g);
const rg_gguf_pair *rg_gguf_pair_at(const rg_gguf *g, size_t index);
const rg_gguf_pair *rg_gguf_find_pair(const rg_gguf *g, const char *key);

/* ------------------------------------------------------------------ typed values (gguf_value.c)
 *
 * A missing key, another kind of value or one out of range is RGPT_FORMAT with a message that says so;
 * *out is then unchanged. Writers disagree on widths, so any integer type serves where its value fits,
 * and F64 where F32 is asked for. For an optional key ask rg_gguf_find_pair first. */
rgpt_status rg_gguf_get_u32(const rg_gguf *g, const char *key, uint32_t *out, rgpt_error *err);
rgpt_status rg_gguf_get_u64(const rg_gguf *g, const char *key, uint64_t *out, rgpt_error *err);
rgpt_status rg_gguf_get_i64(const rg_gguf *g, const char *key, int64_t *out, rgpt_error *err);
rgpt_status rg_gguf_get_f32(const rg_gguf *g, const char *key, float *out, rgpt_error *err);
rgpt_status rg_gguf_get_bool(const rg_gguf *g, const char *key, bool *out, rgpt_error *err);
rgpt_status rg_gguf_get_text(const rg_gguf *g, const char *key, rg_gguf_text *out, rgpt_error *err);
/* Zero-terminated, living as long as g; a string with a zero byte inside is refused. */
rgpt_status rg_gguf_get_string(const rg_gguf *g, const char *key, const char **out, rgpt_error *err);

/* Arrays, copied out: free() *out, which is not NULL even for an empty array. */
rgpt_status rg_gguf_get_i32_array(const rg_gguf *g, const char *key, int32_t **out, size_t *count, rgpt_error *err);
rgpt_status rg_gguf_get_f32_array(const rg_gguf *g, const char *key, float **out, size_t *count, rgpt_error *err);
/* The texts themselves stay in the file. */
rgpt_status rg_gguf_get_text_array(const rg_gguf *g, const char *key, rg_gguf_text **out, size_t *count,
                                   rgpt_error *err);

#endif
