/* Resized pictures against Pillow's, byte for byte: {"cases": [{"in", "size": [w, h], "filter", "out"}]}. */
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "image/decode.h"
#include "image/resize.h"

static rgpt_status read_picture(const char *dir, const json_t *row, const char *key, rg_image *out, rgpt_error *err) {
    char path[4096];
    const char *name = json_string_value(json_object_get(row, key));
    snprintf(path, sizeof path, "%s/%s", dir, name ? name : "");
    return rg_image_read(path, NULL, RG_AS_STORED, out, err);
}

/* The largest difference of a byte; 256 for pictures of different size. */
static int worst_difference(const rg_image *a, const rg_image *b) {
    if (a->width != b->width || a->height != b->height) return 256;
    int worst = 0;
    for (size_t i = 0; i < (size_t)a->width * a->height * 3; i++) {
        int difference = abs(a->rgb[i] - b->rgb[i]);
        if (difference > worst) worst = difference;
    }
    return worst;
}

static rgpt_status run_row(const char *dir, const json_t *row, int *worst, rgpt_error *err) {
    const json_t *size = json_object_get(row, "size");
    const char *name = json_string_value(json_object_get(row, "filter"));
    rg_filter filter = name && strcmp(name, "bilinear") == 0 ? RG_FILTER_BILINEAR : RG_FILTER_BICUBIC;
    rg_image in = {0}, wanted = {0}, found = {0};
    rgpt_status status = read_picture(dir, row, "in", &in, err);
    if (status == RGPT_OK) status = read_picture(dir, row, "out", &wanted, err);
    if (status == RGPT_OK) {
        status = rg_image_resize(&in, (int)json_integer_value(json_array_get(size, 0)),
                                 (int)json_integer_value(json_array_get(size, 1)), filter, &found, err);
    }
    if (status == RGPT_OK) *worst = worst_difference(&found, &wanted);
    rg_image_reset(&in);
    rg_image_reset(&wanted);
    rg_image_reset(&found);
    return status;
}

int rg_golden_resize(const char *dir, char *line, size_t line_size) {
    json_t *about = rg_fixture_json(dir, "case.json", line, line_size), *row;
    if (!about) return RG_CASE_FAIL;
    rgpt_error err = {0};
    int worst = 0;
    size_t i, exact = 0, count = json_array_size(json_object_get(about, "cases"));
    json_array_foreach(json_object_get(about, "cases"), i, row) {
        int difference = 256;
        if (run_row(dir, row, &difference, &err) != RGPT_OK) break;
        if (difference > worst) worst = difference;
        exact += difference == 0;
    }
    json_decref(about);
    if (err.status != RGPT_OK) {
        snprintf(line, line_size, "picture %zu: %s", i, err.message);
    } else {
        snprintf(line, line_size, "%zu of %zu pictures exact, worst difference %d", exact, count, worst);
    }
    return err.status == RGPT_OK && count > 0 && exact == count ? RG_CASE_PASS : RG_CASE_FAIL;
}
