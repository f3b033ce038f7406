#include "eval/meteor_match.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* Everything about the pair at hand. */
typedef struct finder {
    rg_meteor_matches *matches;
    const rg_meteor_lexicon *lexicon;
    rg_caption candidate, reference;
    rgpt_error *err;
} finder;

static rgpt_status add(finder *f, rg_meteor_match match) {
    rg_meteor_matches *m = f->matches;
    if (m->count == RG_METEOR_MATCH_LIMIT) {
        return rg_fail(f->err, RGPT_LIMIT, "METEOR: captions of %zu and %zu words: over %d pairs of words that match",
                       f->candidate.count, f->reference.count, RG_METEOR_MATCH_LIMIT);
    }
    rg_meteor_match *grown = rg_array_grow(m->found, &m->found_allocated, m->count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(f->err, "METEOR", (m->count + 1) * sizeof *grown);
    m->found = grown;
    m->found[m->count++] = match;
    return RGPT_OK;
}

/* ---------------------------------------------------------------- single words */

typedef bool (*word_fn)(const rg_meteor_lexicon *lexicon, const rg_meteor_word *a, const rg_meteor_word *b);

static bool is_equal(const rg_meteor_lexicon *lexicon, const rg_meteor_word *a, const rg_meteor_word *b) {
    (void)lexicon;
    return a->hash == b->hash;
}

static bool has_equal_stem(const rg_meteor_lexicon *lexicon, const rg_meteor_word *a, const rg_meteor_word *b) {
    (void)lexicon;
    return a->stem == b->stem && a->hash != b->hash;
}

static bool shares_set(const rg_meteor_lexicon *lexicon, const rg_meteor_word *a, const rg_meteor_word *b) {
    if (a->hash == b->hash || a->set_count == 0 || b->set_count == 0) return false;
    const int32_t *x = lexicon->sets + a->first_set, *x_end = x + a->set_count;
    const int32_t *y = lexicon->sets + b->first_set, *y_end = y + b->set_count;
    while (x < x_end && y < y_end) {
        if (*x == *y) return true;
        if (*x < *y) {
            x++;
        } else {
            y++;
        }
    }
    return false;
}

static rgpt_status match_words(finder *f, int32_t module, word_fn fits) {
    const rg_meteor_word *words = f->lexicon->words;
    for (size_t j = 0; j < f->reference.count; j++) {
        for (size_t i = 0; i < f->candidate.count; i++) {
            if (!fits(f->lexicon, &words[f->candidate.words[i]], &words[f->reference.words[j]])) continue;
            rgpt_status status = add(f, (rg_meteor_match){(int32_t)i, 1, (int32_t)j, 1, module});
            if (status != RGPT_OK) return status;
        }
    }
    return RGPT_OK;
}

/* ---------------------------------------------------------------- paraphrases */

static bool occurs_at(rg_caption text, size_t at, rg_caption phrase) {
    return at + phrase.count <= text.count &&
           memcmp(text.words + at, phrase.words, phrase.count * sizeof *phrase.words) == 0;
}

/* Matches the phrase of text `from` at `start` with every place of `to` where the paraphrase stands. */
static rgpt_status match_paraphrase(finder *f, bool from_reference, rg_caption to, size_t start, size_t length,
                                    rg_caption paraphrase) {
    for (size_t at = 0; at + paraphrase.count <= to.count; at++) {
        if (!occurs_at(to, at, paraphrase)) continue;
        rg_meteor_match m = {(int32_t)at, (int32_t)paraphrase.count, (int32_t)start, (int32_t)length,
                             RG_METEOR_PARAPHRASE};
        if (!from_reference) {
            m = (rg_meteor_match){(int32_t)start, (int32_t)length, (int32_t)at, (int32_t)paraphrase.count,
                                  RG_METEOR_PARAPHRASE};
        }
        rgpt_status status = add(f, m);
        if (status != RGPT_OK) return status;
    }
    return RGPT_OK;
}

/* Looks up all phrases of one text, from left to right, short ones first. */
static rgpt_status match_phrases(finder *f, bool from_reference) {
    const rg_paraphrases *table = f->lexicon->paraphrases;
    rg_caption from = from_reference ? f->reference : f->candidate;
    rg_caption to = from_reference ? f->candidate : f->reference;
    size_t longest = rg_paraphrases_longest(table);
    rgpt_status status = RGPT_OK;
    for (size_t start = 0; start < from.count; start++) {
        for (size_t length = 1; length <= longest && start + length <= from.count; length++) {
            const uint32_t *numbers = NULL;
            size_t count = rg_paraphrases_find(table, (rg_caption){from.words + start, length}, &numbers);
            for (size_t k = 0; k < count && status == RGPT_OK; k++) {
                status = match_paraphrase(f, from_reference, to, start, length, rg_paraphrases_get(table, numbers[k]));
            }
        }
    }
    return status;
}

/* ---------------------------------------------------------------- together */

/* Sorts the matches by reference word, keeping their order. */
static rgpt_status sort_matches(finder *f) {
    rg_meteor_matches *m = f->matches;
    size_t words = f->reference.count;
    rg_meteor_match *list = rg_array_grow(m->list, &m->allocated, m->count + 1, sizeof *list);
    if (list) m->list = list;
    size_t *first = rg_array_grow(m->first, &m->first_allocated, words + 2, sizeof *first);
    if (first) m->first = first;
    if (!list || !first) return rg_fail_memory(f->err, "METEOR", (m->count + 1) * sizeof *list);
    memset(first, 0, (words + 2) * sizeof *first);
    for (size_t i = 0; i < m->count; i++) first[m->found[i].reference + 2]++;
    for (size_t j = 2; j < words + 2; j++) first[j] += first[j - 1];
    /* first[j + 1] is now where word j's matches start; placing them moves it to where they end */
    for (size_t i = 0; i < m->count; i++) list[first[m->found[i].reference + 1]++] = m->found[i];
    return RGPT_OK;
}

static bool are_equal(const finder *f) {
    const rg_meteor_word *words = f->lexicon->words;
    bool equal = f->candidate.count == f->reference.count;
    for (size_t i = 0; i < f->candidate.count && equal; i++) {
        equal = words[f->candidate.words[i]].hash == words[f->reference.words[i]].hash;
    }
    return equal;
}

rgpt_status rg_meteor_matches_find(rg_meteor_matches *matches, const rg_meteor_lexicon *lexicon, rg_caption candidate,
                                   rg_caption reference, rgpt_error *err) {
    finder f = {matches, lexicon, candidate, reference, err};
    matches->count = 0;
    rgpt_status status = match_words(&f, RG_METEOR_EXACT, is_equal);
    if (status == RGPT_OK && !are_equal(&f)) {
        if (lexicon->has_module[RG_METEOR_STEM]) status = match_words(&f, RG_METEOR_STEM, has_equal_stem);
        if (status == RGPT_OK && lexicon->has_module[RG_METEOR_SYNONYM]) {
            status = match_words(&f, RG_METEOR_SYNONYM, shares_set);
        }
        if (status == RGPT_OK && lexicon->paraphrases) status = match_phrases(&f, true);
        if (status == RGPT_OK && lexicon->paraphrases) status = match_phrases(&f, false);
    }
    return status == RGPT_OK ? sort_matches(&f) : status;
}

void rg_meteor_matches_reset(rg_meteor_matches *m) {
    free(m->list);
    free(m->first);
    free(m->found);
    *m = (rg_meteor_matches){0};
}
