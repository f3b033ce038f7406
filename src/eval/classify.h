/* classify.h - scores of region classification: what is in this ground-truth box?
 *
 *     rg_class_new(truth) -> rg_class_add ... -> rg_class_finish -> rg_class_free
 *
 * A region is one annotation of a COCO file, its label the annotation's category. An answer is either free
 * text or a probability for every category; one run has one kind.
 *
 * Accuracy. Text is right when it equals the category's name in lower case, to the letter; "Dog", "dog." and
 * "puppy" are wrong. Probabilities are right when the greatest (of equals the first) is the true category's.
 *
 * AP. The literature calls three different things the mAP of this task: detections are made of the answers
 * and given to COCO's evaluator against all annotations, crowds included. Which variant a number belongs to
 * must stand beside it; they are not comparable (the same answers: 0.41 and 0.36).
 *
 * Source: SpatialRGPT's evaluation of RegionGPT (text), All-Seeing (probabilities); EVALUATION.md section 1.
 */
#ifndef RG_EVAL_CLASSIFY_H
#define RG_EVAL_CLASSIFY_H

#include "eval/coco_ap.h"

typedef enum rg_class_variant {
    /* One detection a box with score 1: the text before the first comma, in lower case; no category's name:
     * no detection. All scores being equal, AP depends on the order of adding: add in order of image ids,
     * then of the file. Given probabilities, the best label's name takes the text's place. */
    RG_CLASS_TEXT,
    /* A detection for every category a box, each with its probability. */
    RG_CLASS_ALL_LABELS,
    /* The best category a box, with its probability. */
    RG_CLASS_TOP1,
    RG_CLASS_VARIANT_COUNT
} rg_class_variant;

/* "text_score1", "softmax_all_labels", "softmax_top1" */
const char *rg_class_variant_name(rg_class_variant variant);

#define RG_CLASS_OUTSIDE UINT32_MAX /* an answer that is no category */

typedef struct rg_class_answer {
    uint32_t annotation;         /* index in the truth; each once */
    const char *text;            /* what was answered, or NULL */
    const double *probabilities; /* a number for each category, by index, or NULL */
    const rg_box *box;           /* the detection's; NULL: the annotation's */
} rg_class_answer;

typedef struct rg_class_tally {
    size_t correct, total;
} rg_class_tally;

typedef struct rg_class_confusion {
    uint32_t truth, answer; /* categories; the answer may be RG_CLASS_OUTSIDE */
    size_t count;
} rg_class_confusion;

typedef struct rg_class_report {
    rg_class_tally all;
    rg_class_tally by_size[RG_AP_SIZE_COUNT]; /* area below 32^2, below 96^2, from there; [RG_AP_ALL] is `all` */
    rg_class_tally *by_category;              /* category_count */
    size_t category_count;
    size_t outside_count;          /* answers that are no category, hence no detection */
    size_t unanswered_count;       /* annotations without an answer, crowds not counted */
    rg_class_confusion *confusion; /* pairs that occurred, by truth, then answer: what the AP's rule understood */
    size_t confusion_count;
    bool has_ap[RG_CLASS_VARIANT_COUNT];
    rg_ap_summary ap[RG_CLASS_VARIANT_COUNT];
} rg_class_report;

/* correct / total; 0 of nothing. */
double rg_class_accuracy(const rg_class_tally *tally);

typedef struct rg_class rg_class;

/* `variants`: bits 1 << rg_class_variant. Those that need probabilities are left out of the report of a run
 * of texts. RG_CLASS_ALL_LABELS keeps a detection (see coco_ap.h) for every box and category. `truth`, read with boxes
 * and areas, must outlive the run; two categories of one name are RGPT_INVALID. */
rgpt_status rg_class_new(const rg_coco_truth *truth, unsigned variants, rg_class **out, rgpt_error *err);
rgpt_status rg_class_add(rg_class *c, const rg_class_answer *answer, rgpt_error *err);
rgpt_status rg_class_finish(rg_class *c, rg_class_report *out, rgpt_error *err); /* once */
void rg_class_free(rg_class *c);

void rg_class_report_reset(rg_class_report *report);

#endif
