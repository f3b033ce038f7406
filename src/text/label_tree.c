#include "text/label_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

/* Labels sorted by their tokens: those below one node are neighbours, and one that ends there comes first. */
static int compare_labels(const void *a, const void *b, void *labels) {
    const rg_label *x = (const rg_label *)labels + *(const uint32_t *)a;
    const rg_label *y = (const rg_label *)labels + *(const uint32_t *)b;
    for (size_t i = 0; i < x->id_count && i < y->id_count; i++) {
        if (x->ids[i] != y->ids[i]) return x->ids[i] < y->ids[i] ? -1 : 1;
    }
    return (x->id_count > y->id_count) - (x->id_count < y->id_count);
}

static size_t shared_tokens(const rg_label *x, const rg_label *y) {
    size_t i = 0;
    while (i < x->id_count && i < y->id_count && x->ids[i] == y->ids[i]) i++;
    return i;
}

/* Each label adds a node for every token that it does not share with the one sorted before it. */
static rgpt_status count_nodes(const rg_label *labels, const uint32_t *order, size_t label_count, size_t node_limit,
                               size_t *node_count, rgpt_error *err) {
    size_t count = 1;
    for (size_t i = 0; i < label_count; i++) {
        const rg_label *label = &labels[order[i]], *before = i > 0 ? &labels[order[i - 1]] : NULL;
        size_t shared = before ? shared_tokens(before, label) : 0;
        if (label->id_count == 0) return rg_fail(err, RGPT_INVALID, "labels: '%s' has no tokens", label->name);
        if (before && shared == label->id_count && shared == before->id_count) {
            return rg_fail(err, RGPT_INVALID, "labels: '%s' (%u) and '%s' (%u) are the same answer", before->name,
                           order[i - 1] + 1, label->name, order[i] + 1);
        }
        if (!rg_add_size(count, label->id_count - shared, &count) || count > node_limit) {
            return rg_fail(err, RGPT_LIMIT, "labels: %zu labels make more than %zu nodes", label_count, node_limit);
        }
    }
    *node_count = count;
    return RGPT_OK;
}

/* Gives node `at` its label and children; below it are the labels order[low..high). `starts` keeps for each
 * node where its labels begin. */
static void grow(rg_label_tree *tree, const rg_label *labels, const uint32_t *order, uint32_t *starts, size_t at,
                 size_t high) {
    rg_label_node *node = &tree->nodes[at];
    size_t depth = (size_t)node->depth, i = starts[at];
    if (labels[order[i]].id_count == depth) {
        node->label = (int32_t)order[i];
        tree->node_of_label[order[i]] = (int32_t)at;
        i++;
    }
    node->first_child = (int32_t)tree->node_count;
    for (; i < high; i++) {
        int32_t token = labels[order[i]].ids[depth];
        rg_label_node *last = &tree->nodes[tree->node_count - 1];
        if (node->child_count > 0 && last->token == token) continue;
        starts[tree->node_count] = (uint32_t)i;
        tree->nodes[tree->node_count++] =
            (rg_label_node){.token = token, .parent = (int32_t)at, .depth = node->depth + 1, .label = -1};
        node->child_count++;
    }
    tree->depth = depth;
}

/* Breadth first: a node's labels end where its next sibling's begin, the last sibling's where its parent's end. */
static void grow_all(rg_label_tree *tree, const rg_label *labels, const uint32_t *order, uint32_t *starts,
                     uint32_t *ends) {
    tree->nodes[0] = (rg_label_node){.token = -1, .parent = -1, .label = -1};
    tree->node_count = 1;
    starts[0] = 0;
    ends[0] = (uint32_t)tree->label_count;
    for (size_t at = 0; at < tree->node_count; at++) {
        grow(tree, labels, order, starts, at, ends[at]);
        size_t first = (size_t)tree->nodes[at].first_child;
        for (size_t child = first; child < tree->node_count; child++) {
            ends[child] = child + 1 < tree->node_count ? starts[child + 1] : ends[at];
        }
    }
}

static rgpt_status build(rg_label_tree *tree, const rg_label *labels, uint32_t *order, size_t node_limit,
                         rgpt_error *err) {
    for (size_t i = 0; i < tree->label_count; i++) order[i] = (uint32_t)i;
    qsort_r(order, tree->label_count, sizeof *order, compare_labels, (void *)labels);
    size_t node_count = 0;
    rgpt_status status = count_nodes(labels, order, tree->label_count, node_limit, &node_count, err);
    if (status != RGPT_OK) return status;

    tree->nodes = malloc(node_count * sizeof *tree->nodes);
    tree->node_of_label = malloc(tree->label_count * sizeof *tree->node_of_label);
    uint32_t *ranges = malloc(2 * node_count * sizeof *ranges);
    if (tree->nodes && tree->node_of_label && ranges) {
        grow_all(tree, labels, order, ranges, ranges + node_count);
    } else {
        status = rg_fail_memory(err, "labels", node_count * sizeof *tree->nodes);
    }
    free(ranges);
    return status;
}

rgpt_status rg_label_tree_init(rg_label_tree *out, const rg_label *labels, size_t label_count, size_t node_limit,
                               rgpt_error *err) {
    *out = (rg_label_tree){.label_count = label_count};
    if (label_count == 0) return rg_fail(err, RGPT_INVALID, "labels: none given");
    if (node_limit > INT32_MAX) node_limit = INT32_MAX;
    if (label_count > node_limit) {
        return rg_fail(err, RGPT_LIMIT, "labels: %zu labels make more than %zu nodes", label_count, node_limit);
    }
    uint32_t *order = malloc(label_count * sizeof *order);
    if (!order) return rg_fail_memory(err, "labels", label_count * sizeof *order);
    rgpt_status status = build(out, labels, order, node_limit, err);
    free(order);
    if (status != RGPT_OK) rg_label_tree_reset(out);
    return status;
}

void rg_label_tree_reset(rg_label_tree *tree) {
    free(tree->nodes);
    free(tree->node_of_label);
    *tree = (rg_label_tree){0};
}
