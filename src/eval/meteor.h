/* meteor.h - METEOR 1.5, English, rank task, on tokenised captions: the numbers of meteor-1.5.jar -l en -norm.
 *
 * Begin, add every sample, finish. A sample's score is that of the reference with the highest; the corpus'
 * score is the formula on the counts of those, summed (meteor_stats.h). Which modules ran decides the score
 * (the paraphrases alone are worth 0.02), so it is told, and two scores of different modules are no comparison.
 *
 * METEOR's data are under a licence of their own (LGPL, WordNet's) and the user's to give: a folder with
 *
 *   function/english.words            words that count a quarter, one a line
 *   nonbreaking/english.prefixes      see meteor_norm.h
 *   synonym/english.synsets, .exceptions   see meteor_synonym.h; needed by the synonym module only
 *
 * and a gzipped table of paraphrases (paraphrase-en.gz, 59 MB), for the paraphrase module.
 */
#ifndef RG_EVAL_METEOR_H
#define RG_EVAL_METEOR_H

#include "base/error.h"
#include "eval/meteor_stats.h"

typedef struct rg_meteor_options {
    const char *data;                        /* the folder */
    const char *paraphrases;                 /* the table; NULL: no paraphrase module */
    bool has_module[RG_METEOR_MODULE_COUNT]; /* stem and synonym; exact always runs */
} rg_meteor_options;

typedef struct rg_meteor rg_meteor; /* belongs to one thread at a time; finish uses all */

/* Opens the data. The options' texts need not live on. */
rgpt_status rg_meteor_open(const rg_meteor_options *options, rg_meteor **out, rgpt_error *err);
void rg_meteor_close(rg_meteor *meteor);

/* Adds a caption: a sample's candidate, then its references, then the next candidate. RGPT_FORMAT for text that
 * is not UTF-8; the caption has not been added then. */
rgpt_status rg_meteor_add(rg_meteor *meteor, const char *caption, size_t size, rgpt_error *err);

/* Scores the captions added: reference_counts[i] >= 1 references for sample i, which must add up. Writes the
 * best reference's counts for each sample. Reads the table of paraphrases. RGPT_LIMIT when captions match in
 * too many places (meteor_match.h). */
rgpt_status rg_meteor_finish(rg_meteor *meteor, const size_t *reference_counts, size_t sample_count,
                             rg_meteor_stats *stats, rgpt_error *err);

#endif
