/* Memory and file failures in reading pictures and masks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/buffer.h"
#include "image/decode.h"
#include "image/resize.h"
#include "image/segmentation.h"
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_survive_full_memory),
        cmocka_unit_test(pictures_survive_failing_calls),
        cmocka_unit_test(masks_survive_full_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
