/* Memory and file failures in pictures, masks, regions and overlays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "image/decode.h"
#include "image/draw.h"
#include "image/frame.h"
#include "image/polygon.h"
#include "image/resize.h"
#include "image/segmentation.h"
#include "scratch.h"
#include "torture.h"

/* A small one of each format, one to be turned. */
static const char *const pictures[] = {
    TEST_DATA "/bad/images/png_ok_1x1.png",
    TEST_DATA "/bad/images/jpeg_exif_orient6.jpg",
    TEST_DATA "/bad/images/webp_ok_lossless.webp",
};

static rgpt_status picture_story(void *what, rgpt_error *err) {
    const rg_image_limits limits = {.pixels = 2000000};
    rg_image image, small;
    rgpt_status status = rg_image_read(what, &limits, RG_AS_DISPLAYED, &image, err);
    if (status != RGPT_OK) return status;
    status = rg_image_resize(&image, 5, 7, RG_FILTER_BICUBIC, &small, err);
    if (status == RGPT_OK) rg_image_reset(&small);
    rg_image_reset(&image);
    return status;
}

/* From JSON to runs, in every form; united; to text. */
static rgpt_status mask_story(void *what, rgpt_error *err) {
    static const char *const forms[] = {
        "[[1,1,6,1,6,6,1,6]]",
        "{\"size\":[8,8],\"counts\":[10,20,34]}",
        "{\"size\":[8,8],\"counts\":\":d0R1\"}",
    };
    (void)what;
    rg_rle masks[3] = {{0}};
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < 3 && status == RGPT_OK; i++) {
        json_t *form = json_loads(forms[i], 0, NULL);
        status = form ? rg_segmentation_parse(form, 8, 8, &masks[i], err) : rg_fail_memory(err, "test", 1);
        json_decref(form);
    }
    rg_rle all = {0};
    rg_buffer text = {.cap = 1000};
    if (status == RGPT_OK) status = rg_rle_merge(masks, 3, false, &all, err);
    if (status == RGPT_OK) status = rg_rle_to_string(&all, &text, err);
    rg_buffer_reset(&text);
    rg_rle_reset(&all);
    for (size_t i = 0; i < 3; i++) rg_rle_reset(&masks[i]);
    return status;
}

/* A list of every kind of region, from C and from JSON. */
static rgpt_status region_story(void *what, rgpt_error *err) {
    static const char json[] =
        "{\"regions\": [{\"box\": [1,1,3,3]}, {\"polygon\": [1,1,6,1,6,6]}, {\"point\": [4,4,2]},"
        "{\"scribble\": [1,1,5,5]}, {\"size\": [8,8], \"counts\": [10,20,34]}]}";
    const double xy[] = {1, 1, 6, 1, 6, 6};
    (void)what;
    rgpt_regions *regions;
    rgpt_status status = rgpt_regions_new(8, 8, &regions, err);
    if (status == RGPT_OK) status = rgpt_regions_add_box(regions, 1, 1, 3, 3, err);
    if (status == RGPT_OK) status = rgpt_regions_add_polygon(regions, xy, 3, err);
    if (status == RGPT_OK) status = rgpt_regions_add_scribble(regions, xy, 3, 0, err);
    if (status == RGPT_OK) status = rgpt_regions_add_json(regions, json, sizeof json - 1, NULL, err);
    rgpt_regions_free(regions);
    return status;
}

static rgpt_status coverage_story(void *what, rgpt_error *err) {
    (void)what;
    static const float half[3] = {0.5f, 0.5f, 0.5f};
    float map[9];
    rg_frame frame;
    rg_rle mask = {0};
    rg_frame_init(RG_FRAME_PAD, 12, half, half, &frame);
    rgpt_status status = rg_box_rle((rg_box){1, 1, 3, 3}, 8, 12, &mask, err);
    if (status == RGPT_OK) status = rg_frame_coverage(&frame, &mask, 3, false, map, NULL, err);
    rg_rle_reset(&mask);
    return status;
}

static rgpt_status mask_file_story(void *what, rgpt_error *err) {
    (void)what;
    rgpt_regions *regions;
    rgpt_status status = rgpt_regions_new(4, 2, &regions, err);
    if (status == RGPT_OK) status = rgpt_regions_add_mask_file(regions, TEST_DATA "/masks/alpha.png", err);
    rgpt_regions_free(regions);
    return status;
}

static rgpt_status overlay_story(void *what, rgpt_error *err) {
    rg_image image;
    rgpt_regions *regions = NULL;
    rgpt_status status = rg_image_init(20, 10, &image, err);
    if (status != RGPT_OK) return status;
    memset(image.rgb, 90, 3 * 20 * 10);
    status = rgpt_regions_new(20, 10, &regions, err);
    if (status == RGPT_OK) status = rgpt_regions_add_point(regions, 5, 5, 3, err);
    if (status == RGPT_OK) status = rg_overlay_write(what, &image, regions, NULL, err);
    rgpt_regions_free(regions);
    rg_image_reset(&image);
    return status;
}

static void pictures_survive_full_memory(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
        torture_memory(picture_story, (void *)(uintptr_t)pictures[i], 0);
    }
}

static void pictures_survive_failing_calls(void **state) {
    (void)state;
    torture_calls(picture_story, (void *)(uintptr_t)pictures[0]);
}

static void masks_survive_full_memory(void **state) {
    (void)state;
    torture_memory(mask_story, NULL, 0);
}

static void regions_survive_full_memory(void **state) {
    (void)state;
    torture_memory(region_story, NULL, 0);
    torture_memory(mask_file_story, NULL, 0);
    torture_memory(coverage_story, NULL, 0);
}

static void mask_files_survive_failing_calls(void **state) {
    (void)state;
    torture_calls(mask_file_story, NULL);
}

static void overlays_survive_full_memory(void **state) {
    torture_memory(overlay_story, *state, 0);
}

static void overlays_survive_failing_calls(void **state) {
    torture_calls(overlay_story, *state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_survive_full_memory),
        cmocka_unit_test(pictures_survive_failing_calls),
        cmocka_unit_test(masks_survive_full_memory),
        cmocka_unit_test(regions_survive_full_memory),
        cmocka_unit_test(mask_files_survive_failing_calls),
        unit_test_with_scratch(overlays_survive_full_memory),
        unit_test_with_scratch(overlays_survive_failing_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
