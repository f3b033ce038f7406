#include "io/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

typedef const char *const *row; /* points at a struct's first member, its name */

static int compare_rows(const void *a, const void *b) {
    return strcmp(**(const row *)a, **(const row *)b);
}

static int compare_name(const void *name, const void *element) {
    return strcmp(name, **(const row *)element);
}

rgpt_status rg_names_build(rg_names *out, const void *table, size_t count, size_t stride, const char *what,
                           rgpt_error *err) {
    *out = (rg_names){0};
    if (count == 0) return RGPT_OK;
    size_t size;
    row *rows = rg_mul_size(count, sizeof *rows, &size) ? malloc(size) : NULL;
    if (!rows) return rg_fail_memory(err, what, count * sizeof *rows);

    for (size_t i = 0; i < count; i++) rows[i] = (row)(const void *)((const char *)table + i * stride);
    qsort(rows, count, sizeof *rows, compare_rows);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(*rows[i - 1], *rows[i]) != 0) continue;
        rgpt_status status = rg_fail(err, RGPT_FORMAT, "%s '%s': found twice", what, *rows[i]);
        free(rows);
        return status;
    }
    *out = (rg_names){.rows = rows, .count = count};
    return RGPT_OK;
}

const void *rg_names_find(const rg_names *names, const char *name) {
    if (names->count == 0) return NULL;
    const row *found = bsearch(name, names->rows, names->count, sizeof *names->rows, compare_name);
    return found ? *found : NULL;
}

void rg_names_reset(rg_names *names) {
    free(names->rows);
    *names = (rg_names){0};
}

struct rg_pool_chunk {
    struct rg_pool_chunk *next;
    size_t size;
    char text[];
};

/* A longer string gets a chunk of its own; so the waste is bounded by the strings themselves. */
enum { CHUNK_SIZE = 4096 };

char *rg_pool_add(rg_pool *pool, const void *text, size_t size) {
    size_t wanted;
    if (!rg_add_size(size, 1, &wanted)) return NULL;
    if (wanted > pool->left) {
        size_t room = wanted > CHUNK_SIZE ? wanted : CHUNK_SIZE, whole;
        struct rg_pool_chunk *chunk = rg_add_size(sizeof *chunk, room, &whole) ? malloc(whole) : NULL;
        if (!chunk) return NULL;
        *chunk = (struct rg_pool_chunk){.next = pool->chunks, .size = room};
        pool->chunks = chunk;
        pool->left = room;
    }
    char *copy = pool->chunks->text + (pool->chunks->size - pool->left);
    if (size > 0) memcpy(copy, text, size);
    copy[size] = '\0';
    pool->left -= wanted;
    return copy;
}

void rg_pool_reset(rg_pool *pool) {
    while (pool->chunks) {
        struct rg_pool_chunk *next = pool->chunks->next;
        free(pool->chunks);
        pool->chunks = next;
    }
    pool->left = 0;
}
