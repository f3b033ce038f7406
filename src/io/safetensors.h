/* safetensors.h - read and write safetensors files: u64 N, N bytes of JSON, data.
 *
 * The reader is as strict as the format's specification (huggingface/safetensors, README): the header is
 * at most 100,000,000 bytes, starts with '{' and is padded with spaces only; no key stands twice; metadata
 * maps strings to strings; the tensors' bytes follow each other without holes or overlap and cover the
 * rest of the file exactly. Everything is checked when opening, in O(header log header) time and memory of
 * a few bytes a header byte: members are decoded one at a time (by jansson, each of bounded size), so a
 * hostile header cannot make a large tree. Unknown element types are RGPT_UNSUPPORTED, all else
 * RGPT_FORMAT.
 *
 * The file stays mapped until rg_safetensors_close, and everything handed out lives as long. As for GGUF
 * (gguf.h), truncating it in place meanwhile would end the process with SIGBUS; replacing it is safe.
 */
#ifndef RG_IO_SAFETENSORS_H
#define RG_IO_SAFETENSORS_H

#include "io/weight.h"

typedef struct rg_safetensors rg_safetensors;

rgpt_status rg_safetensors_open(const char *path, rg_safetensors **out, rgpt_error *err);
/* The same on a block that the caller keeps until rg_safetensors_close. */
rgpt_status rg_safetensors_parse(const void *data, size_t size, rg_safetensors **out, rgpt_error *err);
void rg_safetensors_close(rg_safetensors *s);

/* Tensors, in the order of their data. */
size_t rg_safetensors_count(const rg_safetensors *s);
const rg_weight *rg_safetensors_at(const rg_safetensors *s, size_t index);
const rg_weight *rg_safetensors_find(const rg_safetensors *s, const char *name); /* NULL: there is none */

/* The value of a key of __metadata__, NULL if there is none. */
const char *rg_safetensors_metadata(const rg_safetensors *s, const char *key);

/* ------------------------------------------------------------------ writing (safetensors_writer.c)
 *
 * As with gguf_writer.h: put everything, begin, pass the data in the same order in pieces of any size,
 * commit. The same calls give the same bytes; the data begins at a multiple of 8 bytes. Readers that map
 * a file like its tensors aligned: put the widest element types first. */
typedef struct rg_safetensors_writer rg_safetensors_writer;

rgpt_status rg_safetensors_writer_open(const char *path, rg_safetensors_writer **out, rgpt_error *err);
/* A put keeps its failure for rg_safetensors_writer_begin to tell. Text is UTF-8. */
void rg_safetensors_put_metadata(rg_safetensors_writer *w, const char *key, const char *value);
void rg_safetensors_put_tensor(rg_safetensors_writer *w, const rg_weight *t); /* name, type and shape */
rgpt_status rg_safetensors_writer_begin(rg_safetensors_writer *w, rgpt_error *err);
rgpt_status rg_safetensors_writer_data(rg_safetensors_writer *w, const void *data, size_t size, rgpt_error *err);
rgpt_status rg_safetensors_writer_commit(rg_safetensors_writer *w, rgpt_error *err); /* frees w, also on failure */
void rg_safetensors_writer_cancel(rg_safetensors_writer *w);                         /* frees w; NULL is fine */

#endif
