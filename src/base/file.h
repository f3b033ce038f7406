/* file.h - whole files: read, map, and replace without ever leaving a damaged one. */
#ifndef RG_BASE_FILE_H
#define RG_BASE_FILE_H

#include "base/error.h"

/* Opens a regular file for reading (close() it) and says how long it is now. Anything else (a pipe,
 * /dev/random, a directory) is refused, without waiting for a pipe's other end; *fd is then -1. */
rgpt_status rg_file_open(const char *path, int *fd, size_t *size, rgpt_error *err);

/* Reads a regular file of at most `limit` bytes into a new block (free() it). One zero byte follows the
 * contents, not counted in *size. Anything but a regular file (a pipe, /dev/random, a directory) is
 * refused before a byte is read. */
rgpt_status rg_file_read(const char *path, size_t limit, char **out, size_t *size, rgpt_error *err);

/* A read-only map of a whole regular file. `data` is not NULL even for an empty file. */
typedef struct rg_map {
    const uint8_t *data;
    size_t size;
    bool is_mapped;
} rg_map;

rgpt_status rg_map_open(const char *path, rg_map *out, rgpt_error *err);
void rg_map_close(rg_map *map);

/* Replaces `path` in one step: bytes go to a temporary beside it, commit does fsync and rename; cancel
 * (or a crash) leaves the old file as it was. After any failed call the writer must still be
 * cancelled. */
typedef struct rg_writer rg_writer;

rgpt_status rg_writer_open(const char *path, rg_writer **out, rgpt_error *err);
rgpt_status rg_writer_write(rg_writer *w, const void *bytes, size_t size, rgpt_error *err);
rgpt_status rg_writer_commit(rg_writer *w, rgpt_error *err); /* frees w, also on failure */
void rg_writer_cancel(rg_writer *w);                         /* frees w; NULL is fine */

/* rg_writer_open + write + commit. */
rgpt_status rg_file_write(const char *path, const void *bytes, size_t size, rgpt_error *err);

#endif
