/* label_tree.h - a closed set of answers as a prefix tree over their tokens.
 *
 * Choosing among N labels needs the model's probability of each whole label; labels that start with the
 * same tokens share that work. Nodes stand in breadth-first order, so a level is a contiguous run that
 * one batch decodes, and a node's children are contiguous.
 */
#ifndef RG_TEXT_LABEL_TREE_H
#define RG_TEXT_LABEL_TREE_H

#include "base/error.h"

typedef struct rg_label {
    const char *name;   /* for messages */
    const int32_t *ids; /* tokens, the end-of-turn token last; at least one */
    size_t id_count;
} rg_label;

typedef struct rg_label_node {
    int32_t token;       /* -1 in the root */
    int32_t parent;      /* node index; -1 in the root */
    int32_t first_child; /* node index; children are first_child .. first_child + child_count - 1, by token */
    int32_t child_count; /* 0 in a leaf */
    int32_t depth;       /* tokens from the root: 0 in the root */
    int32_t label;       /* index of the label that ends here; -1 if none does */
} rg_label_node;

typedef struct rg_label_tree {
    rg_label_node *nodes; /* [node_count], nodes[0] is the root */
    size_t node_count;
    int32_t *node_of_label; /* [label_count] */
    size_t label_count;
    size_t depth; /* of the deepest node */
} rg_label_tree;

/* RGPT_INVALID: no label, a label without tokens, two labels with the same tokens (names both);
 * RGPT_LIMIT: more than `node_limit` nodes. `out` is overwritten; after a failure it is empty. */
rgpt_status rg_label_tree_init(rg_label_tree *out, const rg_label *labels, size_t label_count, size_t node_limit,
                               rgpt_error *err);
void rg_label_tree_reset(rg_label_tree *tree);

#endif
