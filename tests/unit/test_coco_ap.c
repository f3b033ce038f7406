/* Average precision: by hand where it can be, misuse, nothing detected, threads. (Exactness: the cases in
 * tests/data/metrics, scored by pycocotools.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/rng.h"
#include "eval/coco_ap.h"
#include "eval/mean.h"

/* Two dogs (one a crowd) and a cat in image 1, an empty image 2. */
static const char pets[] =
    "{\"images\":[{\"id\":2,\"width\":99,\"height\":99},{\"id\":1,\"width\":99,\"height\":99}],"
    "\"categories\":[{\"id\":5,\"name\":\"dog\"},{\"id\":6,\"name\":\"cat\"},{\"id\":7,\"name\":\"eel\"}],"
    "\"annotations\":[{\"id\":1,\"image_id\":1,\"category_id\":5,\"bbox\":[0,0,40,40],\"area\":1600},"
    "{\"id\":2,\"image_id\":1,\"category_id\":5,\"bbox\":[50,50,40,40],\"area\":1600,\"iscrowd\":1},"
    "{\"id\":3,\"image_id\":1,\"category_id\":6,\"bbox\":[0,50,10,10],\"area\":100}]}";

enum { DOG = 0, CAT = 1, EEL = 2, FIRST = 0, SECOND = 1 };

static void open_pets(rg_coco_truth *truth, const rg_ap_options *options, rg_ap **ap) {
    unsigned needs = RG_COCO_BOXES | RG_COCO_AREAS;
    assert_int_equal(rg_coco_truth_read_bytes("pets", pets, sizeof pets - 1, needs, truth, NULL), RGPT_OK);
    assert_int_equal(rg_ap_new(truth, options, ap, NULL), RGPT_OK);
}

static void add(rg_ap *ap, uint32_t image, uint32_t category, double score, rg_box box) {
    const rg_coco_detection d = {image, category, score, box, box.width * box.height, NULL};
    assert_int_equal(rg_ap_add(ap, &d, NULL), RGPT_OK);
}

static void nothing_detected_is_zero(void **state) {
    (void)state;
    rg_coco_truth truth;
    rg_ap *ap;
    rg_ap_summary s;
    open_pets(&truth, &(rg_ap_options){0}, &ap);
    assert_int_equal(rg_ap_finish(ap, &s, NULL), RGPT_OK);
    assert_true(s.detection_count == 0 && s.truth_count == 3 && s.crowd_count == 1);
    assert_true(s.image_count == 2 && s.category_count == 2);
    for (rg_ap_number n = 0; n < RG_AP_NUMBER_COUNT; n++) {
        assert_true(s.numbers[n] == (n == RG_AP_L || n == RG_AR_L ? -1 : 0)); /* no large truth: no value */
    }
    assert_int_equal(rg_ap_finish(ap, &s, NULL), RGPT_INVALID);
    rg_ap_free(ap);
    rg_coco_truth_reset(&truth);
}

static void a_perfect_detector_is_one_but_for_the_epsilon(void **state) {
    (void)state;
    rg_coco_truth truth;
    rg_ap *ap;
    rg_ap_summary s;
    open_pets(&truth, &(rg_ap_options){0}, &ap);
    add(ap, FIRST, DOG, 0.3, (rg_box){0, 0, 40, 40});
    add(ap, FIRST, DOG, 0.9, (rg_box){60, 60, 20, 20}); /* inside the crowd: neither right nor wrong */
    add(ap, FIRST, DOG, 0.8, (rg_box){70, 70, 20, 20}); /* and so is a second one */
    add(ap, FIRST, CAT, 0.1, (rg_box){0, 50, 10, 10});
    add(ap, SECOND, EEL, 0.1, (rg_box){0, 50, 10, 10}); /* a category without truth does not count */
    assert_int_equal(rg_ap_finish(ap, &s, NULL), RGPT_OK);
    assert_true(fabs(s.numbers[RG_AP] - 1) < 1e-15 && s.numbers[RG_AP] < 1);
    assert_true(s.numbers[RG_AR_LAST] == 1 && s.numbers[RG_AR_FIRST] == 0.5); /* the dog is third of its pair */

    rg_ap_pair pair;
    assert_int_equal(rg_ap_pair_at(ap, FIRST, DOG, RG_AP_ALL, &pair, NULL), RGPT_OK);
    assert_true(pair.detection_count == 3 && pair.truth_count == 2);
    assert_true(pair.detections[0] == 1 && pair.detections[1] == 2 && pair.detections[2] == 0);
    assert_true(pair.matches[0].truth[9] == 1 && pair.matches[1].truth[9] == 1 && pair.matches[2].truth[9] == 0);
    assert_true(pair.ignored[0] == 0x3ff && pair.ignored[2] == 0);
    assert_true(!pair.truth_ignored[0] && pair.truth_ignored[1]);
    rg_ap_pair_reset(&pair);
    assert_int_equal(rg_ap_pair_at(ap, SECOND, DOG, RG_AP_ALL, &pair, NULL), RGPT_OK);
    assert_true(pair.detection_count == 0 && pair.truth_count == 0);
    rg_ap_free(ap);
    rg_coco_truth_reset(&truth);
}

static void misuse_is_refused(void **state) {
    (void)state;
    rg_coco_truth truth;
    rg_ap *ap, *none;
    rg_ap_summary s;
    rg_ap_curve curve;
    open_pets(&truth, &(rg_ap_options){0}, &ap);
    const rg_coco_detection nan_score = {FIRST, DOG, NAN, {0, 0, 1, 1}, 1, NULL},
                            far = {2, DOG, 0, {0, 0, 1, 1}, 1, NULL};
    assert_int_equal(rg_ap_add(ap, &nan_score, NULL), RGPT_INVALID);
    assert_int_equal(rg_ap_add(ap, &far, NULL), RGPT_INVALID);
    assert_int_equal(rg_ap_curve_at(ap, DOG, RG_AP_ALL, 2, &curve, NULL), RGPT_INVALID);
    assert_int_equal(rg_ap_finish(ap, &s, NULL), RGPT_OK);
    assert_int_equal(rg_ap_curve_at(ap, 3, RG_AP_ALL, 2, &curve, NULL), RGPT_INVALID);
    assert_int_equal(rg_ap_curve_at(ap, DOG, RG_AP_ALL, 3, &curve, NULL), RGPT_INVALID);
    assert_int_equal(rg_ap_new(&truth, &(rg_ap_options){.by_mask = true}, &none, NULL), RGPT_INVALID);
    assert_int_equal(rg_ap_new(&truth, &(rg_ap_options){.limits = {1, 100, 10}}, &none, NULL), RGPT_INVALID);
    const int64_t ids[] = {1, 3};
    assert_int_equal(rg_ap_new(&truth, &(rg_ap_options){.image_ids = ids, .image_id_count = 2}, &none, NULL),
                     RGPT_INVALID);
    assert_null(none);
    rg_ap_free(ap);
    rg_coco_truth_reset(&truth);
}

/* The same invented detections of crowded images, with one thread and with four. */
static void run_threads(int threads, rg_ap_summary *out) {
    enum { IMAGES = 20, CATEGORIES = 5, TRUTHS = 400, DETECTIONS = 3000 };
    rg_coco_image images[IMAGES];
    rg_coco_category categories[CATEGORIES];
    rg_coco_annotation annotations[TRUTHS];
    rg_rng rng;
    rg_rng_init(&rng, 1);
    for (int i = 0; i < IMAGES; i++) images[i] = (rg_coco_image){.id = i};
    for (int i = 0; i < CATEGORIES; i++) categories[i] = (rg_coco_category){.id = i};
    for (int i = 0; i < TRUTHS; i++) {
        rg_box box = {(double)rg_rng_below(&rng, 20), (double)rg_rng_below(&rng, 20), 40,
                      (double)rg_rng_below(&rng, 60)};
        annotations[i] = (rg_coco_annotation){.id = i + 1,
                                              .image = (uint32_t)rg_rng_below(&rng, IMAGES),
                                              .category = (uint32_t)rg_rng_below(&rng, CATEGORIES),
                                              .box = box,
                                              .area = box.width * box.height};
    }
    rg_coco_truth truth = {.images = images,
                           .image_count = IMAGES,
                           .categories = categories,
                           .category_count = CATEGORIES,
                           .annotations = annotations,
                           .annotation_count = TRUTHS};
    rg_ap *ap;
    assert_int_equal(rg_ap_new(&truth, &(rg_ap_options){0}, &ap, NULL), RGPT_OK);
    for (int i = 0; i < DETECTIONS; i++) {
        rg_box box = {(double)rg_rng_below(&rng, 20), (double)rg_rng_below(&rng, 20), 40,
                      (double)rg_rng_below(&rng, 60)};
        add(ap, (uint32_t)rg_rng_below(&rng, IMAGES), (uint32_t)rg_rng_below(&rng, CATEGORIES),
            (double)rg_rng_below(&rng, 9), box);
    }
    int before = omp_get_max_threads();
    omp_set_num_threads(threads);
    assert_int_equal(rg_ap_finish(ap, out, NULL), RGPT_OK);
    omp_set_num_threads(before);
    rg_ap_free(ap);
}

static void threads_do_not_change_a_digit(void **state) {
    (void)state;
    rg_ap_summary one, four;
    run_threads(1, &one);
    run_threads(4, &four);
    assert_true(one.numbers[RG_AP] > 0);
    assert_memory_equal(one.numbers, four.numbers, sizeof one.numbers);
}

static void means_add_up_in_numpys_order(void **state) {
    (void)state;
    static double values[10000];
    for (int i = 0; i < 10000; i++) values[i] = 1.0 / (i + 1);
    /* numpy 2.2: np.mean(1 / np.arange(1, n + 1)) */
    assert_true(rg_mean(values, 0, -1) == -1);
    assert_true(rg_mean(values, 5, 0) == 0.45666666666666667);
    assert_true(rg_mean(values, 100, 0) == 0.05187377517639621);
    assert_true(rg_mean(values, 1000, 0) == 0.007485470860550345);
    assert_true(rg_mean(values, 10000, 0) == 0.0009787606036044383);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_detected_is_zero),
        cmocka_unit_test(a_perfect_detector_is_one_but_for_the_epsilon),
        cmocka_unit_test(misuse_is_refused),
        cmocka_unit_test(threads_do_not_change_a_digit),
        cmocka_unit_test(means_add_up_in_numpys_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
