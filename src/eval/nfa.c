#include "eval/nfa.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "text/utf8.h"

enum {
    MAX_DEPTH = 40, /* of groups and names inside each other; also stops a name that names itself */
    NODE_LIMIT = 1 << 20,
};

/* A walk over one pattern's text. `depth` counts through the names it stands in. */
typedef struct parser {
    rg_nfa *nfa;
    const rg_pattern_names *names;
    const char *pattern;
    size_t at;
    int depth;
    bool ignore_case;
    rgpt_error *err;
} parser;

static rgpt_status parse_choice(parser *p, rg_nfa_part *out);

static rgpt_status malformed(const parser *p, const char *wanted) {
    return rg_fail(p->err, RGPT_INVALID, "pattern '%s': at byte %zu, wanted %s", p->pattern, p->at, wanted);
}

/* ---------------------------------------------------------------- the automaton grows */

rgpt_status rg_nfa_add_node(rg_nfa *nfa, rg_nfa_node node, int *out, rgpt_error *err) {
    if (nfa->node_count == NODE_LIMIT) return rg_fail(err, RGPT_LIMIT, "pattern: over %d states", NODE_LIMIT);
    size_t wanted = (size_t)nfa->node_count + 1;
    rg_nfa_node *grown = rg_array_grow(nfa->nodes, &nfa->node_allocated, wanted, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "pattern", wanted * sizeof *grown);
    nfa->nodes = grown;
    nfa->nodes[nfa->node_count] = node;
    *out = nfa->node_count++;
    return RGPT_OK;
}

static rgpt_status add_fork(parser *p, int first, int second, int *out) {
    rg_nfa_node fork = {.kind = RG_NFA_FORK, .next = {first, second}};
    return rg_nfa_add_node(p->nfa, fork, out, p->err);
}

static bool same_set(const rg_charset *a, const rg_charset *b) {
    return a->count == b->count && (a->count == 0 || memcmp(a->ranges, b->ranges, a->count * sizeof *a->ranges) == 0);
}

/* Takes over `set`, also on failure. */
static rgpt_status keep_set(parser *p, rg_charset *set, int *out) {
    rg_nfa *nfa = p->nfa;
    for (int i = 0; i < nfa->set_count; i++) {
        if (!same_set(&nfa->sets[i], set)) continue;
        rg_charset_reset(set);
        *out = i;
        return RGPT_OK;
    }
    size_t wanted = (size_t)nfa->set_count + 1;
    rg_charset *grown = rg_array_grow(nfa->sets, &nfa->set_allocated, wanted, sizeof *grown);
    if (!grown) {
        rg_charset_reset(set);
        return rg_fail_memory(p->err, "pattern", wanted * sizeof *grown);
    }
    nfa->sets = grown;
    nfa->sets[nfa->set_count] = *set;
    *out = nfa->set_count++;
    return RGPT_OK;
}

/* A part that reads one code point of `set`, which it takes over. */
static rgpt_status add_read(parser *p, rg_charset *set, rg_nfa_part *out) {
    rg_charset_sort(set);
    rgpt_status status = p->ignore_case ? rg_charset_ignore_ascii_case(set, p->err) : RGPT_OK;
    if (status != RGPT_OK) {
        rg_charset_reset(set);
        return status;
    }
    rg_nfa_node read = {.kind = RG_NFA_READ, .next = {-1, -1}};
    status = keep_set(p, set, &read.value);
    if (status == RGPT_OK) status = add_fork(p, -1, -1, &out->exit);
    read.next[0] = out->exit;
    if (status == RGPT_OK) status = rg_nfa_add_node(p->nfa, read, &out->entry, p->err);
    return status;
}

static rgpt_status add_nothing(parser *p, rg_nfa_part *out) {
    rgpt_status status = add_fork(p, -1, -1, &out->entry);
    out->exit = out->entry;
    return status;
}

static void append(parser *p, rg_nfa_part *first, rg_nfa_part second) {
    p->nfa->nodes[first->exit].next[0] = second.entry;
    first->exit = second.exit;
}

/* ---------------------------------------------------------------- the parts of a pattern */

static const rg_pattern_name *find_name(parser *p) {
    const char *name = p->pattern + p->at + 1;
    size_t size = strcspn(name, "}");
    if (name[size] != '}') return NULL;
    for (size_t i = 0; i < p->names->count; i++) {
        const char *known = p->names->list[i].name;
        if (strlen(known) != size || memcmp(known, name, size) != 0) continue;
        p->at += size + 2;
        return &p->names->list[i];
    }
    return NULL;
}

static rgpt_status add_ranges(parser *p, rg_charset *set, const rg_pattern_name *name) {
    for (const rg_code_range *r = name->ranges; r->last != 0; r++) {
        rgpt_status status = rg_charset_add(set, r->first, r->last, p->err);
        if (status != RGPT_OK) return status;
    }
    return RGPT_OK;
}

static rgpt_status parse_name(parser *p, rg_nfa_part *out) {
    const rg_pattern_name *name = find_name(p);
    if (!name) return malformed(p, "a known {name}");
    if (!name->pattern) {
        rg_charset set = {0};
        rgpt_status status = add_ranges(p, &set, name);
        if (status == RGPT_OK) return add_read(p, &set, out);
        rg_charset_reset(&set);
        return status;
    }
    parser inner = *p;
    inner.pattern = name->pattern;
    inner.at = 0;
    inner.depth++;
    rgpt_status status = parse_choice(&inner, out);
    if (status == RGPT_OK && inner.pattern[inner.at]) status = malformed(&inner, "the end");
    return status;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static uint32_t hex_value(char c) {
    if (is_digit(c)) return (uint32_t)(c - '0');
    return c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10) : 16;
}

/* One character, perhaps after a backslash. */
static rgpt_status take_code(parser *p, uint32_t *code) {
    const char *from = p->pattern + p->at;
    if (from[0] == '\\' && from[1] == 'x' && hex_value(from[2]) < 16 && hex_value(from[3]) < 16) {
        p->at += 4;
        *code = hex_value(from[2]) * 16 + hex_value(from[3]);
        return RGPT_OK;
    }
    if (from[0] == '\\') p->at++;
    size_t size = rg_utf8_decode(p->pattern + p->at, strlen(p->pattern + p->at), code);
    p->at += size;
    return size > 0 ? RGPT_OK : malformed(p, "a character");
}

/* What stands between brackets; p->at is behind the opening one (and its ^). */
static rgpt_status parse_set_items(parser *p, rg_charset *set) {
    rgpt_status status = RGPT_OK;
    while (status == RGPT_OK && p->pattern[p->at] != ']') {
        if (!p->pattern[p->at]) return malformed(p, "]");
        if (p->pattern[p->at] == '{') {
            const rg_pattern_name *name = find_name(p);
            if (!name || name->pattern) return malformed(p, "a known {set}");
            status = add_ranges(p, set, name);
            continue;
        }
        uint32_t first = 0, last;
        status = take_code(p, &first);
        last = first;
        if (status == RGPT_OK && p->pattern[p->at] == '-' && p->pattern[p->at + 1] != ']') {
            p->at++;
            status = take_code(p, &last);
        }
        if (status == RGPT_OK && last < first) status = malformed(p, "a range that does not go backwards");
        if (status == RGPT_OK) status = rg_charset_add(set, first, last, p->err);
    }
    p->at++;
    return status;
}

static rgpt_status parse_set(parser *p, rg_nfa_part *out) {
    p->at++;
    bool is_complement = p->pattern[p->at] == '^';
    if (is_complement) p->at++;
    rg_charset set = {0};
    rgpt_status status = parse_set_items(p, &set);
    rg_charset_sort(&set);
    if (status == RGPT_OK && is_complement) status = rg_charset_complement(&set, p->err);
    if (status == RGPT_OK) return add_read(p, &set, out);
    rg_charset_reset(&set);
    return status;
}

static rgpt_status parse_group(parser *p, rg_nfa_part *out) {
    bool outer = p->ignore_case;
    if (p->pattern[p->at] == '~') {
        p->ignore_case = true;
        p->at++;
    }
    if (p->pattern[p->at] != '(') return malformed(p, "(");
    p->at++;
    p->depth++;
    rgpt_status status = parse_choice(p, out);
    if (status == RGPT_OK && p->pattern[p->at] != ')') status = malformed(p, ")");
    p->at++;
    p->depth--;
    p->ignore_case = outer;
    return status;
}

static rgpt_status parse_atom(parser *p, rg_nfa_part *out) {
    rg_charset set = {0};
    uint32_t first = 0, last = RG_LAST_CODE_POINT;
    rgpt_status status = RGPT_OK;
    switch (p->pattern[p->at]) {
    case '(':
    case '~':
        return parse_group(p, out);
    case '[':
        return parse_set(p, out);
    case '{':
        return parse_name(p, out);
    case '*':
    case '+':
    case '?':
        return malformed(p, "something to repeat");
    case '.':
        p->at++;
        break;
    default:
        status = take_code(p, &first);
        last = first;
    }
    if (status == RGPT_OK) status = rg_charset_add(&set, first, last, p->err);
    return status == RGPT_OK ? add_read(p, &set, out) : status;
}

/* ---------------------------------------------------------------- repetition, sequence, choice */

/* Between how many times, at most 9; most = 0 is without end. */
static rgpt_status parse_counts(parser *p, int *least, int *most) {
    *least = *most = 1;
    const char *sign = p->pattern + p->at;
    if (*sign == '*' || *sign == '+' || *sign == '?') {
        *least = *sign == '+';
        *most = *sign == '?';
        p->at++;
    } else if (sign[0] == '{' && is_digit(sign[1])) {
        bool is_well_formed = sign[2] == ',' && is_digit(sign[3]) && sign[4] == '}';
        if (!is_well_formed || sign[3] < sign[1] || sign[3] == '0') return malformed(p, "{least,most}");
        *least = sign[1] - '0';
        *most = sign[3] - '0';
        p->at += 5;
    }
    return RGPT_OK;
}

/* `part` any number of times, at least once. */
static rgpt_status loop(parser *p, rg_nfa_part *part) {
    int fork = -1;
    rgpt_status status = add_fork(p, -1, part->entry, &fork);
    if (status != RGPT_OK) return status;
    p->nfa->nodes[part->exit].next[0] = fork;
    part->exit = fork;
    return RGPT_OK;
}

/* A way around `part`. */
static rgpt_status make_optional(parser *p, rg_nfa_part *part) {
    rg_nfa_part whole = {-1, -1};
    rgpt_status status = add_fork(p, -1, -1, &whole.exit);
    if (status == RGPT_OK) status = add_fork(p, part->entry, whole.exit, &whole.entry);
    if (status != RGPT_OK) return status;
    p->nfa->nodes[part->exit].next[0] = whole.exit;
    *part = whole;
    return RGPT_OK;
}

/* Copies are made by reading the same text again. */
static rgpt_status parse_repeated(parser *p, rg_nfa_part *out) {
    size_t from = p->at;
    int least, most;
    rgpt_status status = parse_atom(p, out);
    if (status == RGPT_OK) status = parse_counts(p, &least, &most);
    if (status != RGPT_OK) return status;
    size_t behind = p->at;

    if (most == 0) status = loop(p, out);
    if (status == RGPT_OK && least == 0) status = make_optional(p, out);
    for (int copy = 2; copy <= most && status == RGPT_OK; copy++) {
        rg_nfa_part again;
        p->at = from;
        status = parse_atom(p, &again);
        if (status == RGPT_OK && copy > least) status = make_optional(p, &again);
        if (status == RGPT_OK) append(p, out, again);
    }
    p->at = behind;
    return status;
}

static rgpt_status parse_sequence(parser *p, rg_nfa_part *out) {
    rgpt_status status = add_nothing(p, out);
    while (status == RGPT_OK && p->pattern[p->at] && p->pattern[p->at] != '|' && p->pattern[p->at] != ')') {
        rg_nfa_part next;
        status = parse_repeated(p, &next);
        if (status == RGPT_OK) append(p, out, next);
    }
    return status;
}

static rgpt_status parse_choice(parser *p, rg_nfa_part *out) {
    if (p->depth > MAX_DEPTH) return malformed(p, "fewer groups and names inside each other");
    rgpt_status status = parse_sequence(p, out);
    while (status == RGPT_OK && p->pattern[p->at] == '|') {
        p->at++;
        rg_nfa_part other;
        rg_nfa_part both;
        status = parse_sequence(p, &other);
        if (status == RGPT_OK) status = add_fork(p, out->entry, other.entry, &both.entry);
        if (status == RGPT_OK) status = add_fork(p, -1, -1, &both.exit);
        if (status != RGPT_OK) return status;
        p->nfa->nodes[out->exit].next[0] = both.exit;
        p->nfa->nodes[other.exit].next[0] = both.exit;
        *out = both;
    }
    return status;
}

rgpt_status rg_nfa_add(rg_nfa *nfa, const rg_pattern_names *names, const char *pattern, rg_nfa_part *out,
                       rgpt_error *err) {
    parser p = {.nfa = nfa, .names = names, .pattern = pattern, .err = err};
    rgpt_status status = parse_choice(&p, out);
    if (status == RGPT_OK && pattern[p.at]) status = malformed(&p, "the end");
    return status;
}

void rg_nfa_reset(rg_nfa *nfa) {
    for (int i = 0; i < nfa->set_count; i++) rg_charset_reset(&nfa->sets[i]);
    free(nfa->sets);
    free(nfa->nodes);
    *nfa = (rg_nfa){0};
}
