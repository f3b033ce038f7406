/* The overlay picture: outlines, places of labels, texts of all kinds, the file. How it looks was judged by
 * eye; here is what must hold whatever it looks like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/contour.h"
#include "image/decode.h"
#include "image/draw.h"
#include "image/label.h"
#include "image/place.h"

/* ---- outlines */

/* Twice the area that the lines enclose, holes counted off: outlines run clockwise, holes the other way. */
static double enclosed(const rg_contours *c) {
    double sum = 0;
    size_t start = 0;
    for (size_t i = 0; i < c->line_count; start = c->ends[i++]) {
        for (size_t k = start; k < c->ends[i]; k++) {
            rg_point a = c->points[k], b = c->points[k + 1 < c->ends[i] ? k + 1 : start];
            sum += (double)a.x * b.y - (double)b.x * a.y;
        }
    }
    return sum;
}

static void outlines_enclose_the_mask(void **state) {
    (void)state;
    enum { SIDE = 60 };
    uint8_t ring[SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; i++) {
        double r = hypot(i % SIDE - 29.5, i / SIDE - 29.5);
        ring[i] = r < 25 && r > 10;
    }
    rg_rle mask;
    rg_contours lines;
    assert_int_equal(rg_rle_encode(ring, SIDE, SIDE, &mask, NULL), RGPT_OK);
    assert_int_equal(rg_contours_trace(&mask, 10000, &lines, NULL), RGPT_OK);
    assert_int_equal(lines.line_count, 2);
    assert_true(fabs(enclosed(&lines) / 2 - (double)rg_rle_area(&mask)) < 0.02 * (double)rg_rle_area(&mask));
    rg_contours_reset(&lines);
    rg_rle_reset(&mask);
}

static void single_pixels_and_full_masks_have_outlines(void **state) {
    (void)state;
    const uint8_t full[6] = {1, 1, 1, 1, 1, 1}, diagonal[4] = {1, 0, 0, 1};
    rg_rle mask;
    rg_contours lines;
    assert_int_equal(rg_rle_encode(full, 2, 3, &mask, NULL), RGPT_OK);
    assert_int_equal(rg_contours_trace(&mask, 1000, &lines, NULL), RGPT_OK);
    assert_int_equal(lines.line_count, 1);
    rg_contours_reset(&lines);
    rg_rle_reset(&mask);
    assert_int_equal(rg_rle_encode(diagonal, 2, 2, &mask, NULL), RGPT_OK);
    assert_int_equal(rg_contours_trace(&mask, 1000, &lines, NULL), RGPT_OK);
    assert_int_equal(lines.line_count, 2); /* touching at a corner does not join them */
    rg_contours_reset(&lines);
    rg_rle_reset(&mask);
}

/* ---- labels */

static void labels_stay_inside_and_apart(void **state) {
    (void)state;
    enum { COUNT = 12 };
    rg_site sites[COUNT];
    rg_box labels[COUNT];
    unsigned seed = 7;
    for (int i = 0; i < COUNT; i++) {
        double n[4];
        for (int k = 0; k < 4; k++) {
            seed = seed * 1664525 + 1013904223;
            n[k] = (seed >> 8) % 200;
        }
        sites[i] = (rg_site){.box = {n[0], n[1], 1 + n[2] / 2, 1 + n[3] / 2}, .top_from = n[0], .top_to = n[0] + 1};
    }
    rg_surroundings around = {.width = 320, .height = 240, .labels = labels, .sites = sites, .site_count = COUNT};
    for (int i = 0; i < COUNT; i++) {
        around.label_count = (size_t)i;
        rg_box p = labels[i] = rg_place_label(70, 16, (size_t)i, &around);
        assert_true(p.x >= 0 && p.y >= 0 && p.x + p.width <= 320 && p.y + p.height <= 240);
        for (int k = 0; k < i; k++) assert_true(rg_box_iou(p, labels[k], false) < 1e-9);
    }
}

static cairo_t *new_page(cairo_surface_t **surface) {
    *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 400, 300);
    cairo_t *cr = cairo_create(*surface);
    cairo_set_font_size(cr, 12);
    return cr;
}

static void long_texts_wrap_and_end_in_an_ellipsis(void **state) {
    (void)state;
    cairo_surface_t *page;
    cairo_t *cr = new_page(&page);
    rg_label label;
    rg_label_lay_out(cr, "short", 200, 100, &label);
    assert_int_equal(label.line_count, 1);
    assert_string_equal(label.lines[0], "short");
    rg_label_lay_out(cr, "two words that do not fit into one line", 150, 100, &label);
    assert_int_equal(label.line_count, 2);
    assert_true(label.width <= 150);
    char text[5000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    rg_label_lay_out(cr, text, 150, 100, &label);
    assert_int_equal(label.line_count, 3);
    assert_true(label.width <= 150);
    const char *last = label.lines[2];
    assert_string_equal(last + strlen(last) - 3, "\xE2\x80\xA6");
    rg_label_lay_out(cr, "", 150, 100, &label);
    assert_int_equal(label.line_count, 1);
    rg_label_lay_out(cr, "narrow", 1, 100, &label); /* at least a character a line */
    assert_int_equal(label.line_count, 3);
    rg_label_lay_out(cr, text, 150, 0, &label); /* at least a line */
    assert_int_equal(label.line_count, 1);
    cairo_destroy(cr);
    cairo_surface_destroy(page);
}

static void no_text_can_upset_cairo(void **state) {
    (void)state;
    static const char *const texts[] = {"\xFF",
                                        "a\xC3",
                                        "\xC3(",
                                        "\xED\xA0\x80",
                                        "\xF4\x90\x80\x80",
                                        "\xE0\x80\x80",
                                        "\xF0\x9F\x90\xB6 dog",
                                        "tab\tline\nbell\a",
                                        "\xF0\x9F",
                                        "\x80\x80"};
    cairo_surface_t *page;
    cairo_t *cr = new_page(&page);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        static const double colour[3] = {1, 1, 0};
        rg_label label;
        rg_label_lay_out(cr, texts[i], 100, 40, &label);
        rg_label_draw(cr, &label, 5, 5, colour);
        assert_int_equal(cairo_status(cr), CAIRO_STATUS_SUCCESS);
    }
    cairo_destroy(cr);
    cairo_surface_destroy(page);
}

/* ---- the file */

static void an_overlay_is_a_picture_of_the_same_size(void **state) {
    (void)state;
    static const int sizes[][2] = {{1, 1}, {3, 200}, {200, 3}, {160, 120}};
    static const char *const labels[] = {"dog 0.93", NULL};
    char folder[] = "/tmp/rg_test_XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/o.png", folder);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int w = sizes[i][0], h = sizes[i][1];
        rg_image image, again;
        rgpt_regions *regions;
        assert_int_equal(rg_image_init(w, h, &image, NULL), RGPT_OK);
        memset(image.rgb, 90, 3 * (size_t)w * h);
        assert_int_equal(rgpt_regions_new(w, h, &regions, NULL), RGPT_OK);
        assert_int_equal(rgpt_regions_add_box(regions, 0, 0, w, h, NULL), RGPT_OK);
        assert_int_equal(rgpt_regions_add_point(regions, 0.5, 0.5, 1, NULL), RGPT_OK);
        assert_int_equal(rg_overlay_write(path, &image, regions, labels, NULL), RGPT_OK);
        assert_int_equal(rg_image_read(path, NULL, RG_AS_DISPLAYED, &again, NULL), RGPT_OK);
        assert_true(again.width == w && again.height == h);
        assert_true(memcmp(image.rgb, again.rgb, 3 * (size_t)w * h) != 0);
        rg_image_reset(&image);
        rg_image_reset(&again);
        rgpt_regions_free(regions);
    }
    unlink(path);
    rmdir(folder);
}

static void overlays_that_cannot_be_are_refused(void **state) {
    (void)state;
    rg_image image;
    rgpt_regions *regions;
    rgpt_error err = {0};
    assert_int_equal(rg_image_init(4, 4, &image, NULL), RGPT_OK);
    memset(image.rgb, 0, 48);
    assert_int_equal(rgpt_regions_new(4, 5, &regions, NULL), RGPT_OK);
    assert_int_equal(rg_overlay_write("/tmp/never.png", &image, regions, NULL, &err), RGPT_INVALID);
    assert_string_equal(err.message, "overlay: found regions of a picture of 4 x 5, wanted 4 x 4");
    rgpt_regions_free(regions);
    assert_int_equal(rgpt_regions_new(4, 4, &regions, NULL), RGPT_OK);
    assert_int_equal(rg_overlay_write("/no/such/folder/o.png", &image, regions, NULL, NULL), RGPT_IO);
    rgpt_regions_free(regions);
    rg_image_reset(&image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outlines_enclose_the_mask),
        cmocka_unit_test(single_pixels_and_full_masks_have_outlines),
        cmocka_unit_test(labels_stay_inside_and_apart),
        cmocka_unit_test(long_texts_wrap_and_end_in_an_ellipsis),
        cmocka_unit_test(no_text_can_upset_cairo),
        cmocka_unit_test(an_overlay_is_a_picture_of_the_same_size),
        cmocka_unit_test(overlays_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
