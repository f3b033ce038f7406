#include "eval/meteor_align.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum { BEAM = 40, NONE = -1 };

/* A match taken by a path. */
typedef struct choice {
    int32_t match;
    int32_t before; /* the choice before, or NONE */
} choice;

/* An alignment of the reference's words up to `next`. */
typedef struct path {
    int64_t covered; /* words of both sides, as the search counts them */
    int64_t distance;
    int32_t chunks;        /* that have ended */
    int32_t next;          /* reference word after the last match or skipped word */
    int32_t candidate_end; /* candidate word after the last match; NONE right after a skipped word */
    int32_t choice;
    int32_t parent;    /* path of the step before: the same candidate words are in use ... */
    int32_t new_match; /* ... and those of this match, if it is not NONE */
} path;

struct rg_meteor_aligner {
    rg_meteor_matches matches;
    size_t candidate_count, reference_count; /* words of the pair at hand */
    int32_t *fixed;                          /* of each reference word: the match fixed at it, or NONE */
    size_t fixed_allocated;
    bool *is_taken; /* reference words under fixed matches */
    size_t taken_allocated;
    uint32_t *cover; /* how many matches cover each word; the candidate's words first */
    size_t cover_allocated;

    path paths[BEAM], next[BEAM]; /* best first */
    int path_count, next_count;
    uint64_t *used; /* a bit a candidate word, `stride` numbers a path; the paths', then the next ones' */
    size_t stride, used_allocated;
    choice *choices;
    size_t choice_count, choice_allocated;
};

rgpt_status rg_meteor_aligner_new(rg_meteor_aligner **out, rgpt_error *err) {
    *out = calloc(1, sizeof **out);
    return *out ? RGPT_OK : rg_fail_memory(err, "METEOR", sizeof **out);
}

void rg_meteor_aligner_free(rg_meteor_aligner *a) {
    if (!a) return;
    rg_meteor_matches_reset(&a->matches);
    free(a->fixed);
    free(a->is_taken);
    free(a->cover);
    free(a->used);
    free(a->choices);
    free(a);
}

/* ---------------------------------------------------------------- words in use */

static uint64_t *used_words(const rg_meteor_aligner *a, int number) {
    return a->used + (size_t)number * a->stride;
}

static bool is_free(const rg_meteor_aligner *a, int number, const rg_meteor_match *m) {
    const uint64_t *used = used_words(a, number);
    for (int32_t i = m->candidate; i < m->candidate + m->candidate_count; i++) {
        if (used[i / 64] >> (i % 64) & 1) return false;
    }
    for (int32_t j = m->reference; j < m->reference + m->reference_count; j++) {
        if (a->is_taken[j]) return false;
    }
    return true;
}

static void use_words(rg_meteor_aligner *a, int number, const rg_meteor_match *m) {
    uint64_t *used = used_words(a, number);
    for (int32_t i = m->candidate; i < m->candidate + m->candidate_count; i++) used[i / 64] |= (uint64_t)1 << i % 64;
}

/* ---------------------------------------------------------------- before the search */

static rgpt_status make_room(rg_meteor_aligner *a, rgpt_error *err) {
    size_t words = a->reference_count + 1, both = a->candidate_count + words;
    a->stride = a->candidate_count / 64 + 1;
    int32_t *fixed = rg_array_grow(a->fixed, &a->fixed_allocated, words, sizeof *fixed);
    if (fixed) a->fixed = fixed;
    bool *taken = rg_array_grow(a->is_taken, &a->taken_allocated, words, sizeof *taken);
    if (taken) a->is_taken = taken;
    uint32_t *cover = rg_array_grow(a->cover, &a->cover_allocated, both, sizeof *cover);
    if (cover) a->cover = cover;
    size_t bits = 2 * BEAM * a->stride;
    uint64_t *used = rg_array_grow(a->used, &a->used_allocated, bits, sizeof *used);
    if (used) a->used = used;
    if (!fixed || !taken || !cover || !used) return rg_fail_memory(err, "METEOR", bits * sizeof *used);

    for (size_t i = 0; i < words; i++) fixed[i] = NONE;
    memset(taken, 0, words * sizeof *taken);
    memset(cover, 0, both * sizeof *cover);
    memset(used, 0, bits * sizeof *used);
    return RGPT_OK;
}

/* Whether no other match covers a word of this one. */
static bool is_alone(const rg_meteor_aligner *a, const rg_meteor_match *m) {
    const uint32_t *candidate = a->cover, *reference = a->cover + a->candidate_count;
    for (int32_t i = 0; i < m->candidate_count; i++) {
        if (candidate[m->candidate + i] != 1) return false;
    }
    for (int32_t i = 0; i < m->reference_count; i++) {
        if (reference[m->reference + i] != 1) return false;
    }
    return true;
}

/* Fixes what needs no search, in the words of path 0. */
static void fix_matches(rg_meteor_aligner *a) {
    const rg_meteor_match *list = a->matches.list;
    for (size_t k = 0; k < a->matches.count; k++) {
        for (int32_t i = 0; i < list[k].candidate_count; i++) a->cover[list[k].candidate + i]++;
        for (int32_t i = 0; i < list[k].reference_count; i++) {
            a->cover[a->candidate_count + (size_t)(list[k].reference + i)]++;
        }
    }
    for (size_t k = 0; k < a->matches.count; k++) {
        if (!is_alone(a, &list[k])) continue;
        a->fixed[list[k].reference] = (int32_t)k;
        use_words(a, 0, &list[k]);
        for (int32_t i = 0; i < list[k].reference_count; i++) a->is_taken[list[k].reference + i] = true;
    }
}

/* ---------------------------------------------------------------- the search */

static bool is_better(const path *a, const path *b) {
    if (a->covered != b->covered) return a->covered > b->covered;
    if (a->chunks != b->chunks) return a->chunks < b->chunks;
    return a->distance < b->distance;
}

/* Puts a path among the next ones, behind those as good, if it is one of the best. */
static void offer(rg_meteor_aligner *a, const path *p) {
    int at = a->next_count;
    while (at > 0 && is_better(p, &a->next[at - 1])) at--;
    if (at == BEAM) return;
    if (a->next_count < BEAM) a->next_count++;
    memmove(&a->next[at + 1], &a->next[at], (size_t)(a->next_count - 1 - at) * sizeof *p);
    a->next[at] = *p;
}

/* Goes over a match that the path takes. */
static void advance(path *p, const rg_meteor_match *m) {
    bool is_exact = m->module == RG_METEOR_EXACT;
    p->covered += is_exact ? m->candidate_count + m->reference_count : m->candidate_count / 2 + m->reference_count / 2;
    if (p->candidate_end != NONE && m->candidate != p->candidate_end) p->chunks++;
    p->candidate_end = m->candidate + m->candidate_count;
    p->next = m->reference + m->reference_count;
}

static int32_t distance_of(const rg_meteor_match *m) {
    return abs(m->reference - m->candidate);
}

/* A word that a match fixed before the search covers: every path goes through it. */
static void follow_fixed(rg_meteor_aligner *a, path *p, const rg_meteor_match *m) {
    advance(p, m);
    p->distance += distance_of(m);
    offer(a, p);
}

/* Takes each match at a word, or none. */
static void branch(rg_meteor_aligner *a, path *p, int number, size_t word) {
    for (size_t k = a->matches.first[word]; k < a->matches.first[word + 1]; k++) {
        const rg_meteor_match *m = &a->matches.list[k];
        if (!is_free(a, number, m)) continue;
        path child = *p;
        advance(&child, m);
        child.new_match = (int32_t)k;
        offer(a, &child);
        p->distance += distance_of(m); /* METEOR charges it to the parent */
    }
    if (p->candidate_end != NONE) p->chunks++;
    p->candidate_end = NONE;
    p->next++;
    offer(a, p);
}

/* The next paths become the paths: each gets its used words and its choice. */
static rgpt_status turn(rg_meteor_aligner *a, rgpt_error *err) {
    size_t size = a->stride * sizeof *a->used;
    for (int i = 0; i < a->next_count; i++) {
        path *p = &a->next[i];
        memcpy(used_words(a, BEAM + i), used_words(a, p->parent), size);
        if (p->new_match == NONE) continue;
        use_words(a, BEAM + i, &a->matches.list[p->new_match]);
        choice *grown = rg_array_grow(a->choices, &a->choice_allocated, a->choice_count + 1, sizeof *grown);
        if (!grown) return rg_fail_memory(err, "METEOR", (a->choice_count + 1) * sizeof *grown);
        a->choices = grown;
        a->choices[a->choice_count] = (choice){p->new_match, p->choice};
        p->choice = (int32_t)a->choice_count++;
    }
    memcpy(a->used, used_words(a, BEAM), BEAM * size);
    memcpy(a->paths, a->next, sizeof a->paths);
    a->path_count = a->next_count;
    a->next_count = 0;
    return RGPT_OK;
}

static void step(rg_meteor_aligner *a, size_t word) {
    for (int i = 0; i < a->path_count; i++) {
        path p = a->paths[i];
        p.parent = i;
        p.new_match = NONE;
        if ((size_t)p.next > word) {
            offer(a, &p); /* inside a match */
        } else if (a->fixed[word] != NONE) {
            follow_fixed(a, &p, &a->matches.list[a->fixed[word]]);
        } else {
            branch(a, &p, i, word);
        }
    }
}

/* After the last word: ends the last chunks and sorts again. */
static void end_paths(rg_meteor_aligner *a) {
    for (int i = 0; i < a->path_count; i++) {
        path p = a->paths[i];
        if (p.candidate_end != NONE) p.chunks++;
        offer(a, &p);
    }
}

static rgpt_status search(rg_meteor_aligner *a, rgpt_error *err) {
    a->choice_count = 0;
    a->next_count = 0;
    a->path_count = 1;
    a->paths[0] = (path){.candidate_end = NONE, .choice = NONE};
    for (size_t word = 0; word < a->reference_count; word++) {
        step(a, word);
        rgpt_status status = turn(a, err);
        if (status != RGPT_OK) return status;
    }
    end_paths(a);
    return RGPT_OK;
}

/* ---------------------------------------------------------------- counting */

static void count_words(const rg_meteor_lexicon *lexicon, rg_caption caption, rg_meteor_side *side) {
    side->length = caption.count;
    for (size_t i = 0; i < caption.count; i++) side->function += lexicon->words[caption.words[i]].is_function;
}

static void count_matched(const rg_meteor_lexicon *lexicon, const int32_t *words, int32_t count, int32_t module,
                          rg_meteor_side *side) {
    for (int32_t i = 0; i < count; i++) {
        bool is_function = lexicon->words[words[i]].is_function;
        side->content_matched[module] += !is_function;
        side->function_matched[module] += is_function;
    }
    side->matched += (uint64_t)count;
}

static void count_match(const rg_meteor_lexicon *lexicon, rg_caption candidate, rg_caption reference,
                        const rg_meteor_match *m, rg_meteor_stats *out) {
    count_matched(lexicon, candidate.words + m->candidate, m->candidate_count, m->module, &out->candidate);
    count_matched(lexicon, reference.words + m->reference, m->reference_count, m->module, &out->reference);
}

rgpt_status rg_meteor_align(rg_meteor_aligner *a, const rg_meteor_lexicon *lexicon, rg_caption candidate,
                            rg_caption reference, rg_meteor_stats *out, rgpt_error *err) {
    *out = (rg_meteor_stats){0};
    a->candidate_count = candidate.count;
    a->reference_count = reference.count;
    rgpt_status status = rg_meteor_matches_find(&a->matches, lexicon, candidate, reference, err);
    if (status == RGPT_OK) status = make_room(a, err);
    if (status != RGPT_OK) return status;
    fix_matches(a);
    status = search(a, err);
    if (status != RGPT_OK) return status;

    count_words(lexicon, candidate, &out->candidate);
    count_words(lexicon, reference, &out->reference);
    const rg_meteor_match *list = a->matches.list;
    for (size_t word = 0; word < reference.count; word++) {
        if (a->fixed[word] != NONE) count_match(lexicon, candidate, reference, &list[a->fixed[word]], out);
    }
    for (int32_t c = a->next[0].choice; c != NONE; c = a->choices[c].before) {
        count_match(lexicon, candidate, reference, &list[a->choices[c].match], out);
    }
    out->chunks = (uint64_t)a->next[0].chunks;
    return RGPT_OK;
}
