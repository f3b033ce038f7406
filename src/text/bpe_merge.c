#include "text/bpe_merge.h"

#include <stdlib.h>

#include "base/checked.h"

rgpt_status rg_merger_start(rg_merger *m, size_t symbol_count, rgpt_error *err) {
    m->symbol_count = 0;
    m->heap_count = 0;
    if (symbol_count <= m->symbol_allocated) return RGPT_OK;
    size_t symbol_size, heap_size;
    if (symbol_count >= RG_MERGE_END || !rg_mul_size(symbol_count, sizeof *m->symbols, &symbol_size) ||
        !rg_mul_size(symbol_count, 2 * sizeof *m->heap, &heap_size)) {
        return rg_fail(err, RGPT_LIMIT, "tokenizer: %zu symbols in one word", symbol_count);
    }
    rg_merger_reset(m);
    m->symbols = malloc(symbol_size);
    m->heap = malloc(heap_size); /* at most n - 1 pairs at first, and each merge takes one and adds two */
    if (!m->symbols || !m->heap) {
        rg_merger_reset(m);
        return rg_fail_memory(err, "tokenizer", symbol_size + heap_size);
    }
    m->symbol_allocated = (uint32_t)symbol_count;
    return RGPT_OK;
}

void rg_merger_reset(rg_merger *m) {
    free(m->symbols);
    free(m->heap);
    *m = (rg_merger){0};
}

void rg_merger_add(rg_merger *m, int32_t id, uint32_t start, uint32_t size) {
    uint32_t at = m->symbol_count++;
    if (at > 0) m->symbols[at - 1].next = at;
    m->symbols[at] = (rg_merge_symbol){
        .id = id, .start = start, .size = size, .previous = at > 0 ? at - 1 : RG_MERGE_END, .next = RG_MERGE_END};
}

static void heap_push(rg_merger *m, rg_merge_candidate candidate) {
    size_t at = m->heap_count++;
    while (at > 0) {
        size_t parent = (at - 1) / 2;
        if (m->heap[parent].order <= candidate.order) break;
        m->heap[at] = m->heap[parent];
        at = parent;
    }
    m->heap[at] = candidate;
}

static rg_merge_candidate heap_pop(rg_merger *m) {
    rg_merge_candidate best = m->heap[0], last = m->heap[--m->heap_count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < m->heap_count; at = child) {
        if (child + 1 < m->heap_count && m->heap[child + 1].order < m->heap[child].order) child++;
        if (last.order <= m->heap[child].order) break;
        m->heap[at] = m->heap[child];
    }
    m->heap[at] = last;
    return best;
}

static void consider(rg_merger *m, uint32_t left, uint32_t right, rg_merge_find *find, const void *context) {
    if (left == RG_MERGE_END || right == RG_MERGE_END) return;
    rg_merge_rule rule;
    if (!find(context, &m->symbols[left], &m->symbols[right], &rule)) return;
    heap_push(m, (rg_merge_candidate){.order = (uint64_t)rule.rank << 32 | left,
                                      .size = m->symbols[left].size + m->symbols[right].size,
                                      .id = rule.id});
}

void rg_merger_run(rg_merger *m, rg_merge_find *find, const void *context) {
    for (uint32_t i = 1; i < m->symbol_count; i++) consider(m, i - 1, i, find, context);
    while (m->heap_count > 0) {
        rg_merge_candidate best = heap_pop(m);
        uint32_t at = (uint32_t)best.order;
        rg_merge_symbol *left = &m->symbols[at];
        if (left->size == 0 || left->next == RG_MERGE_END) continue;
        /* Symbols only grow, to the right. So if the left one is still there, and it and its neighbour still
         * add up to the size they had, neither has changed; otherwise the pair is stale. */
        rg_merge_symbol *right = &m->symbols[left->next];
        if (left->size + right->size != best.size) continue;

        left->id = best.id;
        left->size += right->size;
        right->size = 0;
        left->next = right->next;
        if (left->next != RG_MERGE_END) m->symbols[left->next].previous = at;
        consider(m, left->previous, at, find, context);
        consider(m, at, left->next, find, context);
    }
}
