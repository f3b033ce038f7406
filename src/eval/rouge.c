#include "eval/rouge.h"

#include <stdlib.h>
#include <string.h>

/* Length of the longest common subsequence; `row` is scratch for b.count + 1 numbers. */
static size_t common_length(rg_caption a, rg_caption b, size_t *row) {
    memset(row, 0, (b.count + 1) * sizeof *row);
    for (size_t i = 0; i < a.count; i++) {
        size_t diagonal = 0; /* the row above, one to the left */
        for (size_t j = 0; j < b.count; j++) {
            size_t above = row[j + 1];
            if (a.words[i] == b.words[j]) {
                row[j + 1] = diagonal + 1;
            } else if (row[j] > above) {
                row[j + 1] = row[j];
            }
            diagonal = above;
        }
    }
    return row[b.count];
}

rgpt_status rg_rouge_score(rg_caption candidate, const rg_caption *references, size_t reference_count, double *out,
                           rgpt_error *err) {
    *out = 0;
    if (reference_count == 0) return rg_fail(err, RGPT_INVALID, "ROUGE-L: a sample without references");
    size_t *row = calloc(candidate.count + 1, sizeof *row);
    if (!row) return rg_fail_memory(err, "ROUGE-L", (candidate.count + 1) * sizeof *row);

    double precision = 0, recall = 0;
    const double beta = 1.2;
    for (size_t i = 0; i < reference_count; i++) {
        if (candidate.count == 0 || references[i].count == 0) continue;
        double common = (double)common_length(references[i], candidate, row);
        double p = common / (double)candidate.count, r = common / (double)references[i].count;
        if (p > precision) precision = p;
        if (r > recall) recall = r;
    }
    free(row);
    if (precision != 0 && recall != 0) {
        *out = ((1 + beta * beta) * precision * recall) / (recall + beta * beta * precision);
    }
    return RGPT_OK;
}
