#include "eval/cider.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "eval/mean.h"
#include "text/tokenizer.h"

/* A sample's captions are stored one after another, the candidate first. */
typedef struct sample {
    size_t first_caption;
    size_t reference_count;
} sample;

struct rg_cider {
    rg_ids words; /* of all captions */
    size_t *ends; /* where each caption's words end */
    size_t caption_count, end_allocated;
    sample *samples;
    size_t sample_count, sample_allocated;
    rg_ngram_bag frequency; /* n-gram -> samples that have it in a reference */
    rg_ngram_bag seen;      /* scratch: n-grams of one sample's references */
};

/* A caption as a vector: the weights of its n-grams and the length of each part. */
typedef struct vector {
    rg_ngram_bag ngrams;
    double *weights; /* an item each */
    size_t allocated;
    double norms[RG_NGRAM_MOST];
    int64_t bigram_count;
} vector;

rgpt_status rg_cider_new(rg_cider **out, rgpt_error *err) {
    *out = calloc(1, sizeof **out);
    if (!*out) return rg_fail_memory(err, "CIDEr", sizeof **out);
    (*out)->words.cap = SIZE_MAX / sizeof(int32_t);
    return RGPT_OK;
}

void rg_cider_free(rg_cider *cider) {
    if (!cider) return;
    rg_ids_reset(&cider->words);
    free(cider->ends);
    free(cider->samples);
    rg_ngram_bag_reset(&cider->frequency);
    rg_ngram_bag_reset(&cider->seen);
    free(cider);
}

size_t rg_cider_count(const rg_cider *cider) {
    return cider->sample_count;
}

/* ---------------------------------------------------------------- adding */

static rgpt_status store_caption(rg_cider *cider, rg_caption caption, rgpt_error *err) {
    size_t wanted = cider->caption_count + 1;
    size_t *grown = rg_array_grow(cider->ends, &cider->end_allocated, wanted, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "CIDEr", wanted * sizeof *grown);
    cider->ends = grown;
    for (size_t i = 0; i < caption.count; i++) {
        rgpt_status status = rg_ids_append(&cider->words, caption.words[i], err);
        if (status != RGPT_OK) return status;
    }
    cider->ends[cider->caption_count++] = cider->words.count;
    return RGPT_OK;
}

/* Counts the sample's n-grams. All that can fail comes first, so that a failure counts nothing. */
static rgpt_status count_documents(rg_cider *cider, const rg_caption *references, size_t count, rgpt_error *err) {
    rg_ngram_bag_clear(&cider->seen);
    rgpt_status status = RGPT_OK;
    rg_ngram *total;
    for (size_t i = 0; i < count && status == RGPT_OK; i++) status = rg_ngram_bag_add(&cider->seen, references[i], err);
    for (size_t i = 0; i < cider->seen.count && status == RGPT_OK; i++) {
        const rg_ngram *g = &cider->seen.items[i];
        status = rg_ngram_bag_get(&cider->frequency, g->words, g->length, &total, err);
    }
    for (size_t i = 0; i < cider->seen.count && status == RGPT_OK; i++) {
        const rg_ngram *g = &cider->seen.items[i];
        status = rg_ngram_bag_get(&cider->frequency, g->words, g->length, &total, err);
        if (status == RGPT_OK) total->count++;
    }
    return status;
}

rgpt_status rg_cider_add(rg_cider *cider, rg_caption candidate, const rg_caption *references, size_t reference_count,
                         rgpt_error *err) {
    if (reference_count == 0) return rg_fail(err, RGPT_INVALID, "CIDEr: a sample without references");
    size_t wanted = cider->sample_count + 1;
    sample *grown = rg_array_grow(cider->samples, &cider->sample_allocated, wanted, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "CIDEr", wanted * sizeof *grown);
    cider->samples = grown;

    size_t first = cider->caption_count, word_count = cider->words.count;
    rgpt_status status = store_caption(cider, candidate, err);
    for (size_t i = 0; i < reference_count && status == RGPT_OK; i++) status = store_caption(cider, references[i], err);
    if (status == RGPT_OK) status = count_documents(cider, references, reference_count, err);
    if (status == RGPT_OK) {
        cider->samples[cider->sample_count++] = (sample){first, reference_count};
    } else {
        cider->caption_count = first;
        cider->words.count = word_count;
    }
    return status;
}

/* ---------------------------------------------------------------- scoring */

static rg_caption get_caption(const rg_cider *cider, size_t number) {
    size_t start = number > 0 ? cider->ends[number - 1] : 0;
    return (rg_caption){cider->words.data + start, cider->ends[number] - start};
}

static rgpt_status make_vector(const rg_cider *cider, rg_caption caption, vector *v, rgpt_error *err) {
    rg_ngram_bag_clear(&v->ngrams);
    rgpt_status status = rg_ngram_bag_add(&v->ngrams, caption, err);
    if (status != RGPT_OK) return status;
    double *grown = rg_array_grow(v->weights, &v->allocated, v->ngrams.count + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "CIDEr", (v->ngrams.count + 1) * sizeof *grown);
    v->weights = grown;

    v->bigram_count = caption.count > 1 ? (int64_t)caption.count - 1 : 0;
    double all = log((double)cider->sample_count), squares[RG_NGRAM_MOST] = {0};
    for (size_t i = 0; i < v->ngrams.count; i++) {
        const rg_ngram *g = &v->ngrams.items[i], *known = rg_ngram_bag_find(&cider->frequency, g);
        double weight = g->count * (all - log(known && known->count > 1 ? known->count : 1));
        v->weights[i] = weight;
        squares[g->length - 1] += weight * weight;
    }
    for (int n = 0; n < RG_NGRAM_MOST; n++) v->norms[n] = sqrt(squares[n]);
    return RGPT_OK;
}

/* Adds the similarity in each length of n-gram to sums. */
static void add_similarity(const vector *candidate, const vector *reference, double sums[RG_NGRAM_MOST]) {
    const double sigma = 6;
    double products[RG_NGRAM_MOST] = {0};
    for (size_t i = 0; i < candidate->ngrams.count; i++) {
        const rg_ngram *g = &candidate->ngrams.items[i], *other = rg_ngram_bag_find(&reference->ngrams, g);
        if (!other) continue;
        double mine = candidate->weights[i], its = reference->weights[other - reference->ngrams.items];
        products[g->length - 1] += (mine < its ? mine : its) * its;
    }
    double delta = (double)(candidate->bigram_count - reference->bigram_count);
    double penalty = pow(M_E, -(delta * delta) / (2 * sigma * sigma)); /* exp would differ in the last digit */
    for (int n = 0; n < RG_NGRAM_MOST; n++) {
        if (candidate->norms[n] != 0 && reference->norms[n] != 0) {
            products[n] /= candidate->norms[n] * reference->norms[n];
        }
        sums[n] += products[n] * penalty;
    }
}

static rgpt_status score_sample(const rg_cider *cider, const sample *s, vector *candidate, vector *reference,
                                double *score, rgpt_error *err) {
    double sums[RG_NGRAM_MOST] = {0};
    rgpt_status status = make_vector(cider, get_caption(cider, s->first_caption), candidate, err);
    for (size_t i = 1; i <= s->reference_count && status == RGPT_OK; i++) {
        status = make_vector(cider, get_caption(cider, s->first_caption + i), reference, err);
        if (status == RGPT_OK) add_similarity(candidate, reference, sums);
    }
    *score = rg_mean(sums, RG_NGRAM_MOST, 0) / (double)s->reference_count * 10;
    return status;
}

static void reset_vector(vector *v) {
    rg_ngram_bag_reset(&v->ngrams);
    free(v->weights);
}

rgpt_status rg_cider_finish(const rg_cider *cider, double *scores, rgpt_error *err) {
    vector candidate = {0}, reference = {0};
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < cider->sample_count && status == RGPT_OK; i++) {
        status = score_sample(cider, &cider->samples[i], &candidate, &reference, &scores[i], err);
    }
    reset_vector(&candidate);
    reset_vector(&reference);
    return status;
}
