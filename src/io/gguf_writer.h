/* gguf_writer.h - write a GGUF version 3 file in one pass.
 *
 *     rg_gguf_writer_open -> rg_gguf_put_* (metadata and tensors' shapes, any order) ->
 *     rg_gguf_writer_begin -> rg_gguf_writer_data ... -> rg_gguf_writer_commit
 *
 * Data comes in the order the tensors were put, in pieces of any size (a whole tensor, a row), so a file
 * of many gigabytes needs little memory. The same calls give the same bytes. The file appears under its
 * name only at commit. The header is read back by our own reader before it is written: a duplicate name,
 * an empty key or a shape that readers refuse is an error of rg_gguf_writer_begin.
 */
#ifndef RG_IO_GGUF_WRITER_H
#define RG_IO_GGUF_WRITER_H

#include "io/gguf.h"

typedef struct rg_gguf_writer rg_gguf_writer;

rgpt_status rg_gguf_writer_open(const char *path, rg_gguf_writer **out, rgpt_error *err);

/* A put keeps its failure for rg_gguf_writer_begin to tell, so that a long list of them reads as a list. */
void rg_gguf_put_bool(rg_gguf_writer *w, const char *key, bool value);
void rg_gguf_put_u32(rg_gguf_writer *w, const char *key, uint32_t value);
void rg_gguf_put_u64(rg_gguf_writer *w, const char *key, uint64_t value);
void rg_gguf_put_i32(rg_gguf_writer *w, const char *key, int32_t value);
void rg_gguf_put_f32(rg_gguf_writer *w, const char *key, float value);
void rg_gguf_put_string(rg_gguf_writer *w, const char *key, const char *value);
void rg_gguf_put_i32_array(rg_gguf_writer *w, const char *key, const int32_t *values, size_t count);
void rg_gguf_put_f32_array(rg_gguf_writer *w, const char *key, const float *values, size_t count);
void rg_gguf_put_text_array(rg_gguf_writer *w, const char *key, const rg_gguf_text *values, size_t count);
/* An entry of another file as it stands, of any type. general.alignment is left out: ours is always 32. */
void rg_gguf_put_pair(rg_gguf_writer *w, const rg_gguf_pair *pair);
/* Name, type and shape (outermost first, as in weight.h); t->data and t->size are not looked at. */
void rg_gguf_put_tensor(rg_gguf_writer *w, const rg_weight *t);

rgpt_status rg_gguf_writer_begin(rg_gguf_writer *w, rgpt_error *err);
/* The next bytes of data; one call gives bytes of one tensor. */
rgpt_status rg_gguf_writer_data(rg_gguf_writer *w, const void *data, size_t size, rgpt_error *err);
rgpt_status rg_gguf_writer_commit(rg_gguf_writer *w, rgpt_error *err); /* frees w, also on failure */
void rg_gguf_writer_cancel(rg_gguf_writer *w);                         /* frees w; NULL is fine */

#endif
