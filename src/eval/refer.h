/* refer.h - scores of referring expressions: which region does "the dog with a red collar" mean?
 *
 *     rg_refer_candidates -> (ask the model) -> rg_refer_parse -> rg_refer_add ... -> read the tallies
 *
 * Choosing among candidates (RegionGPT): the candidates are detections of any detector; when none of them
 * overlaps the true box with an IoU of at least 0.5 the true box is put behind them, so that a right answer
 * always exists. An answer is right when the candidate chosen overlaps the true box enough. That makes a
 * perfect score possible, which it is not for models that must find the box themselves (rg_refer_add_box):
 * the two kinds of score are not comparable, and a report says which it is.
 *
 * What "enough" is differs: an IoU of *at least* 0.5 (RegionGPT, Ferret) or *above* 0.5 (Shikra). Both are
 * counted.
 */
#ifndef RG_EVAL_REFER_H
#define RG_EVAL_REFER_H

#include "base/error.h"
#include "image/box.h"

#define RG_REFER_IOU 0.5

typedef enum rg_refer_rule {
    RG_REFER_AT_LEAST, /* IoU >= 0.5 */
    RG_REFER_ABOVE,    /* IoU > 0.5 */
    RG_REFER_RULE_COUNT
} rg_refer_rule;

const char *rg_refer_rule_name(rg_refer_rule rule); /* "iou >= 0.5", "iou > 0.5" */

/* ------------------------------------------------------------------ candidates and answers */

/* Copies the `count` boxes to `out`, which has room for one more, and appends the true box if it must be.
 * Returns how many there are. */
size_t rg_refer_candidates(const rg_box *boxes, size_t count, rg_box truth, rg_box *out);

enum {
    RG_REFER_NONE = -1,     /* "No corresponding options found." */
    RG_REFER_UNPARSED = -2, /* neither that nor a candidate's number */
};

/* The candidate that an answer names, from 0: "Region [2]." is 1. Blanks around it and the full stop do not
 * matter; anything else, and a number that is no candidate's, is unparsed. */
int rg_refer_parse(const char *text, size_t candidate_count);

/* ------------------------------------------------------------------ counting */

typedef struct rg_refer_tally {
    size_t total;
    size_t correct[RG_REFER_RULE_COUNT];
} rg_refer_tally;

/* Zero-initialise; reset frees. */
typedef struct rg_refer_counts {
    rg_refer_tally all;
    rg_refer_tally *by_candidates; /* by the number of candidates, from 0 */
    size_t by_candidates_count, by_candidates_room;
    size_t none_count, unparsed_count; /* answers of these kinds */
} rg_refer_counts;

/* An answer `choice` as rg_refer_parse returns it. `truth` NULL: the expression means nothing in the image,
 * and RG_REFER_NONE is the right answer. */
rgpt_status rg_refer_add(rg_refer_counts *counts, const rg_box *candidates, size_t candidate_count, int choice,
                         const rg_box *truth, rgpt_error *err);

/* An answer that is a box of the model's own; NULL: none could be read. Counts as 0 candidates. */
rgpt_status rg_refer_add_box(rg_refer_counts *counts, const rg_box *answer, rg_box truth, rgpt_error *err);

double rg_refer_accuracy(const rg_refer_tally *tally, rg_refer_rule rule); /* 0 of nothing */

void rg_refer_reset(rg_refer_counts *counts);

#endif
