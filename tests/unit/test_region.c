/* Regions: what each kind covers, what is refused and how that is said, JSON in every form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "image/region.h"

/* Each test gets an empty list for a picture of 20 x 10. */
static int new_list(void **state) {
    return rgpt_regions_new(20, 10, (rgpt_regions **)state, NULL) != RGPT_OK;
}

static int free_list(void **state) {
    rgpt_regions_free(*state);
    return 0;
}

static void assert_last(const rgpt_regions *r, const char *kind, double x, double y, double w, double h, int64_t area) {
    rgpt_region_info info;
    assert_true(rgpt_regions_count(r) > 0);
    assert_true(rgpt_regions_get(r, rgpt_regions_count(r) - 1, &info));
    assert_string_equal(info.kind, kind);
    assert_int_equal(info.area, area);
    const double wanted[] = {x, y, w, h};
    for (int i = 0; i < 4; i++) assert_true(info.box[i] == wanted[i]);
}

static rgpt_status add_json(rgpt_regions *r, const char *text, const char *file_name, rgpt_error *err) {
    return rgpt_regions_add_json(r, text, strlen(text), file_name, err);
}

/* ---- shapes */

static void boxes_take_pixels_by_their_centres(void **state) {
    rgpt_regions *r = *state;
    assert_int_equal(rgpt_regions_add_box(r, 3, 2, 4, 5, NULL), RGPT_OK);
    assert_last(r, "box", 3, 2, 4, 5, 20);
    assert_int_equal(rgpt_regions_add_box(r, 3.4, 2.6, 4, 5, NULL), RGPT_OK);
    assert_last(r, "box", 3, 3, 4, 5, 20);
    assert_int_equal(rgpt_regions_add_box(r, -5, -5, 7, 100, NULL), RGPT_OK);
    assert_last(r, "box", 0, 0, 2, 10, 20);
    assert_int_equal(rgpt_regions_add_box(r, 4.6, 2, 0.1, 5, NULL), RGPT_OK); /* between two columns of centres */
    assert_last(r, "box", 4, 2, 1, 5, 5);
    assert_int_equal(rgpt_regions_add_box(r, 19.9, 9.9, 5, 5, NULL), RGPT_OK);
    assert_last(r, "box", 19, 9, 1, 1, 1);
}

static void bad_boxes_are_refused(void **state) {
    rgpt_regions *r = *state;
    rgpt_error err = {0};
    assert_int_equal(rgpt_regions_add_box(r, 20, 2, 4, 5, &err), RGPT_INVALID);
    assert_string_equal(err.message, "box: found x 20, y 2, width 4, height 5 in a picture of 20 x 10: all of it is "
                                     "outside the picture");
    const double bad[][4] = {{NAN, 0, 1, 1},   {0, 0, INFINITY, 1},     {0, 0, 0, 1},  {0, 0, 1, -1},
                             {-9, 0, 9, 5},    {0, -9, 5, 9},           {0, 10, 1, 1}, {0, 0, 1, NAN},
                             {1e308, 0, 1, 1}, {1e308, 0, 1e308, 1e308}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(rgpt_regions_add_box(r, bad[i][0], bad[i][1], bad[i][2], bad[i][3], NULL), RGPT_INVALID);
    }
    assert_int_equal(rgpt_regions_add_box(r, -1e300, -1e300, 2e300, 2e300, NULL), RGPT_OK); /* everything */
    assert_last(r, "box", 0, 0, 20, 10, 200);
}

static void points_are_discs(void **state) {
    rgpt_regions *r = *state;
    assert_int_equal(rgpt_regions_add_point(r, 10, 5, 2, NULL), RGPT_OK);
    assert_last(r, "point", 8, 3, 4, 4, 12);
    assert_int_equal(rgpt_regions_add_point(r, 10.1, 5.9, 0.01, NULL), RGPT_OK); /* its own pixel at least */
    assert_last(r, "point", 10, 5, 1, 1, 1);
    assert_int_equal(rgpt_regions_add_point(r, 21, 5, 3, NULL), RGPT_OK); /* only its rim is inside */
    assert_last(r, "point", 18, 2, 2, 6, 10);
    assert_int_equal(rgpt_regions_add_point(r, 5, 5, 0, NULL), RGPT_OK);
    rgpt_error err = {0};
    assert_int_equal(rgpt_regions_add_point(r, 30, 5, 3, &err), RGPT_INVALID);
    assert_string_equal(err.message, "point: it covers no pixel of the picture, which is 20 x 10");
    assert_int_equal(rgpt_regions_add_point(r, NAN, 5, 3, NULL), RGPT_INVALID);
    assert_int_equal(rgpt_regions_add_point(r, 5, 5, -1, NULL), RGPT_INVALID);
    assert_int_equal(rgpt_regions_add_point(r, 5, 5, INFINITY, NULL), RGPT_INVALID);
}

static void scribbles_follow_their_points(void **state) {
    rgpt_regions *r = *state;
    const double across[] = {2, 5, 18, 5}, corner[] = {2.5, 2.5, 2.5, 7.5, 9.5, 7.5}, slope[] = {0.5, 0.5, 9.5, 9.5};
    assert_int_equal(rgpt_regions_add_scribble(r, across, 2, 2, NULL), RGPT_OK);
    assert_last(r, "scribble", 1, 4, 18, 2, 36);
    assert_int_equal(rgpt_regions_add_scribble(r, corner, 3, 1, NULL), RGPT_OK);
    assert_last(r, "scribble", 2, 2, 8, 6, 13);
    assert_int_equal(rgpt_regions_add_scribble(r, slope, 2, 0.9, NULL), RGPT_OK);
    assert_last(r, "scribble", 0, 0, 10, 10, 10);
    assert_int_equal(rgpt_regions_add_scribble(r, slope, 0, 1, NULL), RGPT_INVALID);
}

static void endless_scribbles_are_refused(void **state) {
    (void)state;
    rgpt_regions *r;
    double xy[2000];
    for (size_t i = 0; i < 2000; i++) xy[i] = (double)(i % 7);
    assert_int_equal(rgpt_regions_new(4000, 4000, &r, NULL), RGPT_OK);
    assert_int_equal(rgpt_regions_add_scribble(r, xy, 1000, 60000, NULL), RGPT_LIMIT);
    rgpt_regions_free(r);
}

static void polygons_may_vanish(void **state) {
    rgpt_regions *r = *state;
    const double square[] = {2, 2, 6, 2, 6, 6, 2, 6}, sliver[] = {1, 1, 5, 1, 9, 1};
    assert_int_equal(rgpt_regions_add_polygon(r, square, 4, NULL), RGPT_OK);
    assert_last(r, "polygon", 2, 2, 4, 4, 16);
    assert_int_equal(rgpt_regions_add_polygon(r, sliver, 3, NULL), RGPT_INVALID);
    assert_int_equal(rgpt_regions_count(r), 1);
}

static void masks_must_fit(void **state) {
    rgpt_regions *r = *state;
    uint8_t mask[200] = {0};
    assert_int_equal(rgpt_regions_add_mask(r, mask, 20, 10, NULL), RGPT_INVALID); /* empty */
    mask[20 * 3 + 7] = 255;
    assert_int_equal(rgpt_regions_add_mask(r, mask, 20, 10, NULL), RGPT_OK);
    assert_last(r, "mask", 7, 3, 1, 1, 1);
    rgpt_error err = {0};
    assert_int_equal(rgpt_regions_add_mask(r, mask, 10, 20, &err), RGPT_INVALID);
    assert_string_equal(err.message, "mask: found 10 x 20 pixels, wanted the picture's 20 x 10");
}

/* ---- JSON */

static void json_takes_every_kind(void **state) {
    rgpt_regions *r = *state;
    assert_int_equal(add_json(r, "{\"box\": [1, 2, 3, 4]}", NULL, NULL), RGPT_OK);
    assert_last(r, "box", 1, 2, 3, 4, 12);
    assert_int_equal(add_json(r, "{\"polygon\": [2,2, 6,2, 6,6, 2,6]}", NULL, NULL), RGPT_OK);
    assert_last(r, "polygon", 2, 2, 4, 4, 16);
    assert_int_equal(add_json(r, "{\"polygon\": [[2,2,6,2,6,6,2,6], [10,2,12,2,12,6,10,6]]}", NULL, NULL), RGPT_OK);
    assert_last(r, "polygon", 2, 2, 10, 4, 24);
    assert_int_equal(add_json(r, "{\"rle\": {\"size\": [10, 20], \"counts\": [5, 10, 185]}}", NULL, NULL), RGPT_OK);
    assert_last(r, "rle", 0, 0, 2, 10, 10);
    assert_int_equal(add_json(r, " {\"size\": [10, 20], \"counts\": [5, 10, 185]}", NULL, NULL), RGPT_OK);
    assert_last(r, "rle", 0, 0, 2, 10, 10);
    assert_int_equal(add_json(r, "{\"point\": [10, 5, 2]}", NULL, NULL), RGPT_OK);
    assert_last(r, "point", 8, 3, 4, 4, 12);
    assert_int_equal(add_json(r, "{\"scribble\": {\"points\": [2,5,18,5], \"width\": 2}}", NULL, NULL), RGPT_OK);
    assert_last(r, "scribble", 1, 4, 18, 2, 36);
    assert_int_equal(add_json(r, "{\"scribble\": [2.5, 5.5, 18.5, 5.5]}", NULL, NULL), RGPT_OK);
    assert_last(r, "scribble", 2, 5, 17, 1, 17);
    assert_int_equal(rgpt_regions_count(r), 8);
}

/* The PNG is 2 x 1, grey, 0 and 255. */
static void json_takes_a_png_but_no_path(void **state) {
    (void)state;
    static const char png[] =
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nGNg+A8AAQIBAEK+vGgAAAAASUVORK5CYII=";
    char text[300];
    rgpt_regions *r;
    rgpt_error err = {0};
    assert_int_equal(rgpt_regions_new(2, 1, &r, NULL), RGPT_OK);
    snprintf(text, sizeof text, "{\"mask\": \"%s\"}", png);
    assert_int_equal(add_json(r, text, NULL, NULL), RGPT_OK);
    assert_last(r, "mask", 1, 0, 1, 1, 1);
    snprintf(text, sizeof text, "{\"mask\": \"data:image/png;base64,%s\"}", png);
    assert_int_equal(add_json(r, text, NULL, NULL), RGPT_OK);
    assert_int_equal(add_json(r, "{\"mask\": \"mask.png\"}", NULL, &err), RGPT_FORMAT);
    assert_string_equal(err.message,
                        "regions: record 0 at byte 0: mask: character 4: wanted a PNG in base64 (a path is not read)");
    rgpt_regions_free(r);
}

static void json_takes_coco_annotations(void **state) {
    rgpt_regions *r = *state;
    assert_int_equal(add_json(r,
                              "[{\"image_id\": 7, \"bbox\": [1,2,3,4], \"segmentation\": [[2,2,6,2,6,6,2,6]]},"
                              " {\"image_id\": 7, \"bbox\": [1,2,3,4], \"segmentation\": []},"
                              " {\"image_id\": 7, \"iscrowd\": 1,"
                              "  \"segmentation\": {\"size\": [10,20], \"counts\": [5,10,185]}}]",
                              NULL, NULL),
                     RGPT_OK);
    assert_int_equal(rgpt_regions_count(r), 3);
    assert_int_equal(r->items[0].kind, RG_REGION_polygon);
    assert_int_equal(r->items[1].kind, RG_REGION_box);
    assert_int_equal(r->items[2].kind, RG_REGION_rle);
}

static const char coco_file[] =
    "{\"info\": {\"images\": 3},"
    " \"annotations\": [{\"image_id\": 2, \"bbox\": [1,2,3,4]}, {\"image_id\": 1, \"bbox\": [0,0,1,1]},"
    "                   {\"image_id\": 2, \"bbox\": [5,5,1,1]}],"
    " \"images\": [{\"id\": 1, \"file_name\": \"a.jpg\", \"width\": 20, \"height\": 10},"
    "              {\"id\": 2, \"file_name\": \"val/b.jpg\", \"width\": 20, \"height\": 10},"
    "              {\"id\": 3, \"file_name\": \"c.jpg\", \"width\": 10, \"height\": 20}]}";

static void json_picks_a_picture_of_a_data_set(void **state) {
    rgpt_regions *r = *state;
    rgpt_error err = {0};
    assert_int_equal(add_json(r, coco_file, "photos/b.jpg", NULL), RGPT_OK);
    assert_int_equal(rgpt_regions_count(r), 2);
    assert_last(r, "box", 5, 5, 1, 1, 1);
    assert_int_equal(add_json(r, coco_file, "d.jpg", &err), RGPT_INVALID);
    assert_string_equal(err.message, "regions: none of 3 pictures is named d.jpg");
    assert_int_equal(add_json(r, coco_file, NULL, NULL), RGPT_FORMAT); /* which of the three? */
    rg_error_clear(&err);
    assert_int_equal(add_json(r, coco_file, "c.jpg", &err), RGPT_INVALID);
    assert_non_null(strstr(err.message, "found a picture of 10 x 20, wanted the given one's 20 x 10 (as displayed)"));
    assert_int_equal(rgpt_regions_count(r), 2);
}

static void json_takes_our_own_output(void **state) {
    rgpt_regions *r = *state;
    assert_int_equal(add_json(r,
                              "{\"model\": \"m\", \"regions\": [{\"id\": 1, \"kind\": \"rle\", \"box\": [1,2,3,4]}]}",
                              NULL, NULL),
                     RGPT_OK);
    assert_last(r, "box", 1, 2, 3, 4, 12);
}

static void bad_json_leaves_the_list_alone(void **state) {
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "nonsense",
        "7",
        "[7]",
        "[[1,2,3]]",
        "{\"box\": [1,2,3]}",
        "{\"box\": [1,2,3,\"4\"]}",
        "{\"box\": 5}",
        "{\"box\": [1,2,3,4], \"point\": [1,2]}",
        "{\"box\": [1,2,3,4]} x",
        "{\"box\": [1,2,3,4], \"box\": [1,2,3,4]}",
        "{\"polygon\": [1,2,3,4]}",
        "{\"polygon\": \"x\"}",
        "{\"rle\": []}",
        "{\"rle\": {\"size\": [20,10], \"counts\": [200]}}",
        "{\"rle\": {\"size\": [10,20], \"counts\": [200]}}",
        "{\"mask\": \"\"}",
        "{\"mask\": \"AAAA\"}",
        "{\"mask\": 1}",
        "{\"scribble\": {\"points\": [1,2], \"width\": \"x\"}}",
        "{\"scribble\": [1]}",
        "{\"segmentation\": null}",
        "[{\"image_id\": 1, \"bbox\": [1,2,3,4]}, {\"image_id\": 2, \"bbox\": [1,2,3,4]}]",
        "[{\"box\": [1,2,3,4]}, {\"box\": [1,2,3,-4]}]",
        "{\"images\": [{\"file_name\": \"a\"}]}",
        "{\"images\": [{\"id\": 1, \"file_name\": \"a\"}], \"annotations\": []}",
    };
    rgpt_regions *r = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rgpt_error err = {0};
        if (add_json(r, bad[i], "a", &err) == RGPT_OK) fail_msg("accepted: %s", bad[i]);
        if (err.message[0] == '\0') fail_msg("no message: %s", bad[i]);
        assert_int_equal(rgpt_regions_count(r), 0);
    }
}

static void the_list_has_an_end(void **state) {
    rgpt_regions *r = *state;
    for (int i = 0; i < RG_REGIONS_MOST; i++) assert_int_equal(rgpt_regions_add_box(r, 1, 1, 2, 2, NULL), RGPT_OK);
    assert_int_equal(rgpt_regions_add_box(r, 1, 1, 2, 2, NULL), RGPT_LIMIT);
    rgpt_region_info info;
    assert_false(rgpt_regions_get(r, RG_REGIONS_MOST, &info));
}

#define LIST_TEST(name) cmocka_unit_test_setup_teardown(name, new_list, free_list)

int main(void) {
    const struct CMUnitTest tests[] = {
        LIST_TEST(boxes_take_pixels_by_their_centres),
        LIST_TEST(bad_boxes_are_refused),
        LIST_TEST(points_are_discs),
        LIST_TEST(scribbles_follow_their_points),
        LIST_TEST(endless_scribbles_are_refused),
        LIST_TEST(polygons_may_vanish),
        LIST_TEST(masks_must_fit),
        LIST_TEST(json_takes_every_kind),
        LIST_TEST(json_takes_a_png_but_no_path),
        LIST_TEST(json_takes_coco_annotations),
        LIST_TEST(json_picks_a_picture_of_a_data_set),
        LIST_TEST(json_takes_our_own_output),
        LIST_TEST(bad_json_leaves_the_list_alone),
        LIST_TEST(the_list_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
