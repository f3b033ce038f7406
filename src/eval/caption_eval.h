/* caption_eval.h - captions against references by all the metrics at once: BLEU-1..4, ROUGE-L, CIDEr-D, METEOR.
 *
 * Begin, add every sample, finish. A sample is one image, or one region: its candidate and its references.
 * Which samples are evaluated together matters: document frequencies, and so CIDEr, come from all of them, and
 * no score of a whole is a mean of scores of its parts. Even tokens can depend on the sample that follows (see
 * ptb.h). So captions are kept as text and all work is done at the end.
 */
#ifndef RG_EVAL_CAPTION_EVAL_H
#define RG_EVAL_CAPTION_EVAL_H

#include "eval/meteor.h"
#include "eval/ngram.h"

/* Bytes in one caption at most: above any answer, and it bounds the time of ROUGE-L's quadratic table. */
#define RG_CAPTION_LIMIT ((size_t)64 << 10)

typedef struct rg_caption_options {
    bool is_tokenized;               /* captions are tokens between spaces already; otherwise the PTB tokenizer runs */
    const rg_meteor_options *meteor; /* NULL: no METEOR. What it points to lives until finish */
} rg_caption_options;

typedef struct rg_caption_score {
    double bleu[RG_NGRAM_MOST]; /* BLEU-1 to 4, 0 to 1 */
    double rouge_l;             /* 0 to 1 */
    double cider;               /* 0 to 10 */
    double meteor;              /* 0 to 1; 0 when METEOR was not asked for */
} rg_caption_score;

/* Without samples every score is 0. */
typedef struct rg_caption_report {
    size_t sample_count;
    rg_caption_score corpus;
    rg_caption_score *samples; /* in the order they came */
} rg_caption_report;

typedef struct rg_caption_eval rg_caption_eval; /* belongs to one thread at a time */

rgpt_status rg_caption_eval_new(const rg_caption_options *options, rg_caption_eval **out, rgpt_error *err);
void rg_caption_eval_free(rg_caption_eval *eval);

/* Adds a sample of zero-terminated texts. An empty caption counts like any other. RGPT_INVALID without a
 * reference, RGPT_FORMAT for text that is not UTF-8, RGPT_LIMIT above RG_CAPTION_LIMIT. After a failure the
 * sample has not been added. */
rgpt_status rg_caption_eval_add(rg_caption_eval *eval, const char *candidate, const char *const *references,
                                size_t reference_count, rgpt_error *err);

rgpt_status rg_caption_eval_finish(const rg_caption_eval *eval, rg_caption_report *out, rgpt_error *err);
void rg_caption_report_reset(rg_caption_report *report);

#endif
