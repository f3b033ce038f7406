#include "eval/lexer.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "eval/alphabet.h"
#include "text/utf8.h"

enum {
    STATE_LIMIT = 8192,           /* then the table starts afresh */
    SLOT_COUNT = 2 * STATE_LIMIT, /* of the hash table, a power of two */
    UNKNOWN = -1,                 /* a move not yet worked out */
};

/* One state of the deterministic automaton: the set of nodes that the other one could be in. */
typedef struct state {
    size_t first_node; /* in rg_lexer.pool */
    int node_count;    /* 0: the dead state */
    int rule;          /* the first one that accepts here, or -1 */
} state;

/* Where the tail of a rule starts: a token ends at `exit` of its pattern. */
typedef struct rule_parts {
    rg_nfa_part token, follow;
    bool has_follow;
} rule_parts;

/* A set of nodes under construction. */
typedef struct node_set {
    int *list;
    int count;
    unsigned *stamps; /* node -> round it was last added in */
    unsigned round;
    int *stack; /* of the walk along forks */
} node_set;

struct rg_lexer {
    rg_nfa nfa;
    rg_alphabet alphabet;
    rule_parts *rules;
    size_t rule_count;
    int root;
    node_set work;

    state *states; /* number 0 is the start */
    int *moves;    /* states x symbols: the next state or UNKNOWN */
    int state_count;
    int *slots; /* hash of a node set -> state + 1, or 0 */
    int *pool;
    size_t pool_count, pool_allocated;

    int *scratch; /* a copy of a node list while its successor is made */
};

/* ---------------------------------------------------------------- sets of nodes */

static void clear_set(node_set *set, size_t node_count) {
    set->count = 0;
    if (++set->round != 0) return;
    memset(set->stamps, 0, node_count * sizeof *set->stamps); /* the round number went all the way around */
    set->round = 1;
}

/* Adds a node and all that forks lead to. Forks are stamped but not listed. */
static void add_closure(rg_lexer *lexer, int node) {
    node_set *set = &lexer->work;
    int depth = 0;
    set->stack[depth++] = node;
    while (depth > 0) {
        int at = set->stack[--depth];
        if (at < 0 || set->stamps[at] == set->round) continue;
        set->stamps[at] = set->round;
        const rg_nfa_node *n = &lexer->nfa.nodes[at];
        if (n->kind != RG_NFA_FORK) {
            set->list[set->count++] = at;
            continue;
        }
        set->stack[depth++] = n->next[1];
        set->stack[depth++] = n->next[0];
    }
}

/* The set after reading a symbol from the nodes given, which must not lie in the set's own list. */
static void step(rg_lexer *lexer, const int *nodes, int count, uint8_t symbol) {
    clear_set(&lexer->work, (size_t)lexer->nfa.node_count);
    for (int i = 0; i < count; i++) {
        const rg_nfa_node *n = &lexer->nfa.nodes[nodes[i]];
        if (n->kind == RG_NFA_READ && rg_alphabet_in_set(&lexer->alphabet, n->value, symbol)) {
            add_closure(lexer, n->next[0]);
        }
    }
}

/* ---------------------------------------------------------------- the deterministic automaton */

static int by_number(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

static size_t hash_nodes(const int *nodes, int count) {
    uint64_t h = 1469598103934665603u; /* FNV-1a, a node a step */
    for (int i = 0; i < count; i++) h = (h ^ (uint64_t)nodes[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 32);
}

static rgpt_status store_nodes(rg_lexer *lexer, const node_set *set, rgpt_error *err) {
    size_t wanted = lexer->pool_count + (size_t)set->count;
    int *grown = rg_array_grow(lexer->pool, &lexer->pool_allocated, wanted, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "lexer", wanted * sizeof *grown);
    lexer->pool = grown;
    if (set->count > 0) memcpy(lexer->pool + lexer->pool_count, set->list, (size_t)set->count * sizeof *set->list);
    lexer->pool_count = wanted;
    return RGPT_OK;
}

static int first_rule(const rg_lexer *lexer, const node_set *set) {
    int best = -1;
    for (int i = 0; i < set->count; i++) {
        const rg_nfa_node *n = &lexer->nfa.nodes[set->list[i]];
        if (n->kind == RG_NFA_ACCEPT && (best < 0 || n->value < best)) best = n->value;
    }
    return best;
}

/* The state of the set under construction, a known one or a new one; *out is -1 when there is no room. */
static rgpt_status find_state(rg_lexer *lexer, int *out, rgpt_error *err) {
    node_set *set = &lexer->work;
    qsort(set->list, (size_t)set->count, sizeof *set->list, by_number);
    size_t slot = hash_nodes(set->list, set->count) % SLOT_COUNT;
    for (; lexer->slots[slot] != 0; slot = (slot + 1) % SLOT_COUNT) {
        const state *s = &lexer->states[lexer->slots[slot] - 1];
        if (s->node_count != set->count) continue;
        if (memcmp(lexer->pool + s->first_node, set->list, (size_t)set->count * sizeof *set->list) != 0) continue;
        *out = lexer->slots[slot] - 1;
        return RGPT_OK;
    }
    *out = -1;
    if (lexer->state_count == STATE_LIMIT) return RGPT_OK;

    size_t first = lexer->pool_count;
    rgpt_status status = store_nodes(lexer, set, err);
    if (status != RGPT_OK) return status;
    int number = lexer->state_count++;
    lexer->states[number] = (state){.first_node = first, .node_count = set->count, .rule = first_rule(lexer, set)};
    size_t columns = (size_t)lexer->alphabet.symbol_count;
    for (size_t i = 0; i < columns; i++) lexer->moves[(size_t)number * columns + i] = UNKNOWN;
    lexer->slots[slot] = number + 1;
    *out = number;
    return RGPT_OK;
}

/* Forgets all states but the start. */
static rgpt_status restart(rg_lexer *lexer, rgpt_error *err) {
    lexer->state_count = 0;
    lexer->pool_count = 0;
    memset(lexer->slots, 0, SLOT_COUNT * sizeof *lexer->slots);
    clear_set(&lexer->work, (size_t)lexer->nfa.node_count);
    add_closure(lexer, lexer->root);
    int start;
    return find_state(lexer, &start, err);
}

/* Works out one move. When there is no room for its state all others are forgotten first. */
static rgpt_status add_move(rg_lexer *lexer, int from, uint8_t symbol, int *to, rgpt_error *err) {
    const state *s = &lexer->states[from];
    step(lexer, lexer->pool + s->first_node, s->node_count, symbol);
    rgpt_status status = find_state(lexer, to, err);
    if (status != RGPT_OK) return status;
    if (*to >= 0) {
        lexer->moves[(size_t)from * (size_t)lexer->alphabet.symbol_count + symbol] = *to;
        return RGPT_OK;
    }
    int count = lexer->work.count;
    memcpy(lexer->scratch, lexer->work.list, (size_t)count * sizeof *lexer->scratch);
    status = restart(lexer, err);
    clear_set(&lexer->work, (size_t)lexer->nfa.node_count);
    for (int i = 0; i < count; i++) add_closure(lexer, lexer->scratch[i]);
    return status == RGPT_OK ? find_state(lexer, to, err) : status;
}

/* ---------------------------------------------------------------- a match */

static uint8_t read_symbol(const rg_lexer *lexer, const char *text, size_t size, size_t *at) {
    uint32_t code = 0;
    size_t step = rg_utf8_decode(text + *at, size - *at, &code);
    *at += step > 0 ? step : 1; /* never 0 in valid text */
    return rg_alphabet_symbol(&lexer->alphabet, code);
}

/* Runs one part over text[from, to). Fills `ends` (when not NULL) with the places where it had matched,
 * shortest first, and tells whether `to` is one of them. */
static bool run_part(rg_lexer *lexer, const char *text, size_t from, size_t to, rg_nfa_part part, size_t *ends,
                     size_t *end_count) {
    node_set *work = &lexer->work;
    clear_set(work, (size_t)lexer->nfa.node_count);
    add_closure(lexer, part.entry);
    for (size_t at = from;;) {
        bool matches = work->stamps[part.exit] == work->round;
        if (matches && ends) ends[(*end_count)++] = at;
        if (at >= to || work->count == 0) return matches && at == to;
        int count = work->count;
        memcpy(lexer->scratch, work->list, (size_t)count * sizeof *lexer->scratch);
        step(lexer, lexer->scratch, count, read_symbol(lexer, text, to, &at));
    }
}

/* Where the token ends when rule and context together matched text[from, to). */
static rgpt_status find_token_end(rg_lexer *lexer, const rule_parts *rule, const char *text, size_t from, size_t to,
                                  size_t *out, rgpt_error *err) {
    size_t *ends = calloc(to - from + 1, sizeof *ends);
    if (!ends) return rg_fail_memory(err, "lexer", (to - from + 1) * sizeof *ends);
    size_t count = 0;
    run_part(lexer, text, from, to, rule->token, ends, &count);
    while (count > 1 && !run_part(lexer, text, ends[count - 1], to, rule->follow, NULL, NULL)) count--;
    *out = ends[count - 1];
    free(ends);
    return RGPT_OK;
}

rgpt_status rg_lexer_match(rg_lexer *lexer, const char *text, size_t size, size_t at, rg_lexeme *out, rgpt_error *err) {
    *out = (rg_lexeme){.rule = -1};
    size_t end = at, columns = (size_t)lexer->alphabet.symbol_count;
    int current = 0;
    for (size_t next = at; next < size && lexer->states[current].node_count > 0;) {
        uint8_t symbol = read_symbol(lexer, text, size, &next);
        int to = lexer->moves[(size_t)current * columns + symbol];
        if (to == UNKNOWN) {
            rgpt_status status = add_move(lexer, current, symbol, &to, err);
            if (status != RGPT_OK) return status;
        }
        current = to;
        if (lexer->states[current].rule < 0) continue;
        out->rule = lexer->states[current].rule;
        end = next;
    }
    if (out->rule < 0) return RGPT_OK;
    const rule_parts *rule = &lexer->rules[out->rule];
    rgpt_status status = rule->has_follow ? find_token_end(lexer, rule, text, at, end, &end, err) : RGPT_OK;
    out->size = end - at;
    return status;
}

/* ---------------------------------------------------------------- construction */

static rgpt_status add_rule(rg_lexer *lexer, const rg_pattern_names *names, const rg_lexer_rule *rule, int number,
                            rgpt_error *err) {
    rg_nfa *nfa = &lexer->nfa;
    rule_parts *parts = &lexer->rules[number];
    rgpt_status status = rg_nfa_add(nfa, names, rule->pattern, &parts->token, err);
    int accept = -1, root = -1;
    if (status == RGPT_OK) {
        status = rg_nfa_add_node(nfa, (rg_nfa_node){RG_NFA_ACCEPT, number, {-1, -1}}, &accept, err);
    }
    if (status != RGPT_OK) return status;
    if (rule->follow) {
        parts->has_follow = true;
        status = rg_nfa_add(nfa, names, rule->follow, &parts->follow, err);
        if (status != RGPT_OK) return status;
        nfa->nodes[parts->token.exit].next[0] = parts->follow.entry;
        nfa->nodes[parts->follow.exit].next[0] = accept;
    } else {
        nfa->nodes[parts->token.exit].next[0] = accept;
    }
    status = rg_nfa_add_node(nfa, (rg_nfa_node){RG_NFA_FORK, 0, {parts->token.entry, lexer->root}}, &root, err);
    lexer->root = root;
    return status;
}

static rgpt_status allocate(rg_lexer *lexer, rgpt_error *err) {
    size_t nodes = (size_t)lexer->nfa.node_count, columns = (size_t)lexer->alphabet.symbol_count;
    node_set *work = &lexer->work;
    work->list = calloc(nodes, sizeof *work->list);
    work->stamps = calloc(nodes, sizeof *work->stamps);
    work->stack = calloc(2 * nodes + 2, sizeof *work->stack); /* a fork is opened once and pushes two */
    lexer->scratch = calloc(nodes, sizeof *lexer->scratch);
    lexer->states = calloc(STATE_LIMIT, sizeof *lexer->states);
    lexer->moves = calloc(STATE_LIMIT * columns, sizeof *lexer->moves);
    lexer->slots = calloc(SLOT_COUNT, sizeof *lexer->slots);
    bool has_all =
        work->list && work->stamps && work->stack && lexer->scratch && lexer->states && lexer->moves && lexer->slots;
    return has_all ? RGPT_OK : rg_fail_memory(err, "lexer", STATE_LIMIT * columns * sizeof *lexer->moves);
}

static rgpt_status build(rg_lexer *lexer, const rg_pattern_names *names, const rg_lexer_rule *rules, size_t rule_count,
                         rgpt_error *err) {
    lexer->rules = calloc(rule_count, sizeof *lexer->rules);
    if (!lexer->rules) return rg_fail_memory(err, "lexer", rule_count * sizeof *lexer->rules);
    lexer->root = -1;
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < rule_count && status == RGPT_OK; i++) {
        status = add_rule(lexer, names, &rules[i], (int)i, err);
        if (status != RGPT_OK) rg_fail_within(err, status, "rule %zu", i);
    }
    if (status != RGPT_OK) return status;
    status = rg_alphabet_init(&lexer->alphabet, lexer->nfa.sets, (size_t)lexer->nfa.set_count, err);
    if (status == RGPT_OK) status = allocate(lexer, err);
    if (status == RGPT_OK) status = restart(lexer, err);
    return status;
}

rgpt_status rg_lexer_new(const rg_pattern_names *names, const rg_lexer_rule *rules, size_t rule_count, rg_lexer **out,
                         rgpt_error *err) {
    *out = NULL;
    if (rule_count == 0) return rg_fail(err, RGPT_INVALID, "lexer: no rules");
    rg_lexer *lexer = calloc(1, sizeof *lexer);
    if (!lexer) return rg_fail_memory(err, "lexer", sizeof *lexer);
    rgpt_status status = build(lexer, names, rules, rule_count, err);
    if (status != RGPT_OK) {
        rg_lexer_free(lexer);
        return status;
    }
    *out = lexer;
    return RGPT_OK;
}

void rg_lexer_free(rg_lexer *lexer) {
    if (!lexer) return;
    rg_nfa_reset(&lexer->nfa);
    rg_alphabet_reset(&lexer->alphabet);
    free(lexer->rules);
    free(lexer->work.list);
    free(lexer->work.stamps);
    free(lexer->work.stack);
    free(lexer->scratch);
    free(lexer->states);
    free(lexer->moves);
    free(lexer->slots);
    free(lexer->pool);
    free(lexer);
}
