/* bpe_merge.h - the merge loop of byte-pair encoding, shared by both tokenizer families.
 *
 * Start from single symbols; while two neighbours can merge, merge the pair of the best rank, the leftmost
 * of equals (Sennrich et al. 2016). The symbols form a linked list and the candidate pairs a heap, so n
 * symbols take O(n log n) time, whatever they are.
 */
#ifndef RG_TEXT_BPE_MERGE_H
#define RG_TEXT_BPE_MERGE_H

#include "base/error.h"

#define RG_MERGE_END UINT32_MAX /* no next symbol */

typedef struct rg_merge_symbol {
    int32_t id;           /* token, or RG_TOKEN_NONE: no token, yet it may merge into one */
    uint32_t start, size; /* bytes of the text; size 0: absorbed by a symbol before it */
    uint32_t previous, next;
} rg_merge_symbol;

typedef struct rg_merge_candidate {
    uint64_t order; /* rank << 32 | left: the smallest goes first */
    uint32_t size;  /* of both symbols when the pair was found */
    int32_t id;     /* of the merged token */
} rg_merge_candidate;

typedef struct rg_merge_rule {
    uint32_t rank;
    int32_t id;
} rg_merge_rule;

/* Whether two neighbours merge, and into what. */
typedef bool rg_merge_find(const void *context, const rg_merge_symbol *left, const rg_merge_symbol *right,
                           rg_merge_rule *out);

/* Working memory, used again from word to word. Zero-initialise. */
typedef struct rg_merger {
    rg_merge_symbol *symbols;
    uint32_t symbol_count;
    uint32_t symbol_allocated;
    rg_merge_candidate *heap;
    size_t heap_count;
} rg_merger;

/* Empties the merger and makes room for `symbol_count` symbols. */
rgpt_status rg_merger_start(rg_merger *m, size_t symbol_count, rgpt_error *err);

/* Appends a symbol; at most as many as there is room for. */
void rg_merger_add(rg_merger *m, int32_t id, uint32_t start, uint32_t size);

/* Merges all that can merge. What is left: symbols[0] (if there is any) and on along `next`. */
void rg_merger_run(rg_merger *m, rg_merge_find *find, const void *context);

void rg_merger_reset(rg_merger *m); /* frees */

#endif
