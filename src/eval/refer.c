#include "eval/refer.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

const char *rg_refer_rule_name(rg_refer_rule rule) {
    static const char *const names[RG_REFER_RULE_COUNT] = {"iou >= 0.5", "iou > 0.5"};
    return names[rule];
}

/* ------------------------------------------------------------------ candidates and answers */

size_t rg_refer_candidates(const rg_box *boxes, size_t count, rg_box truth, rg_box *out) {
    bool is_covered = false;
    for (size_t i = 0; i < count; i++) {
        out[i] = boxes[i];
        is_covered = is_covered || rg_box_iou(boxes[i], truth, false) >= RG_REFER_IOU;
    }
    if (!is_covered) out[count] = truth;
    return count + !is_covered;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Compares text[0..size), a trailing full stop aside, with `wanted` (which has none). */
static bool is_sentence(const char *text, size_t size, const char *wanted) {
    if (size > 0 && text[size - 1] == '.') size--;
    return size == strlen(wanted) && memcmp(text, wanted, size) == 0;
}

int rg_refer_parse(const char *text, size_t candidate_count) {
    static const char opening[] = "Region [";
    while (is_blank(*text)) text++;
    size_t size = strlen(text);
    while (size > 0 && is_blank(text[size - 1])) size--;
    if (is_sentence(text, size, "No corresponding options found")) return RG_REFER_NONE;

    size_t at = sizeof opening - 1;
    if (size < at || memcmp(text, opening, at) != 0) return RG_REFER_UNPARSED;
    size_t number = 0, digits = 0;
    for (; at < size && text[at] >= '0' && text[at] <= '9' && number <= candidate_count; at++, digits++) {
        number = 10 * number + (size_t)(text[at] - '0');
    }
    bool is_candidate = digits > 0 && number >= 1 && number <= candidate_count && number <= INT32_MAX;
    return is_candidate && is_sentence(text + at, size - at, "]") ? (int)number - 1 : RG_REFER_UNPARSED;
}

/* ------------------------------------------------------------------ counting */

static rgpt_status tally_of(rg_refer_counts *counts, size_t candidate_count, rg_refer_tally **out, rgpt_error *err) {
    size_t needed = candidate_count + 1;
    rg_refer_tally *grown = rg_array_grow(counts->by_candidates, &counts->by_candidates_room, needed, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "referring", needed * sizeof *grown);
    counts->by_candidates = grown;
    for (; counts->by_candidates_count < needed; counts->by_candidates_count++) {
        grown[counts->by_candidates_count] = (rg_refer_tally){0};
    }
    *out = &grown[candidate_count];
    return RGPT_OK;
}

static void count_result(rg_refer_tally *tally, bool at_least, bool above) {
    tally->total++;
    tally->correct[RG_REFER_AT_LEAST] += at_least;
    tally->correct[RG_REFER_ABOVE] += above;
}

static rgpt_status add_result(rg_refer_counts *counts, size_t candidate_count, bool at_least, bool above,
                              rgpt_error *err) {
    rg_refer_tally *tally = NULL;
    rgpt_status status = tally_of(counts, candidate_count, &tally, err);
    if (status != RGPT_OK) return status;
    count_result(&counts->all, at_least, above);
    count_result(tally, at_least, above);
    return RGPT_OK;
}

rgpt_status rg_refer_add(rg_refer_counts *counts, const rg_box *candidates, size_t candidate_count, int choice,
                         const rg_box *truth, rgpt_error *err) {
    if (choice < RG_REFER_UNPARSED || (choice >= 0 && (size_t)choice >= candidate_count)) {
        return rg_fail(err, RGPT_INVALID, "referring: found choice %d of %zu candidates", choice, candidate_count);
    }
    double iou = choice >= 0 && truth ? rg_box_iou(candidates[choice], *truth, false) : 0;
    bool is_rightly_none = !truth && choice == RG_REFER_NONE;
    rgpt_status status = add_result(counts, candidate_count, is_rightly_none || iou >= RG_REFER_IOU,
                                    is_rightly_none || iou > RG_REFER_IOU, err);
    if (status != RGPT_OK) return status;
    counts->none_count += choice == RG_REFER_NONE;
    counts->unparsed_count += choice == RG_REFER_UNPARSED;
    return RGPT_OK;
}

rgpt_status rg_refer_add_box(rg_refer_counts *counts, const rg_box *answer, rg_box truth, rgpt_error *err) {
    double iou = answer ? rg_box_iou(*answer, truth, false) : 0;
    rgpt_status status = add_result(counts, 0, iou >= RG_REFER_IOU, iou > RG_REFER_IOU, err);
    if (status == RGPT_OK) counts->unparsed_count += !answer;
    return status;
}

double rg_refer_accuracy(const rg_refer_tally *tally, rg_refer_rule rule) {
    return tally->total > 0 ? (double)tally->correct[rule] / (double)tally->total : 0;
}

void rg_refer_reset(rg_refer_counts *counts) {
    free(counts->by_candidates);
    *counts = (rg_refer_counts){0};
}
