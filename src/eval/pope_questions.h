/* pope_questions.h - question files for pope.h, made from the annotations of any COCO file.
 *
 * The published procedure (Li et al. 2023, section 5.1, and their program): draw images that show at least
 * `objects` different categories; for each of an image's first `objects` categories ask once about it (yes)
 * and once about a category that the image does not show and that was not asked about there yet (no):
 *
 *   random       any category seen in the drawn images
 *   popular      the one most frequent in the drawn images
 *   adversarial  the one that most often stands in one image with the category just asked about
 *
 * Ties go to the category seen first. All three settings of one seed ask about the same images and objects.
 * An image's categories count in the order of its annotations, crowds included.
 */
#ifndef RG_EVAL_POPE_QUESTIONS_H
#define RG_EVAL_POPE_QUESTIONS_H

#include "eval/coco_json.h"

typedef enum rg_pope_setting {
    RG_POPE_RANDOM,
    RG_POPE_POPULAR,
    RG_POPE_ADVERSARIAL,
    RG_POPE_SETTING_COUNT
} rg_pope_setting;

const char *rg_pope_setting_name(rg_pope_setting setting); /* "random", "popular", "adversarial" */

typedef struct rg_pope_plan {
    rg_pope_setting setting;
    size_t images;  /* 0: 500 */
    size_t objects; /* an image; 0: 3 */
    uint64_t seed;
} rg_pope_plan;

/* Appends {"question_id", "image", "text", "label"}, a line each, 2 x images x objects of them. RGPT_INVALID
 * when there are too few images with enough categories, or no category is left to ask about. */
rgpt_status rg_pope_write_questions(const rg_coco_truth *truth, const rg_pope_plan *plan, rg_buffer *out,
                                    rgpt_error *err);

#endif
