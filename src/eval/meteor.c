#include "eval/meteor.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "eval/java_hash.h"
#include "eval/meteor_align.h"
#include "eval/meteor_norm.h"
#include "eval/meteor_synonym.h"
#include "eval/stemmer.h"
#include "eval/words.h"

enum { LIST_LIMIT = 1 << 20 }; /* bytes of the list of function words */

struct rg_meteor {
    bool has_module[RG_METEOR_MODULE_COUNT];
    char *paraphrases; /* path, or NULL */
    rg_meteor_norm *norm;
    rg_synonyms *synonyms; /* NULL without the module */
    rg_stemmer *stemmer;   /* NULL without the module */
    rg_ids function_words; /* hashes, sorted */

    rg_words *words;       /* of all captions ... */
    rg_meteor_word *known; /* ... and what the modules know of each */
    size_t known_count, known_allocated;
    rg_ids sets;

    rg_ids ids; /* words of the captions, one after another */
    size_t *ends;
    size_t caption_count, end_allocated;
    rg_buffer line; /* scratch: a caption normalised */
};

/* ---------------------------------------------------------------- begin */

static int by_value(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static rgpt_status read_function_words(rg_meteor *m, const char *path, rgpt_error *err) {
    char *list = NULL;
    size_t size = 0;
    rgpt_status status = rg_file_read(path, LIST_LIMIT, &list, &size, err);
    if (status == RGPT_OK) status = rg_utf8_check(path, list, size, err);
    for (size_t at = 0, length; at < size && status == RGPT_OK; at += length + 1) {
        length = strcspn(list + at, "\r\n");
        if (length > 0) status = rg_ids_append(&m->function_words, rg_java_hash(list + at, length), err);
    }
    free(list);
    if (m->function_words.count > 0) qsort(m->function_words.data, m->function_words.count, sizeof(int32_t), by_value);
    return status;
}

typedef rgpt_status (*open_fn)(rg_meteor *m, const char *path, rgpt_error *err);

static rgpt_status open_norm(rg_meteor *m, const char *path, rgpt_error *err) {
    return rg_meteor_norm_open(path, &m->norm, err);
}

static rgpt_status open_synonyms(rg_meteor *m, const char *path, rgpt_error *err) {
    return rg_synonyms_open(path, &m->synonyms, err);
}

static rgpt_status open_part(rg_meteor *m, const char *folder, const char *name, open_fn open, rgpt_error *err) {
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) < 0) return rg_fail_memory(err, "METEOR", strlen(folder));
    rgpt_status status = open(m, path, err);
    free(path);
    return status;
}

static rgpt_status open_data(rg_meteor *m, const rg_meteor_options *options, rgpt_error *err) {
    rgpt_status status = open_part(m, options->data, "function/english.words", read_function_words, err);
    if (status == RGPT_OK) status = open_part(m, options->data, "nonbreaking/english.prefixes", open_norm, err);
    if (status == RGPT_OK && m->has_module[RG_METEOR_SYNONYM]) {
        status = open_part(m, options->data, "synonym", open_synonyms, err);
    }
    return status == RGPT_OK ? RGPT_OK : rg_fail_within(err, status, "METEOR data");
}

rgpt_status rg_meteor_open(const rg_meteor_options *options, rg_meteor **out, rgpt_error *err) {
    *out = NULL;
    rg_meteor *m = calloc(1, sizeof *m);
    if (!m) return rg_fail_memory(err, "METEOR", sizeof *m);
    memcpy(m->has_module, options->has_module, sizeof m->has_module);
    m->function_words.cap = m->sets.cap = m->ids.cap = SIZE_MAX / 64;
    m->line.cap = SIZE_MAX / 64;
    rgpt_status status = open_data(m, options, err);
    if (status == RGPT_OK) status = rg_words_new(&m->words, err);
    if (status == RGPT_OK && m->has_module[RG_METEOR_STEM]) status = rg_stemmer_new(&m->stemmer, err);
    if (status == RGPT_OK && options->paraphrases) {
        m->paraphrases = strdup(options->paraphrases);
        if (!m->paraphrases) status = rg_fail_memory(err, "METEOR", strlen(options->paraphrases));
    }
    if (status != RGPT_OK) {
        rg_meteor_close(m);
        return status;
    }
    *out = m;
    return RGPT_OK;
}

void rg_meteor_close(rg_meteor *m) {
    if (!m) return;
    free(m->paraphrases);
    rg_meteor_norm_close(m->norm);
    rg_synonyms_close(m->synonyms);
    rg_stemmer_free(m->stemmer);
    rg_ids_reset(&m->function_words);
    rg_words_free(m->words);
    free(m->known);
    rg_ids_reset(&m->sets);
    rg_ids_reset(&m->ids);
    free(m->ends);
    rg_buffer_reset(&m->line);
    free(m);
}

/* ---------------------------------------------------------------- add */

static rgpt_status stem(rg_meteor *m, const char *word, size_t size, int32_t *hash, rgpt_error *err) {
    const char *root;
    size_t root_size;
    rgpt_status status = rg_stemmer_stem(m->stemmer, word, size, &root, &root_size, err);
    if (status == RGPT_OK) *hash = rg_java_hash(root, root_size);
    return status;
}

/* Finds out what the modules want to know of the words added last. */
static rgpt_status look_up_words(rg_meteor *m, size_t count, rgpt_error *err) {
    rg_meteor_word *grown = rg_array_grow(m->known, &m->known_allocated, count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "METEOR", (count + 1) * sizeof *grown);
    m->known = grown;
    for (; m->known_count < count; m->known_count++) {
        size_t size;
        const char *text = rg_words_text(m->words, (int32_t)m->known_count, &size);
        rg_meteor_word w = {.hash = rg_java_hash(text, size), .first_set = m->sets.count};
        rgpt_status status = m->stemmer ? stem(m, text, size, &w.stem, err) : RGPT_OK;
        if (status == RGPT_OK && m->synonyms) status = rg_synonyms_find(m->synonyms, text, size, &m->sets, err);
        if (status != RGPT_OK) {
            m->sets.count = w.first_set;
            return status;
        }
        w.set_count = m->sets.count - w.first_set;
        const rg_ids *f = &m->function_words;
        w.is_function = f->count > 0 && bsearch(&w.hash, f->data, f->count, sizeof w.hash, by_value);
        m->known[m->known_count] = w;
    }
    return RGPT_OK;
}

rgpt_status rg_meteor_add(rg_meteor *m, const char *caption, size_t size, rgpt_error *err) {
    size_t wanted = m->caption_count + 1, start = m->ids.count;
    size_t *grown = rg_array_grow(m->ends, &m->end_allocated, wanted, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "METEOR", wanted * sizeof *grown);
    m->ends = grown;
    m->line.size = 0;
    rgpt_status status = rg_meteor_normalize(m->norm, caption, size, &m->line, err);
    if (status == RGPT_OK && m->line.size > 0) {
        status = rg_words_split(m->words, RG_SPLIT_WHITE, m->line.data, m->line.size, &m->ids, err);
    }
    if (status == RGPT_OK) status = look_up_words(m, rg_words_count(m->words), err);
    if (status != RGPT_OK) {
        m->ids.count = start;
        return status;
    }
    m->ends[m->caption_count++] = m->ids.count;
    return RGPT_OK;
}

/* ---------------------------------------------------------------- finish */

static rg_caption get_caption(const rg_meteor *m, size_t number) {
    size_t start = number > 0 ? m->ends[number - 1] : 0, count = m->ends[number] - start;
    return (rg_caption){count > 0 ? m->ids.data + start : NULL, count};
}

/* Aligns a sample's candidate, caption `first`, with each of its references and keeps the best. */
static rgpt_status score_sample(const rg_meteor *m, const rg_meteor_lexicon *lexicon, rg_meteor_aligner *aligner,
                                size_t first, size_t reference_count, rg_meteor_stats *best, rgpt_error *err) {
    double best_score = -1;
    rg_caption candidate = get_caption(m, first);
    for (size_t i = 1; i <= reference_count; i++) {
        rg_meteor_stats stats;
        rgpt_status status = rg_meteor_align(aligner, lexicon, candidate, get_caption(m, first + i), &stats, err);
        if (status != RGPT_OK) return status;
        double score = rg_meteor_score(&stats);
        if (score > best_score) *best = stats;
        if (score > best_score) best_score = score;
    }
    return RGPT_OK;
}

/* Samples in parallel: each thread has an aligner and notes its first failure. */
static rgpt_status score_samples(const rg_meteor *m, const rg_meteor_lexicon *lexicon, const size_t *first,
                                 size_t sample_count, rg_meteor_stats *stats, rgpt_error *err) {
    rgpt_status failed = RGPT_OK;
    atomic_flag has_failed = ATOMIC_FLAG_INIT;
#pragma omp parallel
    {
        rg_meteor_aligner *aligner;
        rgpt_error own = {0};
        rgpt_status status = rg_meteor_aligner_new(&aligner, &own);
#pragma omp for schedule(dynamic, 16)
        for (size_t i = 0; i < sample_count; i++) {
            if (status != RGPT_OK) continue;
            status = score_sample(m, lexicon, aligner, first[i], first[i + 1] - first[i] - 1, &stats[i], &own);
            if (status != RGPT_OK) rg_fail_within(&own, status, "sample %zu", i + 1);
        }
        rg_meteor_aligner_free(aligner);
        if (status != RGPT_OK && !atomic_flag_test_and_set(&has_failed)) { /* one of them reports */
            failed = rg_fail(err, status, "%s", own.message);
        }
    }
    return failed;
}

/* Where each sample's captions begin, and where the last one's end. */
static rgpt_status find_samples(const rg_meteor *m, const size_t *reference_counts, size_t sample_count, size_t **out,
                                rgpt_error *err) {
    size_t *first = calloc(sample_count + 1, sizeof *first);
    *out = first;
    if (!first) return rg_fail_memory(err, "METEOR", (sample_count + 1) * sizeof *first);
    for (size_t i = 0; i < sample_count; i++) first[i + 1] = first[i] + 1 + reference_counts[i];
    if (first[sample_count] == m->caption_count) return RGPT_OK;
    return rg_fail(err, RGPT_INVALID, "METEOR: samples of %zu captions, %zu were added", first[sample_count],
                   m->caption_count);
}

rgpt_status rg_meteor_finish(rg_meteor *m, const size_t *reference_counts, size_t sample_count, rg_meteor_stats *stats,
                             rgpt_error *err) {
    rg_paraphrases *paraphrases = NULL;
    size_t *first = NULL;
    rgpt_status status = find_samples(m, reference_counts, sample_count, &first, err);
    if (status == RGPT_OK && m->paraphrases) status = rg_paraphrases_open(m->paraphrases, m->words, &paraphrases, err);
    if (status == RGPT_OK) {
        rg_meteor_lexicon lexicon = {.words = m->known, .sets = m->sets.data, .paraphrases = paraphrases};
        memcpy(lexicon.has_module, m->has_module, sizeof lexicon.has_module);
        status = score_samples(m, &lexicon, first, sample_count, stats, err);
    }
    rg_paraphrases_close(paraphrases);
    free(first);
    return status;
}
