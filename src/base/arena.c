#include "base/arena.h"

#include <sys/mman.h>

#include "base/checked.h"

rgpt_status rg_arena_open(rg_arena *arena, size_t capacity, rgpt_error *err) {
    *arena = (rg_arena){0};
    if (capacity == 0) capacity = RG_ARENA_ALIGN;
    void *base = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return rg_fail_memory(err, "workspace", capacity);
    arena->base = base;
    arena->capacity = capacity;
    return RGPT_OK;
}

void rg_arena_close(rg_arena *arena) {
    if (arena->base) munmap(arena->base, arena->capacity);
    *arena = (rg_arena){0};
}

void rg_arena_count(rg_arena *arena) {
    *arena = (rg_arena){.capacity = SIZE_MAX};
}

bool rg_arena_alloc(rg_arena *arena, size_t size, void **out) {
    size_t rounded, used;
    if (!rg_align_size(size, RG_ARENA_ALIGN, &rounded) || !rg_add_size(arena->used, rounded, &used)) return false;
    if (used > arena->capacity) return false;
    *out = arena->base ? arena->base + arena->used : NULL;
    arena->used = used;
    if (used > arena->peak) arena->peak = used;
    return true;
}
