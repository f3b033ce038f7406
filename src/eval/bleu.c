#include "eval/bleu.h"

#include <math.h>
#include <stdlib.h>

struct rg_bleu {
    rg_ngram_bag candidate, reference, most; /* most: over all references */
};

rgpt_status rg_bleu_new(rg_bleu **out, rgpt_error *err) {
    *out = calloc(1, sizeof **out);
    return *out ? RGPT_OK : rg_fail_memory(err, "BLEU", sizeof **out);
}

void rg_bleu_free(rg_bleu *bleu) {
    if (!bleu) return;
    rg_ngram_bag_reset(&bleu->candidate);
    rg_ngram_bag_reset(&bleu->reference);
    rg_ngram_bag_reset(&bleu->most);
    free(bleu);
}

/* Raises the counts of `most` to those of a reference. */
static rgpt_status add_reference(rg_bleu *bleu, rg_caption reference, rgpt_error *err) {
    rg_ngram_bag_clear(&bleu->reference);
    rgpt_status status = rg_ngram_bag_add(&bleu->reference, reference, err);
    for (size_t i = 0; i < bleu->reference.count && status == RGPT_OK; i++) {
        const rg_ngram *found = &bleu->reference.items[i];
        rg_ngram *most;
        status = rg_ngram_bag_get(&bleu->most, found->words, found->length, &most, err);
        if (status == RGPT_OK && most->count < found->count) most->count = found->count;
    }
    return status;
}

static size_t closest_length(size_t length, const rg_caption *references, size_t count) {
    size_t best = references[0].count;
    for (size_t i = 1; i < count; i++) {
        size_t other = references[i].count;
        size_t distance = other > length ? other - length : length - other;
        size_t best_distance = best > length ? best - length : length - best;
        if (distance < best_distance || (distance == best_distance && other < best)) best = other;
    }
    return best;
}

rgpt_status rg_bleu_count(rg_bleu *bleu, rg_caption candidate, const rg_caption *references, size_t reference_count,
                          rg_bleu_counts *out, rgpt_error *err) {
    *out = (rg_bleu_counts){0};
    if (reference_count == 0) return rg_fail(err, RGPT_INVALID, "BLEU: a sample without references");
    rg_ngram_bag_clear(&bleu->candidate);
    rg_ngram_bag_clear(&bleu->most);
    rgpt_status status = rg_ngram_bag_add(&bleu->candidate, candidate, err);
    for (size_t i = 0; i < reference_count && status == RGPT_OK; i++) status = add_reference(bleu, references[i], err);
    if (status != RGPT_OK) return status;

    out->candidate_length = candidate.count;
    out->reference_length = closest_length(candidate.count, references, reference_count);
    for (size_t n = 0; n < RG_NGRAM_MOST; n++) out->guessed[n] = candidate.count > n ? candidate.count - n : 0;
    for (size_t i = 0; i < bleu->candidate.count; i++) {
        const rg_ngram *mine = &bleu->candidate.items[i], *most = rg_ngram_bag_find(&bleu->most, mine);
        if (!most) continue;
        out->matched[mine->length - 1] += (uint64_t)(mine->count < most->count ? mine->count : most->count);
    }
    return RGPT_OK;
}

void rg_bleu_add(rg_bleu_counts *sum, const rg_bleu_counts *sample) {
    for (int n = 0; n < RG_NGRAM_MOST; n++) {
        sum->matched[n] += sample->matched[n];
        sum->guessed[n] += sample->guessed[n];
    }
    sum->candidate_length += sample->candidate_length;
    sum->reference_length += sample->reference_length;
}

void rg_bleu_score(const rg_bleu_counts *counts, double scores[RG_NGRAM_MOST]) {
    const double tiny = 1e-15, small = 1e-9; /* so that nothing of nothing is nearly 0 and never a NaN */
    double ratio = ((double)counts->candidate_length + tiny) / ((double)counts->reference_length + small);
    double product = 1;
    for (int n = 0; n < RG_NGRAM_MOST; n++) {
        product *= ((double)counts->matched[n] + tiny) / ((double)counts->guessed[n] + small);
        scores[n] = pow(product, 1.0 / (n + 1));
        if (ratio < 1) scores[n] *= exp(1 - 1 / ratio);
    }
}
