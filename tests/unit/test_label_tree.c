/* Label trees: shape, order, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "text/label_tree.h"

enum { END = 2 };

#define LABEL(name, ...)                                                                                               \
    { name, (const int32_t[]){__VA_ARGS__}, sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t) }

static void shared_beginnings_share_nodes(void **state) {
    (void)state;
    const rg_label labels[] = {LABEL("hot dog", 7, 9, END), LABEL("dog", 5, END), LABEL("hot", 7, END),
                               LABEL("hot plate", 7, 8, 8, END)};
    rg_label_tree tree;
    assert_int_equal(rg_label_tree_init(&tree, labels, 4, 100, NULL), RGPT_OK);
    static const rg_label_node wanted[] = {
        {-1, -1, 1, 2, 0, -1}, {5, 0, 3, 1, 1, -1}, {7, 0, 4, 3, 1, -1}, {END, 1, 7, 0, 2, 1},  {END, 2, 7, 0, 2, 2},
        {8, 2, 7, 1, 2, -1},   {9, 2, 8, 1, 2, -1}, {8, 5, 9, 1, 3, -1}, {END, 6, 10, 0, 3, 0}, {END, 7, 10, 0, 4, 3}};
    assert_int_equal(tree.node_count, 10);
    assert_int_equal(tree.depth, 4);
    for (size_t i = 0; i < tree.node_count; i++) {
        const rg_label_node *found = &tree.nodes[i];
        assert_int_equal(found->token, wanted[i].token);
        assert_int_equal(found->parent, wanted[i].parent);
        assert_int_equal(found->child_count, wanted[i].child_count);
        if (found->child_count) assert_int_equal(found->first_child, wanted[i].first_child);
        assert_int_equal(found->depth, wanted[i].depth);
        assert_int_equal(found->label, wanted[i].label);
    }
    for (size_t i = 0; i < 4; i++) assert_int_equal(tree.nodes[tree.node_of_label[i]].label, i);
    rg_label_tree_reset(&tree);
}

/* The path from a label's node up to the root spells its tokens backwards. */
static void every_label_is_on_its_path(void **state) {
    (void)state;
    enum { COUNT = 3000, LONGEST = 9 };
    rg_rng rng;
    rg_rng_init(&rng, 3);
    static int32_t ids[COUNT][LONGEST + 3];
    static rg_label labels[COUNT];
    for (int i = 0; i < COUNT; i++) {
        size_t length = rg_rng_below(&rng, LONGEST);
        for (size_t k = 0; k < length; k++) ids[i][k] = 10 + (int32_t)rg_rng_below(&rng, 4);
        ids[i][length] = 100 + i / 64; /* makes them all different */
        ids[i][length + 1] = 100 + i % 64;
        ids[i][length + 2] = END;
        labels[i] = (rg_label){"label", ids[i], length + 3};
    }
    rg_label_tree tree;
    assert_int_equal(rg_label_tree_init(&tree, labels, COUNT, 1 << 20, NULL), RGPT_OK);
    for (size_t i = 0; i < COUNT; i++) {
        int32_t node = tree.node_of_label[i];
        for (size_t k = labels[i].id_count; k > 0; k--) {
            assert_int_equal(tree.nodes[node].token, labels[i].ids[k - 1]);
            assert_int_equal(tree.nodes[node].depth, k);
            node = tree.nodes[node].parent;
        }
        assert_int_equal(node, 0);
    }
    for (size_t i = 1; i < tree.node_count; i++) { /* breadth first, children by token */
        const rg_label_node *node = &tree.nodes[i], *before = node - 1;
        assert_true(before->depth <= node->depth && before->parent <= node->parent);
        if (before->parent == node->parent) assert_true(before->token < node->token);
    }
    rg_label_tree_reset(&tree);
}

static void bad_labels_are_refused(void **state) {
    (void)state;
    rg_label_tree tree;
    rgpt_error err = {0};
    const rg_label same[] = {LABEL("cat", 4, END), LABEL("dog", 5, END), LABEL("Cat", 4, END)};
    assert_int_equal(rg_label_tree_init(&tree, same, 3, 100, &err), RGPT_INVALID);
    assert_non_null(strstr(err.message, "'cat'"));
    assert_non_null(strstr(err.message, "'Cat'"));
    assert_null(tree.nodes);
    rg_error_clear(&err);
    const rg_label empty[] = {{"nothing", NULL, 0}, LABEL("dog", 5, END)};
    assert_int_equal(rg_label_tree_init(&tree, empty, 2, 100, &err), RGPT_INVALID);
    assert_string_equal(err.message, "labels: 'nothing' has no tokens");
    assert_int_equal(rg_label_tree_init(&tree, same, 0, 100, NULL), RGPT_INVALID);
    assert_int_equal(rg_label_tree_init(&tree, same, 2, 4, NULL), RGPT_LIMIT);
    assert_int_equal(rg_label_tree_init(&tree, same, 2, 5, NULL), RGPT_OK);
    rg_label_tree_reset(&tree);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_beginnings_share_nodes),
        cmocka_unit_test(every_label_is_on_its_path),
        cmocka_unit_test(bad_labels_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
