/* COCO files: what is read, and every kind of bad record refused by name. */
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

#include "base/file.h"
#include "eval/coco_json.h"

#define IMAGES                                                                                                         \
    "\"images\":[{\"id\":9,\"width\":4,\"height\":3,\"file_name\":\"n.jpg\"},{\"id\":2,\"width\":2,\"height\":2}]"
#define CATEGORIES "\"categories\":[{\"id\":7,\"name\":\"dog\"},{\"id\":3,\"name\":\"cat\"}]"
#define INDEX      IMAGES "," CATEGORIES
#define RLE        "{\"size\":[3,4],\"counts\":[2,4,6]}"

static rgpt_status read_truth(const char *text, unsigned needs, rg_coco_truth *out, rgpt_error *err) {
    return rg_coco_truth_read_bytes("T", text, strlen(text), needs, out, err);
}

static void assert_truth_refused(const char *text, unsigned needs, const char *message) {
    rg_coco_truth truth;
    rgpt_error err = {0};
    assert_int_equal(read_truth(text, needs, &truth, &err), RGPT_FORMAT);
    assert_string_equal(err.message, message);
    assert_null(truth.images);
}

static void truth_is_read_in_any_order_of_sections(void **state) {
    (void)state;
    const char *annotations = "\"annotations\":[{\"id\":5,\"image_id\":9,\"category_id\":3,\"bbox\":[0.5,1,2,1],"
                              "\"area\":4,\"iscrowd\":1,\"segmentation\":" RLE "},"
                              "{\"id\":4,\"image_id\":2,\"category_id\":7.0}]";
    for (int is_first = 0; is_first < 2; is_first++) {
        char text[1000];
        snprintf(text, sizeof text, "{\"info\":{\"x\":[1]},%s,%s}", is_first ? annotations : INDEX,
                 is_first ? INDEX : annotations);
        rg_coco_truth t;
        assert_int_equal(read_truth(text, 0, &t, NULL), RGPT_OK);
        assert_true(t.image_count == 2 && t.category_count == 2 && t.annotation_count == 2);
        assert_true(t.images[0].id == 2 && t.images[1].id == 9);
        assert_string_equal(rg_coco_text(&t, t.images[0].file_name), "");
        assert_string_equal(rg_coco_text(&t, t.images[1].file_name), "n.jpg");
        assert_string_equal(rg_coco_text(&t, t.categories[0].name), "cat");
        const rg_coco_annotation *a = &t.annotations[0];
        assert_true(a->id == 5 && a->image == 1 && a->category == 0 && a->is_crowd && a->area == 4);
        assert_true(a->box.x == 0.5 && a->box.width == 2 && a->mask.size == 0);
        assert_true(t.annotations[1].category == 1 && !t.annotations[1].is_crowd && isnan(t.annotations[1].area));
        uint32_t index;
        assert_true(rg_coco_find_category(&t, 7, &index) && index == 1);
        assert_false(rg_coco_find_image(&t, 3, &index));
        rg_coco_truth_reset(&t);
    }
}

static void masks_are_kept_when_asked_for(void **state) {
    (void)state;
    rg_coco_truth t;
    rg_rle mask;
    assert_int_equal(read_truth("{\"annotations\":[{\"id\":5,\"image_id\":9,\"category_id\":3,\"segmentation\":" RLE
                                "}]," INDEX "}",
                                RG_COCO_MASKS, &t, NULL),
                     RGPT_OK);
    assert_int_equal(rg_coco_annotation_mask(&t, &t.annotations[0], &mask, NULL), RGPT_OK);
    assert_int_equal(rg_rle_area(&mask), 4);
    rg_rle_reset(&mask);
    rg_coco_truth_reset(&t);
}

static void bad_truth_is_refused_by_name(void **state) {
    (void)state;
    assert_truth_refused("{" CATEGORIES "}", 0,
                         "T: found no 'images', wanted an object with images, annotations, categories");
    assert_truth_refused("[]", 0, "T: at byte 0: found '[', wanted an object, '{'");
    assert_truth_refused("{\"images\":[{\"id\":1},{\"id\":1}]}", 0, "T: images[0] and images[1]: both have id 1");
    assert_truth_refused("{\"images\":[{\"id\":1}],\"categories\":[{\"id\":1},{\"id\":2},{\"id\":1}]}", 0,
                         "T: categories[0] and categories[2]: both have id 1");
    assert_truth_refused("{\"images\":[{}]}", 0, "T: images[0] at byte 11: 'id': found nothing, wanted an integer");
    assert_truth_refused("{\"images\":[{\"id\":1.5}]}", 0,
                         "T: images[0] at byte 11: 'id': found 1.5, wanted an integer");
    assert_truth_refused("{\"images\":[{\"id\":1,\"width\":0}]}", 0,
                         "T: images[0] at byte 11: 'width': found 0, wanted 1 to 2147483647 pixels");
    assert_truth_refused("{\"images\":[{\"id\":1}]}", RG_COCO_MASKS,
                         "T: images[0] at byte 11: found no 'width' and 'height', wanted them for the masks");
    assert_truth_refused("{\"images\":[7]}", 0, "T: images[0] at byte 11: found a number, wanted an object");
}

/* The message for one annotation after a good one. */
static void assert_annotation_refused(const char *record, unsigned needs, const char *message) {
    char text[1000], wanted[400];
    snprintf(text, sizeof text,
             "{%s,\"annotations\":[{\"id\":1,\"image_id\":9,\"category_id\":3,\"bbox\":[0,0,1,1],"
             "\"area\":1,\"segmentation\":%s},%s]}",
             INDEX, RLE, record);
    size_t at = (size_t)(strstr(text, record) - text);
    snprintf(wanted, sizeof wanted, "T: annotations[1] at byte %zu: %s", at, message);
    assert_truth_refused(text, needs, wanted);
}

static void bad_annotations_are_refused_by_name(void **state) {
    (void)state;
    assert_annotation_refused("{\"image_id\":9,\"category_id\":3}", 0, "'id': found nothing, wanted an integer");
    assert_annotation_refused("{\"id\":2,\"category_id\":3}", 0, "'image_id': found nothing, wanted an integer");
    assert_annotation_refused("{\"id\":2,\"image_id\":8,\"category_id\":3}", 0,
                              "found image_id 8, wanted an image's id");
    assert_annotation_refused("{\"id\":2,\"image_id\":9,\"category_id\":4}", 0,
                              "found category_id 4, wanted a category's id");
    assert_annotation_refused("{\"id\":2,\"image_id\":9,\"category_id\":3}", RG_COCO_BOXES,
                              "'bbox': found nothing, wanted [x, y, width, height]");
    assert_annotation_refused("{\"id\":2,\"image_id\":9,\"category_id\":3,\"bbox\":[0,0,-1,1]}", 0,
                              "'bbox': found a size of -1 x 1, wanted none below 0");
    assert_annotation_refused("{\"id\":2,\"image_id\":9,\"category_id\":3,\"bbox\":[0,0,1]}", 0,
                              "'bbox': found 3 numbers, wanted [x, y, width, height]");
    assert_annotation_refused("{\"id\":2,\"image_id\":9,\"category_id\":3,\"bbox\":[0,0,1,null]}", 0,
                              "'bbox': found null, wanted [x, y, width, height]");
    assert_annotation_refused("{\"id\":2,\"image_id\":9,\"category_id\":3}", RG_COCO_AREAS,
                              "'area': found nothing, wanted a number");
    assert_annotation_refused("{\"id\":2,\"image_id\":9,\"category_id\":3}", RG_COCO_MASKS,
                              "found no 'segmentation', wanted one");
    assert_annotation_refused("{\"id\":2,\"image_id\":9,\"category_id\":3,\"iscrowd\":2}", 0,
                              "'iscrowd': found neither 0 nor 1");
    assert_annotation_refused("{\"id\":2,\"area\":NaN}", 0, "invalid token near 'NaN' (its byte 18)");

    assert_truth_refused("{" INDEX ",\"annotations\":[{\"id\":1,\"image_id\":9,\"category_id\":3},"
                         "{\"id\":1,\"image_id\":9,\"category_id\":3}]}",
                         0, "T: annotations[0] and annotations[1]: both have id 1");
}

/* ------------------------------------------------------------------ results */

typedef struct sum {
    size_t count;
    double area, mask_area;
    rg_box box; /* of the last */
} sum;

static rgpt_status add_up(void *context, const rg_coco_detection *d, rgpt_error *err) {
    (void)err;
    sum *s = context;
    s->count++;
    s->area += d->area;
    s->box = d->box;
    if (d->mask) s->mask_area += (double)rg_rle_area(d->mask);
    return RGPT_OK;
}

static rgpt_status read_results(const char *text, bool with_masks, sum *out, rgpt_error *err) {
    rg_coco_truth t;
    assert_int_equal(read_truth("{" INDEX "}", 0, &t, NULL), RGPT_OK);
    *out = (sum){0};
    rgpt_status status = rg_coco_results_read_bytes("R", text, strlen(text), &t, with_masks, add_up, out, err);
    rg_coco_truth_reset(&t);
    return status;
}

static void the_first_result_decides_the_form(void **state) {
    (void)state;
    sum s;
    assert_int_equal(read_results("[]", true, &s, NULL), RGPT_OK);
    assert_int_equal(s.count, 0);
    /* A box: its area counts, and as a mask it is drawn, or what stands beside it is taken. */
    assert_int_equal(read_results("[{\"image_id\":9,\"category_id\":3,\"score\":1,\"bbox\":[0,0,2,3]},"
                                  "{\"image_id\":9,\"category_id\":3,\"score\":-1e9,\"bbox\":[-5,0,10,1],"
                                  "\"segmentation\":" RLE "}]",
                                  true, &s, NULL),
                     RGPT_OK);
    assert_true(s.count == 2 && s.area == 16 && s.mask_area == 6 + 4);
    /* A mask: its area, and its bounds as the box. */
    assert_int_equal(read_results("[{\"image_id\":9,\"category_id\":3,\"score\":0.5,\"bbox\":[],\"segmentation\":" RLE
                                  "}]",
                                  false, &s, NULL),
                     RGPT_OK);
    assert_true(s.count == 1 && s.area == 4 && s.mask_area == 0);
    assert_true(s.box.x == 0 && s.box.y == 0 && s.box.width == 2 && s.box.height == 3);
}

static void assert_results_refused(const char *text, bool with_masks, const char *message) {
    sum s;
    rgpt_error err = {0};
    assert_int_equal(read_results(text, with_masks, &s, &err), RGPT_FORMAT);
    assert_string_equal(err.message, message);
}

#define GOOD "{\"image_id\":9,\"category_id\":3,\"score\":1,\"bbox\":[0,0,1,1]}"

static void bad_results_are_refused_by_name(void **state) {
    (void)state;
    assert_results_refused("{}", false, "R: at byte 0: found '{', wanted an array, '['");
    assert_results_refused("", false, "R: at byte 0: found the end of the file, wanted an array, '['");
    assert_results_refused("[{\"image_id\":9,\"category_id\":3,\"score\":1}]", false,
                           "R: element 0 at byte 1: found neither 'bbox' nor 'segmentation', wanted one of them");
    assert_results_refused("[" GOOD ",{\"image_id\":9,\"category_id\":3,\"score\":NaN,\"bbox\":[0,0,1,1]}]", false,
                           "R: element 1 at byte 59: invalid token near 'NaN' (its byte 41)");
    assert_results_refused("[" GOOD ",{\"image_id\":9,\"category_id\":3,\"score\":1e999,\"bbox\":[0,0,1,1]}]", false,
                           "R: element 1 at byte 59: real number overflow near '1e999' (its byte 43)");
    assert_results_refused("[" GOOD ",{\"image_id\":9,\"category_id\":3,\"score\":\"1\",\"bbox\":[0,0,1,1]}]", false,
                           "R: element 1 at byte 59: 'score': found a string, wanted a number");
    assert_results_refused("[" GOOD ",{\"image_id\":1,\"category_id\":3,\"score\":1,\"bbox\":[0,0,1,1]}]", false,
                           "R: element 1 at byte 59: found image_id 1, which the ground truth lacks");
    assert_results_refused("[" GOOD ",{\"image_id\":9,\"category_id\":1,\"score\":1,\"bbox\":[0,0,1,1]}]", false,
                           "R: element 1 at byte 59: found category_id 1, which the ground truth lacks");
    assert_results_refused("[" GOOD ",{\"image_id\":9,\"score\":1,\"bbox\":[0,0,1,1]}]", false,
                           "R: element 1 at byte 59: 'category_id': found nothing, wanted an integer");
    assert_results_refused("[" GOOD ",{\"image_id\":9,\"category_id\":3,\"score\":1,\"bbox\":[0,0,1,-2]}]", false,
                           "R: element 1 at byte 59: 'bbox': found a size of 1 x -2, wanted none below 0");
    assert_results_refused("[{\"id\":4,\"image_id\":9,\"category_id\":3,\"score\":1,\"bbox\":[0,0,1,1]},"
                           "{\"id\":4,\"image_id\":9,\"category_id\":3,\"score\":1,\"bbox\":[0,0,1,1]}]",
                           false, "R: detections[0] and detections[1]: both have id 4");
    assert_results_refused("[" GOOD, false, "R: element 1 at byte 58: found the end of the file, wanted ',' or ']'");
    sum s;
    rgpt_error err = {0};
    assert_int_equal(
        read_results("[{\"image_id\":2,\"category_id\":3,\"score\":1,\"segmentation\":" RLE "}]", true, &s, &err),
        RGPT_FORMAT);
    assert_true(strncmp(err.message, "R: element 0 at byte 1: 'segmentation': ", 40) == 0);
}

/* ------------------------------------------------------------------ captions */

static void write_file(const char *path, const char *text) {
    assert_int_equal(rg_file_write(path, text, strlen(text), NULL), RGPT_OK);
}

static void captions_are_checked_against_the_truth(void **state) {
    (void)state;
    char path[] = "/tmp/rg_captions_XXXXXX";
    close(mkstemp(path));
    rg_coco_captions truth, results;
    rgpt_error err = {0};
    write_file(path,
               "{\"images\":[{\"id\":8},{\"id\":2}],\"annotations\":[{\"id\":1,\"image_id\":8,\"caption\":\"a cat\"},"
               "{\"id\":2,\"image_id\":8,\"caption\":\"\"}]}");
    assert_int_equal(rg_coco_captions_read_truth(path, &truth, NULL), RGPT_OK);
    assert_true(truth.count == 2 && truth.image_count == 2 && truth.image_ids[0] == 2);
    assert_string_equal(truth.text.data + truth.items[0].text, "a cat");
    assert_true(truth.items[1].size == 0 && truth.items[1].image_id == 8);

    write_file(path, "[{\"image_id\":8,\"caption\":\"dog\"}]");
    assert_int_equal(rg_coco_captions_read_results(path, &truth, &results, NULL), RGPT_OK);
    assert_true(results.count == 1 && results.image_count == 1 && results.image_ids[0] == 8);
    rg_coco_captions_reset(&results);

    const struct {
        const char *text, *message;
    } bad[] = {
        {"[{\"image_id\":3,\"caption\":\"dog\"}]", "found image_id 3, wanted an image's id of the ground truth"},
        {"[{\"image_id\":8,\"caption\":\"a\"},{\"image_id\":8,\"caption\":\"b\"}]",
         "results[0] and results[1]: both have image_id 8"},
        {"[{\"image_id\":8}]", "element 0 at byte 1: 'caption': found nothing, wanted a string"},
        {"[{\"image_id\":8,\"caption\":\"\xFF\"}]", "element 0 at byte 1: unable to decode byte 0xff"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rg_error_clear(&err);
        write_file(path, bad[i].text);
        assert_int_equal(rg_coco_captions_read_results(path, &truth, &results, &err), RGPT_FORMAT);
        assert_non_null(strstr(err.message, bad[i].message));
    }
    rg_error_clear(&err);
    write_file(path, "{\"images\":[{\"id\":8}],\"annotations\":[{\"id\":1,\"image_id\":7,\"caption\":\"\"}]}");
    assert_int_equal(rg_coco_captions_read_truth(path, &results, &err), RGPT_FORMAT);
    assert_non_null(strstr(err.message, "annotations[0] at byte 36: found image_id 7, wanted an image's id"));
    rg_coco_captions_reset(&truth);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truth_is_read_in_any_order_of_sections), cmocka_unit_test(masks_are_kept_when_asked_for),
        cmocka_unit_test(bad_truth_is_refused_by_name),           cmocka_unit_test(bad_annotations_are_refused_by_name),
        cmocka_unit_test(the_first_result_decides_the_form),      cmocka_unit_test(bad_results_are_refused_by_name),
        cmocka_unit_test(captions_are_checked_against_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
