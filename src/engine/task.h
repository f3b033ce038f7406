/* task.h - the questions of the built-in tasks, in the words that the model was trained with.
 *
 * A model file may bring its own under "regiongpt.prompt.NAME"; else the paper's forms serve (SPEC
 * section 3). In them <region> stands for the region asked about, <regions> for the list of all, and
 * <expression> for what a referring expression says.
 */
#ifndef RG_ENGINE_TASK_H
#define RG_ENGINE_TASK_H

#include "engine/model.h"

/* The referring question over regions 1 .. region_count; free() it. */
rgpt_status rg_task_refer(const rgpt_model *model, const char *expression, size_t region_count, char **out,
                          rgpt_error *err);

#endif
