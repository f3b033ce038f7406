/* names.h - finding a row of a table by its name, and keeping copies of names.
 *
 * rg_names is an index over any array of structs whose first member is `const char *name`: sorted once,
 * searched in O(log n). Sorting, unlike hashing, has no bad case that a hostile file could aim for.
 */
#ifndef RG_IO_NAMES_H
#define RG_IO_NAMES_H

#include "base/error.h"

typedef struct rg_names {
    const char *const **rows; /* sorted pointers to the first member of each struct */
    size_t count;
} rg_names;

/* Indexes `count` structs of `stride` bytes that start at `table`, which must stay where it is. Two rows
 * of one name are an error (RGPT_FORMAT, "WHAT 'name': found twice"). Empty on failure. */
rgpt_status rg_names_build(rg_names *out, const void *table, size_t count, size_t stride, const char *what,
                           rgpt_error *err);
const void *rg_names_find(const rg_names *names, const char *name); /* the struct, or NULL */
void rg_names_reset(rg_names *names);

/* Copies of strings, kept until all are freed at once. Zero-initialise. */
typedef struct rg_pool {
    struct rg_pool_chunk *chunks;
    size_t left; /* unused bytes at the end of the first chunk */
} rg_pool;

/* Copies `size` bytes and a terminating zero; NULL when out of memory. */
char *rg_pool_add(rg_pool *pool, const void *text, size_t size);
void rg_pool_reset(rg_pool *pool);

#endif
