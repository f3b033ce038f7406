/* Run-length masks and polygons: refusals and corners. That they agree with COCO to the pixel is the
 * metric runner's test (tests/data/metrics/mask). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image/polygon.h"
#include "image/rle.h"

static void a_mask_survives_the_round_trip(void **state) {
    (void)state;
    enum { H = 7, W = 5 };
    uint8_t mask[H * W], again[H * W];
    unsigned seed = 1;
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof mask; i++) {
            seed = seed * 1664525 + 1013904223;
            mask[i] = (seed >> 16) % 100 < (unsigned)round / 2;
        }
        rg_rle direct, through_text;
        rg_buffer text = {.cap = 1000};
        assert_int_equal(rg_rle_encode(mask, H, W, &direct, NULL), RGPT_OK);
        assert_int_equal(rg_rle_to_string(&direct, &text, NULL), RGPT_OK);
        assert_int_equal(rg_rle_from_string(H, W, text.data, text.size, &through_text, NULL), RGPT_OK);
        rg_rle_decode(&through_text, again);
        assert_memory_equal(mask, again, sizeof mask);
        assert_true(rg_rle_iou(&direct, &through_text, false) == (rg_rle_area(&direct) > 0 ? 1 : 0));
        rg_rle_reset(&direct);
        rg_rle_reset(&through_text);
        rg_buffer_reset(&text);
    }
}

static void long_runs_survive_too(void **state) {
    (void)state;
    const int64_t runs[] = {4000000000, 1, 294967294, 0};
    rg_rle a, b;
    rg_buffer text = {.cap = 100};
    assert_int_equal(rg_rle_from_runs(65535, 65537, runs, 4, &a, NULL), RGPT_OK);
    assert_int_equal(rg_rle_to_string(&a, &text, NULL), RGPT_OK);
    assert_int_equal(rg_rle_from_string(65535, 65537, text.data, text.size, &b, NULL), RGPT_OK);
    assert_int_equal(b.run_count, 4);
    assert_memory_equal(a.runs, b.runs, 4 * sizeof *a.runs);
    rg_rle_reset(&a);
    rg_rle_reset(&b);
    rg_buffer_reset(&text);
}

static void sizes_are_checked(void **state) {
    (void)state;
    const int64_t none[] = {0};
    rg_rle out;
    rgpt_error err = {0};
    assert_int_equal(rg_rle_from_runs(65536, 65536, none, 1, &out, &err), RGPT_LIMIT);
    assert_non_null(strstr(err.message, "65536 x 65536"));
    assert_int_equal(rg_rle_from_runs(0, 5, none, 1, &out, NULL), RGPT_FORMAT);
    assert_int_equal(rg_rle_encode((const uint8_t *)"", 0, 5, &out, NULL), RGPT_FORMAT);
    assert_null(out.runs);
}

static void masks_of_different_sizes_do_not_mix(void **state) {
    (void)state;
    const int64_t runs[] = {0, 6};
    rg_rle masks[2], merged;
    assert_int_equal(rg_rle_from_runs(2, 3, runs, 2, &masks[0], NULL), RGPT_OK);
    assert_int_equal(rg_rle_from_runs(3, 2, runs, 2, &masks[1], NULL), RGPT_OK);
    rgpt_error err = {0};
    assert_int_equal(rg_rle_merge(masks, 2, false, &merged, &err), RGPT_INVALID);
    assert_string_equal(err.message, "mask: merge: found 3 x 2 (height x width), wanted 2 x 3");
    assert_true(rg_rle_iou(&masks[0], &masks[1], false) == -1);
    assert_int_equal(rg_rle_merge(masks, 0, false, &merged, NULL), RGPT_INVALID);
    rg_rle_reset(&masks[0]);
    rg_rle_reset(&masks[1]);
}

static void bounds_of_runs_that_wrap_columns(void **state) {
    (void)state;
    const int64_t wraps[] = {3, 2, 3}, empty[] = {8}, empty_runs[] = {1, 0, 2, 0, 5};
    rg_rle rle;
    assert_int_equal(rg_rle_from_runs(4, 2, wraps, 3, &rle, NULL), RGPT_OK); /* bottom left and top right */
    rg_box box = rg_rle_bounds(&rle);
    assert_true(box.x == 0 && box.y == 0 && box.width == 2 && box.height == 4);
    rg_rle_reset(&rle);
    assert_int_equal(rg_rle_from_runs(4, 2, empty, 1, &rle, NULL), RGPT_OK);
    assert_true(rg_rle_bounds(&rle).width == 0 && rg_rle_area(&rle) == 0);
    rg_rle_reset(&rle);
    assert_int_equal(rg_rle_from_runs(4, 2, empty_runs, 5, &rle, NULL), RGPT_OK);
    assert_true(rg_rle_bounds(&rle).width == 0);
    rg_rle_reset(&rle);
}

static void polygons_refuse_nonsense(void **state) {
    (void)state;
    const double far[] = {0, 0, 1e9, 0, 0, 5}, nan[] = {0, 0, NAN, 0, 0, 5}, line[] = {1, 1, 4, 4, 1, 1};
    rg_rle out;
    rgpt_error err = {0};
    assert_int_equal(rg_polygon_rle(far, 3, 9, 9, &out, &err), RGPT_LIMIT);
    assert_string_equal(err.message, "polygon: point 1: found (1e+09, 0), wanted at most +-65536");
    assert_int_equal(rg_polygon_rle(nan, 3, 9, 9, &out, NULL), RGPT_INVALID);
    assert_int_equal(rg_polygon_rle(far, 2, 9, 9, &out, NULL), RGPT_INVALID);
    assert_int_equal(rg_polygon_rle(line, 3, 9, 9, &out, NULL), RGPT_OK);
    assert_int_equal(rg_rle_area(&out), 0);
    rg_rle_reset(&out);
}

/* A zigzag whose every edge crosses all columns: the work must stay bounded. */
static void endless_outlines_are_refused(void **state) {
    (void)state;
    enum { POINTS = 4000 };
    double *xy = malloc(2 * POINTS * sizeof *xy);
    assert_non_null(xy);
    for (size_t i = 0; i < POINTS; i++) {
        xy[2 * i] = i % 2 ? 16000 : 0;
        xy[2 * i + 1] = (double)i;
    }
    rg_rle out;
    assert_int_equal(rg_polygon_rle(xy, POINTS, 4000, 16000, &out, NULL), RGPT_LIMIT);
    free(xy);
}

static void boxes_take_the_pixels_whose_centres_they_cover(void **state) {
    (void)state;
    rg_rle out;
    assert_int_equal(rg_box_rle((rg_box){1.4, 0.6, 2, 1.5}, 4, 5, &out, NULL), RGPT_OK);
    rg_box box = rg_rle_bounds(&out);
    assert_true(box.x == 1 && box.y == 1 && box.width == 2 && box.height == 1);
    rg_rle_reset(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mask_survives_the_round_trip),
        cmocka_unit_test(long_runs_survive_too),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(masks_of_different_sizes_do_not_mix),
        cmocka_unit_test(bounds_of_runs_that_wrap_columns),
        cmocka_unit_test(polygons_refuse_nonsense),
        cmocka_unit_test(endless_outlines_are_refused),
        cmocka_unit_test(boxes_take_the_pixels_whose_centres_they_cover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
