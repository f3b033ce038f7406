#include "engine/task.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"

enum { QUESTION_CAP = 1 << 20 };

typedef struct form {
    const char *key;
    const char *otherwise;
} form;

static const form region_forms[] = {
    [RGPT_TASK_DESCRIBE] = {"regiongpt.prompt.describe", "Describe <region> in detail."},
    [RGPT_TASK_DESCRIBE_BRIEF] = {"regiongpt.prompt.describe_brief", "Describe <region> briefly."},
    [RGPT_TASK_CLASSIFY] = {"regiongpt.prompt.classify", "What is <region>? Answer with a category name."},
};
static const form image_forms[] = {
    [RGPT_TASK_DESCRIBE] = {"regiongpt.prompt.describe_image", "Describe the image in detail."},
    [RGPT_TASK_DESCRIBE_BRIEF] = {"regiongpt.prompt.describe_image_brief", "Describe the image briefly."},
    [RGPT_TASK_CLASSIFY] = {"regiongpt.prompt.classify_image", "What is in the image? Answer with a category name."},
};
static const form refer_form = {
    "regiongpt.prompt.refer",
    "From the provided masks denoted by <regions>, which one fits \"<expression>\"? Answer the question using the "
    "template Region [x].",
};

/* Between two regions of a list. */
static const form separator = {"regiongpt.prompt.separator", ", "};

static const char *wording(const rgpt_model *m, form f) {
    const rg_gguf *g = rg_weights_gguf(m->weights);
    const char *text = f.otherwise;
    if (rg_gguf_find_pair(g, f.key)) rg_gguf_get_string(g, f.key, &text, NULL);
    return text;
}

/* What a placeholder becomes. */
typedef struct filling {
    const char *mark;
    const char *text;
} filling;

/* The wording with every mark replaced. Replacements are not searched again. */
static rgpt_status fill(const char *text, const filling *fillings, size_t count, char **out, rgpt_error *err) {
    rg_buffer b = {.cap = QUESTION_CAP};
    rgpt_status status = rg_buffer_reserve(&b, strlen(text), err);
    while (status == RGPT_OK && *text) {
        size_t skip = 1;
        const char *piece = text;
        size_t size = 1;
        for (size_t i = 0; i < count; i++) {
            size_t length = strlen(fillings[i].mark);
            if (strncmp(text, fillings[i].mark, length) != 0) continue;
            skip = length;
            piece = fillings[i].text;
            size = strlen(piece);
            break;
        }
        status = rg_buffer_append(&b, piece, size, err);
        text += skip;
    }
    if (status != RGPT_OK) {
        rg_buffer_reset(&b);
        return status;
    }
    *out = b.data;
    return RGPT_OK;
}

rgpt_status rgpt_task_question(const rgpt_model *model, rgpt_task task, int region, char **out, rgpt_error *err) {
    rg_error_clear(err);
    *out = NULL;
    if ((unsigned)task > RGPT_TASK_CLASSIFY || region < 0) {
        return rg_fail(err, RGPT_INVALID, "task: number %d about region %d, wanted 0 to %d about a region from 0",
                       (int)task, region, (int)RGPT_TASK_CLASSIFY);
    }
    char tag[32];
    snprintf(tag, sizeof tag, "<region%d>", region);
    const filling one = {"<region>", tag};
    return fill(wording(model, region ? region_forms[task] : image_forms[task]), &one, 1, out, err);
}

rgpt_status rg_task_refer(const rgpt_model *model, const char *expression, size_t region_count, char **out,
                          rgpt_error *err) {
    *out = NULL;
    rg_buffer list = {.cap = QUESTION_CAP};
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; status == RGPT_OK && i < region_count; i++) {
        status = rg_buffer_format(&list, err, "%s<region%zu>", i ? wording(model, separator) : "", i + 1);
    }
    const filling both[] = {{"<regions>", list.data}, {"<expression>", expression}};
    if (status == RGPT_OK) status = fill(wording(model, refer_form), both, 2, out, err);
    rg_buffer_reset(&list);
    return status;
}
