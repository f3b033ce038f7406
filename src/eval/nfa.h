/* nfa.h - patterns (regular expressions) turned into one nondeterministic automaton.
 *
 * The syntax is the usual one, over Unicode code points in UTF-8:
 *
 *     abc  a|b  (ab)  ~(ab)  a*  a+  a?  a{2,4}  [a-z_]  [^a-z]  .  {name}  \+
 *
 * `~(...)` ignores ASCII case inside, `.` is any code point, `{name}` stands for a named pattern or a
 * named set of code points (a set may also be named inside brackets), `\xHH` (two
 * capital hex digits) is a code point up to 255, and a backslash takes any other character literally. Construction is
 * Thompson's (1968): every part has one entry and one exit node.
 */
#ifndef RG_EVAL_NFA_H
#define RG_EVAL_NFA_H

#include "eval/charset.h"

typedef enum rg_nfa_kind {
    RG_NFA_FORK,  /* goes on to next[0] and next[1] (each -1: nowhere) without reading */
    RG_NFA_READ,  /* reads a code point of sets[value], goes on to next[0] */
    RG_NFA_ACCEPT /* rule number `value` has matched */
} rg_nfa_kind;

typedef struct rg_nfa_node {
    rg_nfa_kind kind;
    int value;
    int next[2];
} rg_nfa_node;

typedef struct rg_nfa {
    rg_nfa_node *nodes;
    int node_count;
    size_t node_allocated;
    rg_charset *sets; /* all different */
    int set_count;
    size_t set_allocated;
} rg_nfa;

/* What `{name}` means: a pattern, or (pattern NULL) a set of code points, its ranges ended by {0, 0}. */
typedef struct rg_pattern_name {
    const char *name;
    const char *pattern;
    const rg_code_range *ranges;
} rg_pattern_name;

typedef struct rg_pattern_names {
    const rg_pattern_name *list;
    size_t count;
} rg_pattern_names;

/* A part of the automaton: it has matched when a walk from `entry` reaches `exit`, a fork with no next. */
typedef struct rg_nfa_part {
    int entry, exit;
} rg_nfa_part;

/* Adds a pattern. A malformed one is RGPT_INVALID with its place. */
rgpt_status rg_nfa_add(rg_nfa *nfa, const rg_pattern_names *names, const char *pattern, rg_nfa_part *out,
                       rgpt_error *err);

/* Adds a node, whose number goes to *out. */
rgpt_status rg_nfa_add_node(rg_nfa *nfa, rg_nfa_node node, int *out, rgpt_error *err);

void rg_nfa_reset(rg_nfa *nfa);

#endif
