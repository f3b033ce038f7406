/* arena.h - one block of memory, handed out from the front and taken back from the end.
 *
 * A counting arena has no memory: it only adds up, so that the same code first tells how much it will
 * need (a dry run) and then runs in exactly that much. Allocating from an arena never calls malloc.
 */
#ifndef RG_BASE_ARENA_H
#define RG_BASE_ARENA_H

#include "base/error.h"

enum { RG_ARENA_ALIGN = 64 }; /* a cache line, and the widest vector */

typedef struct rg_arena {
    uint8_t *base; /* NULL: counting */
    size_t capacity;
    size_t used;
    size_t peak; /* the largest `used` since init */
} rg_arena;

/* Takes `capacity` bytes from the operating system; pages cost memory only once touched. */
rgpt_status rg_arena_open(rg_arena *arena, size_t capacity, rgpt_error *err);
void rg_arena_close(rg_arena *arena);

/* A counting arena; needs no close. */
void rg_arena_count(rg_arena *arena);

/* Reserves `size` bytes, aligned. False when they do not fit. *out is NULL from a counting arena. */
bool rg_arena_alloc(rg_arena *arena, size_t size, void **out);

/* Gives back everything allocated since `used` was `mark`. */
static inline void rg_arena_rewind(rg_arena *arena, size_t mark) {
    arena->used = mark;
}

#endif
