/* Masks against the COCO mask API: exact runs, texts, areas, boxes and IoUs (mask_fixtures.json). */
#include "metrics.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "image/polygon.h"
#include "image/segmentation.h"

/* What went wrong first, and how much was right. */
typedef struct check {
    char *line;
    size_t line_size;
    int passed, failed;
    const char *group;
    size_t index;
} check;

static void expect(check *c, bool is_right, const char *format, ...) RG_PRINTF(3, 4);
static void expect(check *c, bool is_right, const char *format, ...) {
    if (is_right) {
        c->passed++;
    } else if (c->failed++ == 0) {
        int used = snprintf(c->line, c->line_size, "%s %zu: ", c->group, c->index);
        va_list args;
        va_start(args, format);
        vsnprintf(c->line + used, c->line_size - (size_t)used, format, args);
        va_end(args);
    }
}

static uint32_t number(const json_t *object, const char *key) {
    return (uint32_t)json_integer_value(json_object_get(object, key));
}

static rg_rle parse(check *c, const json_t *value) {
    rg_rle rle = {0};
    rgpt_error err = {0};
    const json_t *size = json_object_get(value, "size");
    rgpt_status status = rg_segmentation_parse(value, (uint32_t)json_integer_value(json_array_get(size, 0)),
                                               (uint32_t)json_integer_value(json_array_get(size, 1)), &rle, &err);
    expect(c, status == RGPT_OK, "%s", err.message);
    return rle;
}

static void expect_text(check *c, const rg_rle *rle, const json_t *wanted) {
    rg_buffer text = {.cap = 1 << 26};
    const char *counts = json_string_value(json_object_get(wanted, "counts"));
    rgpt_status status = rg_rle_to_string(rle, &text, NULL);
    expect(c, status == RGPT_OK && text.data && counts && strcmp(text.data, counts) == 0, "counts: found %s, wanted %s",
           text.data ? text.data : "(none)", counts);
    rg_buffer_reset(&text);
}

static void expect_measures(check *c, const rg_rle *rle, const json_t *area, const json_t *box) {
    expect(c, (json_int_t)rg_rle_area(rle) == json_integer_value(area), "area: found %llu",
           (unsigned long long)rg_rle_area(rle));
    rg_box found = rg_rle_bounds(rle);
    double sides[] = {found.x, found.y, found.width, found.height};
    for (size_t i = 0; i < 4; i++) {
        double wanted = json_number_value(json_array_get(box, i));
        expect(c, sides[i] == wanted, "bounds[%zu]: found %g, wanted %g", i, sides[i], wanted);
    }
}

/* ---- a function a group of fixtures */

/* A bitmap is written out row by row, or, if large, as the rectangles that it is made of. */
static void draw_bitmap(const json_t *row, uint32_t w, uint8_t *mask) {
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(row, "rows"), i, item) {
        const char *bits = json_string_value(item);
        for (uint32_t x = 0; x < w; x++) mask[i * w + x] = bits[x] == '1';
    }
    json_array_foreach(json_object_get(row, "rects_yxhw"), i, item) {
        json_int_t side[4];
        for (size_t k = 0; k < 4; k++) side[k] = json_integer_value(json_array_get(item, k));
        for (json_int_t y = side[0]; y < side[0] + side[2]; y++) memset(mask + y * w + side[1], 1, (size_t)side[3]);
    }
}

static void check_bitmap(check *c, const json_t *row) {
    uint32_t h = number(row, "h"), w = number(row, "w");
    uint8_t *mask = calloc(h, w), *again = malloc((size_t)h * w);
    draw_bitmap(row, w, mask);
    rg_rle rle = {0}, parsed = parse(c, json_object_get(row, "rle"));
    expect(c, rg_rle_encode(mask, h, w, &rle, NULL) == RGPT_OK, "encode failed");
    expect_text(c, &rle, json_object_get(row, "rle"));
    expect_measures(c, &rle, json_object_get(row, "area"), json_object_get(row, "bbox"));
    const json_t *runs = json_object_get(row, "uncompressed_counts");
    bool same = !json_is_array(runs) || rle.run_count == json_array_size(runs); /* null: too many to list */
    for (size_t i = 0; same && i < json_array_size(runs); i++) {
        same = rle.runs[i] == json_integer_value(json_array_get(runs, i));
    }
    expect(c, same, "runs differ");
    rg_rle_decode(&parsed, again);
    expect(c, memcmp(mask, again, (size_t)h * w) == 0, "decoded pixels differ");
    rg_rle_reset(&rle);
    rg_rle_reset(&parsed);
    free(mask);
    free(again);
}

static void check_polygon(check *c, const json_t *row) {
    uint32_t h = number(row, "h"), w = number(row, "w");
    const json_t *rings = json_object_get(row, "polygons");
    rgpt_error err = {0};
    rg_rle all = {0};
    expect(c, rg_segmentation_parse(rings, h, w, &all, &err) == RGPT_OK, "%s", err.message);
    expect_text(c, &all, json_object_get(row, "union"));
    expect_measures(c, &all, json_object_get(row, "area"), json_object_get(row, "bbox"));
    for (size_t i = 0; i < json_array_size(rings); i++) {
        rg_rle one = {0};
        json_t *single = json_pack("[O]", json_array_get(rings, i));
        expect(c, rg_segmentation_parse(single, h, w, &one, &err) == RGPT_OK, "%s", err.message);
        expect_text(c, &one, json_array_get(json_object_get(row, "rles"), i));
        rg_rle_reset(&one);
        json_decref(single);
    }
    rg_rle_reset(&all);
}

static rg_box box_at(const json_t *list) {
    double sides[4];
    for (size_t i = 0; i < 4; i++) sides[i] = json_number_value(json_array_get(list, i));
    return (rg_box){sides[0], sides[1], sides[2], sides[3]};
}

static void check_box(check *c, const json_t *row) {
    rg_rle rle = {0};
    rgpt_error err = {0};
    rgpt_status status =
        rg_box_rle(box_at(json_object_get(row, "bbox")), number(row, "h"), number(row, "w"), &rle, &err);
    expect(c, status == RGPT_OK, "%s", err.message);
    expect_text(c, &rle, json_object_get(row, "rle"));
    expect_measures(c, &rle, json_object_get(row, "area"), json_object_get(row, "toBbox"));
    rg_rle_reset(&rle);
}

static void check_uncompressed(check *c, const json_t *row) {
    rg_rle rle = parse(c, row);
    expect_text(c, &rle, json_object_get(row, "rle"));
    expect_measures(c, &rle, json_object_get(row, "area"), json_object_get(row, "bbox"));
    rg_rle_reset(&rle);
}

static size_t parse_all(check *c, const json_t *list, rg_rle **out) {
    size_t count = json_array_size(list);
    *out = calloc(count + 1, sizeof **out);
    for (size_t i = 0; i < count; i++) (*out)[i] = parse(c, json_array_get(list, i));
    return count;
}

static void free_all(rg_rle *masks, size_t count) {
    for (size_t i = 0; i < count; i++) rg_rle_reset(&masks[i]);
    free(masks);
}

static void check_merge(check *c, const json_t *row) {
    rg_rle *masks, merged = {0};
    size_t count = parse_all(c, json_object_get(row, "rles"), &masks);
    for (int intersect = 0; intersect < 2; intersect++) {
        expect(c, rg_rle_merge(masks, count, intersect, &merged, NULL) == RGPT_OK, "merge failed");
        expect_text(c, &merged, json_object_get(row, intersect ? "intersect" : "union"));
        rg_rle_reset(&merged);
    }
    free_all(masks, count);
}

static void expect_iou(check *c, double found, const json_t *row, size_t d, size_t g) {
    double wanted = json_number_value(json_array_get(json_array_get(json_object_get(row, "iou"), d), g));
    expect(c, found == wanted, "iou[%zu][%zu]: found %.17g, wanted %.17g", d, g, found, wanted);
}

static bool is_crowd(const json_t *row, size_t g) {
    return json_integer_value(json_array_get(json_object_get(row, "iscrowd"), g)) != 0;
}

static void check_mask_iou(check *c, const json_t *row) {
    rg_rle *found, *truth;
    size_t found_count = parse_all(c, json_object_get(row, "dt"), &found);
    size_t truth_count = parse_all(c, json_object_get(row, "gt"), &truth);
    for (size_t d = 0; d < found_count; d++) {
        for (size_t g = 0; g < truth_count; g++) {
            expect_iou(c, rg_rle_iou(&found[d], &truth[g], is_crowd(row, g)), row, d, g);
        }
    }
    free_all(found, found_count);
    free_all(truth, truth_count);
}

static void check_box_iou(check *c, const json_t *row) {
    const json_t *found = json_object_get(row, "dt_xywh"), *truth = json_object_get(row, "gt_xywh");
    for (size_t d = 0; d < json_array_size(found); d++) {
        for (size_t g = 0; g < json_array_size(truth); g++) {
            rg_box a = box_at(json_array_get(found, d)), b = box_at(json_array_get(truth, g));
            expect_iou(c, rg_box_iou(a, b, is_crowd(row, g)), row, d, g);
        }
    }
}

int rg_metrics_mask(const char *dir, char *line, size_t line_size) {
    static const struct {
        const char *name;
        void (*run)(check *c, const json_t *row);
    } groups[] = {
        {"bitmaps", check_bitmap},   {"polygons", check_polygon},
        {"bboxes", check_box},       {"uncompressed", check_uncompressed},
        {"merge", check_merge},      {"iou_rle", check_mask_iou},
        {"iou_bbox", check_box_iou},
    };
    json_t *fixtures = rg_fixture_json(dir, "mask_fixtures.json", line, line_size);
    if (!fixtures) return RG_CASE_FAIL;
    check c = {.line = line, .line_size = line_size};
    size_t rows = 0;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        c.group = groups[i].name;
        const json_t *list = json_object_get(fixtures, c.group), *row;
        json_array_foreach(list, c.index, row) {
            groups[i].run(&c, row);
            rows++;
        }
    }
    json_decref(fixtures);
    if (c.failed == 0) snprintf(line, line_size, "%zu fixtures, %d comparisons, all exact", rows, c.passed);
    return c.failed == 0 && rows > 0 ? RG_CASE_PASS : RG_CASE_FAIL;
}
