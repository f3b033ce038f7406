#include "eval/meteor_synonym.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "eval/words.h"

enum { FILE_LIMIT = 1 << 28, WORD_LIMIT = 1000 /* bytes in a word; longer ones have no base form */ };

typedef struct irregular {
    int32_t form, base; /* words */
} irregular;

/* The sets of one word: a part of rg_synonyms.sets. */
typedef struct set_list {
    size_t first, count;
} set_list;

struct rg_synonyms {
    rg_words *words;
    rg_ids sets;
    set_list *lists; /* a word each */
    size_t list_count, list_allocated;
    irregular *irregulars; /* sorted by form */
    size_t irregular_count, irregular_allocated;
};

/* ---------------------------------------------------------------- reading */

/* A file of pairs of lines. */
typedef struct pair_reader {
    const char *path;
    char *text;
    size_t size, at, line;
} pair_reader;

static rgpt_status malformed(const pair_reader *r, const char *wanted, rgpt_error *err) {
    return rg_fail(err, RGPT_FORMAT, "%s: line %zu: wanted %s", r->path, r->line, wanted);
}

/* The next line without its end; false when there is none. */
static bool next_line(pair_reader *r, const char **line, size_t *size) {
    if (r->at >= r->size) return false;
    *line = r->text + r->at;
    const char *end = memchr(*line, '\n', r->size - r->at);
    *size = end ? (size_t)(end - *line) : r->size - r->at;
    r->at += *size + 1;
    r->line++;
    return true;
}

/* The next word of a line; false at its end. */
static bool next_word(const char **line, size_t *left, const char **word, size_t *size) {
    while (*left > 0 && **line == ' ') ++*line, --*left;
    const char *end = memchr(*line, ' ', *left);
    *word = *line;
    *size = end ? (size_t)(end - *line) : *left;
    *line += *size;
    *left -= *size;
    return *size > 0;
}

/* What is done with a pair: the word of its first line, the whole second line. */
typedef rgpt_status (*pair_fn)(rg_synonyms *s, const pair_reader *r, int32_t word, const char *line, size_t size,
                               rgpt_error *err);

static rgpt_status read_pairs(rg_synonyms *s, pair_reader *r, pair_fn take, rgpt_error *err) {
    const char *line;
    size_t size;
    rgpt_status status = RGPT_OK;
    while (status == RGPT_OK && next_line(r, &line, &size)) {
        int32_t word = 0;
        if (size == 0) return malformed(r, "a word", err);
        status = rg_words_find(s->words, line, size, &word, err);
        if (status == RGPT_OK && !next_line(r, &line, &size)) return malformed(r, "a second line of the pair", err);
        if (status == RGPT_OK) status = take(s, r, word, line, size, err);
    }
    return status;
}

static rgpt_status read_file(rg_synonyms *s, const char *folder, const char *name, pair_fn take, rgpt_error *err) {
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) < 0) return rg_fail_memory(err, "synonyms", strlen(folder));
    pair_reader r = {.path = path};
    rgpt_status status = rg_file_read(path, FILE_LIMIT, &r.text, &r.size, err);
    if (status == RGPT_OK) status = read_pairs(s, &r, take, err);
    free(r.text);
    free(path);
    return status;
}

static rgpt_status parse_number(const pair_reader *r, const char *text, size_t size, int32_t *out, rgpt_error *err) {
    int64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9' || value > INT32_MAX / 10) return malformed(r, "numbers of sets", err);
        value = value * 10 + (text[i] - '0');
    }
    if (value > INT32_MAX) return malformed(r, "numbers of sets below 2^31", err);
    *out = (int32_t)value;
    return RGPT_OK;
}

static int by_number(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Sorts ids[from..] and drops repetitions. */
static void sort_unique(rg_ids *ids, size_t from) {
    if (ids->count - from < 2) return;
    qsort(ids->data + from, ids->count - from, sizeof *ids->data, by_number);
    size_t kept = from;
    for (size_t i = from + 1; i < ids->count; i++) {
        if (ids->data[i] != ids->data[kept]) ids->data[++kept] = ids->data[i];
    }
    ids->count = kept + 1;
}

static rgpt_status take_sets(rg_synonyms *s, const pair_reader *r, int32_t word, const char *line, size_t size,
                             rgpt_error *err) {
    set_list list = {.first = s->sets.count};
    const char *text;
    size_t text_size;
    while (next_word(&line, &size, &text, &text_size)) {
        int32_t set = 0;
        rgpt_status status = parse_number(r, text, text_size, &set, err);
        if (status == RGPT_OK) status = rg_ids_append(&s->sets, set, err);
        if (status != RGPT_OK) return status;
    }
    sort_unique(&s->sets, list.first);
    list.count = s->sets.count - list.first;

    set_list *grown = rg_array_grow(s->lists, &s->list_allocated, (size_t)word + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "synonyms", ((size_t)word + 1) * sizeof *grown);
    s->lists = grown;
    while (s->list_count <= (size_t)word) s->lists[s->list_count++] = (set_list){0};
    s->lists[word] = list;
    return RGPT_OK;
}

static rgpt_status take_forms(rg_synonyms *s, const pair_reader *r, int32_t word, const char *line, size_t size,
                              rgpt_error *err) {
    (void)r;
    const char *text;
    size_t text_size;
    while (next_word(&line, &size, &text, &text_size)) {
        size_t wanted = s->irregular_count + 1;
        irregular *grown = rg_array_grow(s->irregulars, &s->irregular_allocated, wanted, sizeof *grown);
        if (!grown) return rg_fail_memory(err, "synonyms", wanted * sizeof *grown);
        s->irregulars = grown;
        irregular *added = &grown[s->irregular_count];
        added->base = word;
        rgpt_status status = rg_words_find(s->words, text, text_size, &added->form, err);
        if (status != RGPT_OK) return status;
        s->irregular_count++;
    }
    return RGPT_OK;
}

static int by_form(const void *a, const void *b) {
    const irregular *x = a, *y = b;
    return (x->form > y->form) - (x->form < y->form);
}

rgpt_status rg_synonyms_open(const char *folder, rg_synonyms **out, rgpt_error *err) {
    *out = NULL;
    rg_synonyms *s = calloc(1, sizeof *s);
    if (!s) return rg_fail_memory(err, "synonyms", sizeof *s);
    s->sets.cap = FILE_LIMIT;
    rgpt_status status = rg_words_new(&s->words, err);
    if (status == RGPT_OK) status = read_file(s, folder, "english.synsets", take_sets, err);
    if (status == RGPT_OK) status = read_file(s, folder, "english.exceptions", take_forms, err);
    if (status != RGPT_OK) {
        rg_synonyms_close(s);
        return status;
    }
    if (s->irregular_count > 0) qsort(s->irregulars, s->irregular_count, sizeof *s->irregulars, by_form);
    *out = s;
    return RGPT_OK;
}

void rg_synonyms_close(rg_synonyms *s) {
    if (!s) return;
    rg_words_free(s->words);
    rg_ids_reset(&s->sets);
    free(s->lists);
    free(s->irregulars);
    free(s);
}

/* ---------------------------------------------------------------- finding */

static rgpt_status append_sets(const rg_synonyms *s, int32_t word, rg_ids *sets, rgpt_error *err) {
    if ((size_t)word >= s->list_count) return RGPT_OK; /* named by the exceptions only */
    const set_list *list = &s->lists[word];
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < list->count && status == RGPT_OK; i++) {
        status = rg_ids_append(sets, s->sets.data[list->first + i], err);
    }
    return status;
}

static size_t first_irregular(const rg_synonyms *s, int32_t form) {
    size_t low = 0, high = s->irregular_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->irregulars[middle].form < form) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_irregular(const rg_synonyms *s, size_t i, int32_t form) {
    return i < s->irregular_count && s->irregulars[i].form == form;
}

/* Morphy's rules of detachment (WordNet's morphology), nouns before verbs before adjectives. */
static bool find_base(const rg_synonyms *s, const char *word, size_t size, int32_t *base) {
    static const struct {
        const char *from, *to;
    } rules[] = {{"s", ""},      {"ses", "s"}, {"xes", "x"}, {"zes", "z"}, {"ches", "ch"}, {"shes", "sh"},
                 {"men", "man"}, {"ies", "y"}, {"es", "e"},  {"es", ""},   {"ed", "e"},    {"ed", ""},
                 {"ing", "e"},   {"ing", ""},  {"er", ""},   {"est", ""},  {"er", "e"},    {"est", "e"}};
    char text[WORD_LIMIT + 4];
    if (size <= 2 || size > WORD_LIMIT || memcmp(word + size - 2, "ss", 2) == 0) return false;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        size_t from = strlen(rules[i].from), to = strlen(rules[i].to);
        if (from > size || memcmp(word + size - from, rules[i].from, from) != 0) continue;
        memcpy(text, word, size - from);
        memcpy(text + size - from, rules[i].to, to);
        if (rg_words_lookup(s->words, text, size - from + to, base) && (size_t)*base < s->list_count &&
            s->lists[*base].count > 0) {
            return true;
        }
    }
    return false;
}

rgpt_status rg_synonyms_find(const rg_synonyms *s, const char *word, size_t size, rg_ids *sets, rgpt_error *err) {
    size_t start = sets->count;
    int32_t id = -1, base = -1;
    bool is_known = rg_words_lookup(s->words, word, size, &id);
    rgpt_status status = is_known ? append_sets(s, id, sets, err) : RGPT_OK;
    size_t i = is_known ? first_irregular(s, id) : s->irregular_count;
    if (is_irregular(s, i, id)) {
        for (; is_irregular(s, i, id) && status == RGPT_OK; i++)
            status = append_sets(s, s->irregulars[i].base, sets, err);
    } else if (status == RGPT_OK && find_base(s, word, size, &base)) {
        status = append_sets(s, base, sets, err);
    }
    sort_unique(sets, start);
    return status;
}
