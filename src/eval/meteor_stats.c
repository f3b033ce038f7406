#include "eval/meteor_stats.h"

#include <math.h>
#include <stdbool.h>

static const double alpha = 0.85, beta = 0.2, gamma_ = 0.6, delta = 0.75;
static const double weights[RG_METEOR_MODULE_COUNT] = {1, 0.6, 0.8, 0.6};

static bool is_perfect(const rg_meteor_stats *s) {
    return s->candidate.matched == s->candidate.length && s->reference.matched == s->reference.length && s->chunks == 1;
}

/* The share of a side that is matched: precision of the candidate's, recall of the reference's. Content words
 * first, then function words: another order would change the last digit. */
static double matched_share(const rg_meteor_side *side) {
    double length = delta * (double)(side->length - side->function) + (1 - delta) * (double)side->function;
    double matched = 0;
    for (int m = 0; m < RG_METEOR_MODULE_COUNT; m++) matched += weights[m] * delta * (double)side->content_matched[m];
    for (int m = 0; m < RG_METEOR_MODULE_COUNT; m++) {
        matched += weights[m] * (1 - delta) * (double)side->function_matched[m];
    }
    return matched / length;
}

double rg_meteor_score(const rg_meteor_stats *s) {
    uint64_t matched = s->candidate.matched + s->reference.matched;
    if (matched == 0) return 0;
    double precision = matched_share(&s->candidate), recall = matched_share(&s->reference);
    double f = 1 / ((1 - alpha) / precision + alpha / recall);
    double fragmentation = is_perfect(s) ? 0 : (double)s->chunks / ((double)matched / 2);
    double score = f * (1 - gamma_ * pow(fragmentation, beta));
    return score > 0 ? score : 0;
}

static void add_side(rg_meteor_side *sum, const rg_meteor_side *sample) {
    sum->length += sample->length;
    sum->function += sample->function;
    sum->matched += sample->matched;
    for (int m = 0; m < RG_METEOR_MODULE_COUNT; m++) {
        sum->content_matched[m] += sample->content_matched[m];
        sum->function_matched[m] += sample->function_matched[m];
    }
}

void rg_meteor_stats_add(rg_meteor_stats *sum, const rg_meteor_stats *sample) {
    add_side(&sum->candidate, &sample->candidate);
    add_side(&sum->reference, &sample->reference);
    if (!is_perfect(sample)) sum->chunks += sample->chunks;
}
