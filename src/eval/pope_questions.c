#include "eval/pope_questions.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* The categories of each image, in the order of its annotations, each once. */
typedef struct image_objects {
    size_t begin, count; /* in generator.objects */
} image_objects;

typedef struct generator {
    const rg_coco_truth *truth;
    rg_pope_plan plan;
    rg_rng rng;
    rg_buffer *out;
    size_t question_id;

    uint32_t *objects; /* of all images */
    image_objects *of_image;
    uint32_t *drawn; /* images, in the order of drawing */

    uint32_t *seen; /* categories of the drawn images, in the order of first sight */
    size_t seen_count;
    size_t *frequency;    /* of each category: drawn images that show it */
    size_t *together;     /* of each category: how often it stands with one in question (scratch) */
    uint32_t *companions; /* those with together > 0, in the order of first sight (scratch) */
    uint8_t *is_taken;    /* of each category: shown, or already asked about */
} generator;

const char *rg_pope_setting_name(rg_pope_setting setting) {
    static const char *const names[RG_POPE_SETTING_COUNT] = {"random", "popular", "adversarial"};
    return names[setting];
}

/* ------------------------------------------------------------------ which images show what */

static bool shows(const generator *g, uint32_t image, uint32_t category) {
    const image_objects *list = &g->of_image[image];
    for (size_t i = 0; i < list->count; i++) {
        if (g->objects[list->begin + i] == category) return true;
    }
    return false;
}

static void list_objects(generator *g) {
    const rg_coco_truth *truth = g->truth;
    for (size_t i = 0; i < truth->annotation_count; i++) g->of_image[truth->annotations[i].image].count++;
    size_t begin = 0;
    for (size_t i = 0; i < truth->image_count; i++) {
        g->of_image[i].begin = begin;
        begin += g->of_image[i].count;
        g->of_image[i].count = 0;
    }
    for (size_t i = 0; i < truth->annotation_count; i++) {
        const rg_coco_annotation *a = &truth->annotations[i];
        image_objects *list = &g->of_image[a->image];
        if (!shows(g, a->image, a->category)) g->objects[list->begin + list->count++] = a->category;
    }
}

static rgpt_status draw_images(generator *g, rgpt_error *err) {
    size_t count = 0;
    for (size_t i = 0; i < g->truth->image_count; i++) {
        if (g->of_image[i].count >= g->plan.objects) g->drawn[count++] = (uint32_t)i;
    }
    if (count < g->plan.images) {
        return rg_fail(err, RGPT_INVALID, "questions: found %zu images with %zu or more categories, wanted %zu", count,
                       g->plan.objects, g->plan.images);
    }
    rg_rng_shuffle(&g->rng, g->drawn, count);
    return RGPT_OK;
}

static void count_frequencies(generator *g) {
    for (size_t i = 0; i < g->plan.images; i++) {
        const image_objects *list = &g->of_image[g->drawn[i]];
        for (size_t j = 0; j < list->count; j++) {
            uint32_t category = g->objects[list->begin + j];
            if (g->frequency[category]++ == 0) g->seen[g->seen_count++] = category;
        }
    }
}

/* ------------------------------------------------------------------ what is not there */

/* The free category of the greatest count; of equals the first in the list. False: none is free. */
static bool find_most(const generator *g, const uint32_t *list, size_t size, const size_t *counts, uint32_t *out) {
    bool found = false;
    for (size_t i = 0; i < size; i++) {
        if (g->is_taken[list[i]] || (found && counts[list[i]] <= counts[*out])) continue;
        *out = list[i];
        found = true;
    }
    return found;
}

static bool find_companion(generator *g, uint32_t category, uint32_t *out) {
    size_t count = 0;
    for (size_t i = 0; i < g->plan.images; i++) {
        if (!shows(g, g->drawn[i], category)) continue;
        const image_objects *list = &g->of_image[g->drawn[i]];
        for (size_t j = 0; j < list->count; j++) {
            uint32_t other = g->objects[list->begin + j];
            if (other != category && g->together[other]++ == 0) g->companions[count++] = other;
        }
    }
    bool found = find_most(g, g->companions, count, g->together, out);
    for (size_t i = 0; i < count; i++) g->together[g->companions[i]] = 0;
    return found;
}

static bool find_any(generator *g, uint32_t *out) {
    size_t free_count = 0;
    for (size_t i = 0; i < g->seen_count; i++) free_count += !g->is_taken[g->seen[i]];
    if (free_count == 0) return false;
    size_t skip = (size_t)rg_rng_below(&g->rng, free_count);
    for (size_t i = 0;; i++) {
        if (g->is_taken[g->seen[i]]) continue;
        if (skip-- > 0) continue;
        *out = g->seen[i];
        return true;
    }
}

/* Where the setting has no candidate left, any category serves, as published. */
static bool find_absent(generator *g, uint32_t asked, uint32_t *out) {
    bool found = false;
    if (g->plan.setting == RG_POPE_POPULAR) found = find_most(g, g->seen, g->seen_count, g->frequency, out);
    if (g->plan.setting == RG_POPE_ADVERSARIAL) found = find_companion(g, asked, out);
    return found || find_any(g, out);
}

/* ------------------------------------------------------------------ writing */

static rgpt_status write_question(generator *g, uint32_t image, uint32_t category, const char *label, rgpt_error *err) {
    const char *name = rg_coco_text(g->truth, g->truth->categories[category].name);
    const char *file = rg_coco_text(g->truth, g->truth->images[image].file_name);
    const char *article = *name && strchr("aeiou", *name) ? "an" : "a";
    rg_buffer text = {.cap = SIZE_MAX / 4};
    rgpt_status status = rg_buffer_format(&text, err, "Is there %s %s in the image?", article, name);
    json_t *row = NULL;
    char *line = NULL;
    if (status == RGPT_OK) {
        row = json_pack("{s:I, s:s, s:s, s:s}", "question_id", (json_int_t)++g->question_id, "image", file, "text",
                        text.data, "label", label);
        line = row ? json_dumps(row, JSON_ENSURE_ASCII) : NULL;
        status = line ? rg_buffer_format(g->out, err, "%s\n", line) : rg_fail_memory(err, "questions", text.size);
    }
    free(line);
    json_decref(row);
    rg_buffer_reset(&text);
    return status;
}

static rgpt_status ask_about(generator *g, uint32_t image, rgpt_error *err) {
    const image_objects *list = &g->of_image[image];
    memset(g->is_taken, 0, g->truth->category_count);
    for (size_t i = 0; i < list->count; i++) g->is_taken[g->objects[list->begin + i]] = 1;
    for (size_t i = 0; i < g->plan.objects; i++) {
        uint32_t present = g->objects[list->begin + i], absent = 0;
        if (!find_absent(g, present, &absent)) {
            return rg_fail(err, RGPT_INVALID, "questions: image %lld leaves no category that it does not show",
                           (long long)g->truth->images[image].id);
        }
        g->is_taken[absent] = 1;
        rgpt_status status = write_question(g, image, present, "yes", err);
        if (status == RGPT_OK) status = write_question(g, image, absent, "no", err);
        if (status != RGPT_OK) return status;
    }
    return RGPT_OK;
}

/* ------------------------------------------------------------------ the whole */

static bool open_generator(generator *g) {
    const rg_coco_truth *truth = g->truth;
    size_t categories = truth->category_count + 1;
    g->objects = calloc(truth->annotation_count + 1, sizeof *g->objects);
    g->of_image = calloc(truth->image_count + 1, sizeof *g->of_image);
    g->drawn = calloc(truth->image_count + 1, sizeof *g->drawn);
    g->seen = calloc(categories, sizeof *g->seen);
    g->frequency = calloc(categories, sizeof *g->frequency);
    g->together = calloc(categories, sizeof *g->together);
    g->companions = calloc(categories, sizeof *g->companions);
    g->is_taken = calloc(categories, 1);
    return g->objects && g->of_image && g->drawn && g->seen && g->frequency && g->together && g->companions &&
           g->is_taken;
}

static void close_generator(generator *g) {
    free(g->objects);
    free(g->of_image);
    free(g->drawn);
    free(g->seen);
    free(g->frequency);
    free(g->together);
    free(g->companions);
    free(g->is_taken);
}

rgpt_status rg_pope_write_questions(const rg_coco_truth *truth, const rg_pope_plan *plan, rg_buffer *out,
                                    rgpt_error *err) {
    generator g = {.truth = truth, .plan = *plan, .out = out};
    if (g.plan.images == 0) g.plan.images = 500;
    if (g.plan.objects == 0) g.plan.objects = 3;
    rg_rng_init(&g.rng, plan->seed);
    rgpt_status status = RGPT_OK;
    if (!open_generator(&g)) status = rg_fail_memory(err, "questions", truth->annotation_count * sizeof *g.objects);
    if (status == RGPT_OK) {
        list_objects(&g);
        status = draw_images(&g, err);
    }
    if (status == RGPT_OK) count_frequencies(&g);
    for (size_t i = 0; status == RGPT_OK && i < g.plan.images; i++) status = ask_about(&g, g.drawn[i], err);
    close_generator(&g);
    return status;
}
