/* Pictures in: orientation, limits, masks; in memory: resize, the frame. That decoders refuse bad files and
 * that resizing is Pillow's is tested by the folder runners (tests/data/bad/images, tests/data/golden/resize). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "image/decode.h"
#include "image/encode.h"
#include "image/frame.h"

/* A picture whose every pixel is different: red is x, green is y. */
static rg_image ramp(int width, int height) {
    rg_image image;
    assert_int_equal(rg_image_init(width, height, &image, NULL), RGPT_OK);
    for (int i = 0; i < width * height; i++) {
        image.rgb[3 * i] = (uint8_t)(i % width);
        image.rgb[3 * i + 1] = (uint8_t)(i / width);
        image.rgb[3 * i + 2] = 7;
    }
    return image;
}

static void assert_pixel(const rg_image *image, int x, int y, int red, int green) {
    const uint8_t *p = image->rgb + 3 * (y * image->width + x);
    assert_int_equal(p[0], red);
    assert_int_equal(p[1], green);
}

/* ---- orientation */

/* Which stored pixel is shown at the top left, and which right of it; from a stored 3 x 2 picture. */
static void orientations_turn_as_exif_defines_them(void **state) {
    (void)state;
    static const int wanted[9][4] = {
        [1] = {0, 0, 1, 0}, [2] = {2, 0, 1, 0}, [3] = {2, 1, 1, 1}, [4] = {0, 1, 1, 1},
        [5] = {0, 0, 0, 1}, [6] = {0, 1, 0, 0}, [7] = {2, 1, 2, 0}, [8] = {2, 0, 2, 1},
    };
    for (int orientation = 1; orientation <= 8; orientation++) {
        rg_image image = ramp(3, 2);
        assert_int_equal(rg_image_orient(&image, orientation, NULL), RGPT_OK);
        assert_int_equal(image.width, orientation < 5 ? 3 : 2);
        const int *w = wanted[orientation];
        assert_pixel(&image, 0, 0, w[0], w[1]);
        assert_pixel(&image, 1, 0, w[2], w[3]);
        rg_image_reset(&image);
    }
    rg_image image = ramp(1, 1);
    assert_int_equal(rg_image_orient(&image, 0, NULL), RGPT_INVALID);
    assert_int_equal(rg_image_orient(&image, 9, NULL), RGPT_INVALID);
    rg_image_reset(&image);
}

static void large_pictures_turn_in_tiles(void **state) {
    (void)state;
    rg_image image = ramp(200, 131);
    assert_int_equal(rg_image_orient(&image, 6, NULL), RGPT_OK);
    for (int y = 0; y < 200; y++) {
        for (int x = 0; x < 131; x++) assert_pixel(&image, x, y, y, 130 - x);
    }
    rg_image_reset(&image);
}

static void exif_decides_how_a_photo_is_shown(void **state) {
    (void)state;
    static const char path[] = TEST_DATA "/bad/images/jpeg_exif_orient6.jpg";
    rg_image stored, shown;
    assert_int_equal(rg_image_read(path, NULL, RG_AS_STORED, &stored, NULL), RGPT_OK);
    assert_int_equal(rg_image_read(path, NULL, RG_AS_DISPLAYED, &shown, NULL), RGPT_OK);
    assert_int_equal(stored.width, 64);
    assert_int_equal(stored.height, 32);
    assert_int_equal(shown.width, 32);
    assert_memory_equal(shown.rgb, stored.rgb + 3 * 64 * 31, 3); /* the lower left corner came up */
    rg_image_reset(&stored);
    rg_image_reset(&shown);
}

/* ---- files */

static char *make_folder(char *folder) {
    assert_non_null(mkdtemp(folder));
    return folder;
}

static void what_is_written_can_be_read(void **state) {
    (void)state;
    char folder[] = "/tmp/rg_test_XXXXXX", path[64];
    snprintf(path, sizeof path, "%s/p.png", make_folder(folder));
    rg_image image = ramp(31, 17), again;
    assert_int_equal(rg_image_write(path, &image, NULL), RGPT_OK);
    assert_int_equal(rg_image_read(path, NULL, RG_AS_DISPLAYED, &again, NULL), RGPT_OK);
    assert_int_equal(again.width, 31);
    assert_memory_equal(image.rgb, again.rgb, 3 * 31 * 17);
    rg_image_reset(&image);
    rg_image_reset(&again);
    unlink(path);
    rmdir(folder);
}

/* Each limit at the picture's own size and just below: 64 x 32 pixels in 697 bytes. */
static void limits_hold_to_the_pixel(void **state) {
    (void)state;
    static const char path[] = TEST_DATA "/bad/images/jpeg_exif_orient6.jpg";
    const struct {
        rg_image_limits limits;
        rgpt_status wanted;
    } rows[] = {
        {{.side = 64}, RGPT_OK},        {{.side = 63}, RGPT_LIMIT},       {{.pixels = 2048}, RGPT_OK},
        {{.pixels = 2047}, RGPT_LIMIT}, {{.encoded_size = 697}, RGPT_OK}, {{.encoded_size = 696}, RGPT_LIMIT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rg_image image;
        rgpt_error err = {0};
        assert_int_equal(rg_image_read(path, &rows[i].limits, RG_AS_STORED, &image, &err), rows[i].wanted);
        assert_true((err.message[0] != '\0') == (rows[i].wanted != RGPT_OK));
        rg_image_reset(&image);
    }
}

static void scans_are_counted(void **state) {
    (void)state;
    static const char path[] = TEST_DATA "/bad/images/jpeg_ok_progressive.jpg";
    rg_image image;
    rgpt_error err = {0};
    const rg_image_limits few = {.scans = 3};
    assert_int_equal(rg_image_read(path, &few, RG_AS_STORED, &image, &err), RGPT_LIMIT);
    assert_non_null(strstr(err.message, "JPEG: found more than 3 scans"));
}

/* Every picture in the set of inputs, cut off at every length: refused, and cleanly. */
static void cut_files_are_refused(void **state) {
    (void)state;
    static const char *const paths[] = {
        TEST_DATA "/bad/images/png_ok_1x1.png",
        TEST_DATA "/bad/images/jpeg_exif_orient6.jpg",
        TEST_DATA "/bad/images/webp_ok_lossless.webp",
    };
    const rg_image_limits limits = {.pixels = 2000000};
    for (size_t p = 0; p < sizeof paths / sizeof *paths; p++) {
        char *bytes;
        size_t size;
        assert_int_equal(rg_file_read(paths[p], 1 << 20, &bytes, &size, NULL), RGPT_OK);
        for (size_t length = 0; length < size; length += 1 + length / 100) {
            rg_image image;
            rgpt_error err = {0};
            if (rg_image_decode(bytes, length, &limits, RG_AS_STORED, &image, &err) == RGPT_OK) {
                fail_msg("%s: accepted when cut to %zu bytes", paths[p], length);
            }
            assert_null(image.rgb);
            assert_true(err.message[0] != '\0');
        }
        free(bytes);
    }
}

static void other_formats_are_named(void **state) {
    (void)state;
    rg_image image;
    rgpt_error err = {0};
    assert_int_equal(rg_image_decode("GIF89a", 6, NULL, RG_AS_STORED, &image, &err), RGPT_UNSUPPORTED);
    assert_string_equal(err.message, "image: found GIF, wanted JPEG, PNG or WebP");
    int w, h;
    uint8_t *mask;
    rg_error_clear(&err);
    assert_int_equal(rg_mask_decode("\xFF\xD8\xFF", 3, NULL, &w, &h, &mask, &err), RGPT_UNSUPPORTED);
    assert_string_equal(err.message, "mask: found JPEG, wanted PNG");
}

/* One mask in every form of PNG: pixels (1, 0) and (2, 1) of 4 x 2 are inside. */
static void masks_come_in_every_form(void **state) {
    (void)state;
    static const char *const forms[] = {"grey1",
                                        "grey8",
                                        "grey16",
                                        "rgb",
                                        "palette",
                                        "alpha",
                                        "opaque",
                                        "grey_alpha16",
                                        "interlaced",
                                        "interlaced_alpha",
                                        "interlaced_opaque"};
    static const uint8_t wanted[] = {0, 1, 0, 0, 0, 0, 1, 0};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char path[300], *bytes;
        size_t size;
        int width, height;
        uint8_t *mask;
        snprintf(path, sizeof path, TEST_DATA "/masks/%s.png", forms[i]);
        assert_int_equal(rg_file_read(path, 1 << 20, &bytes, &size, NULL), RGPT_OK);
        assert_int_equal(rg_mask_decode(bytes, size, NULL, &width, &height, &mask, NULL), RGPT_OK);
        assert_true(width == 4 && height == 2);
        if (memcmp(mask, wanted, sizeof wanted) != 0) fail_msg("%s", forms[i]);
        free(mask);
        free(bytes);
    }
}

/* ---- the frame */

static const float half[3] = {0.5f, 0.5f, 0.5f};

static void padding_is_half_the_difference(void **state) {
    (void)state;
    rg_frame frame;
    rg_frame_init(RG_FRAME_PAD, 5, half, half, &frame);
    assert_int_equal(frame.fill[0], 127);
    rg_image image = ramp(5, 2), square; /* 3 rows are missing: 1 above, 2 below */
    assert_int_equal(rg_frame_image(&frame, &image, &square, NULL), RGPT_OK);
    assert_pixel(&square, 3, 0, 127, 127);
    assert_pixel(&square, 3, 1, 3, 0);
    assert_pixel(&square, 4, 2, 4, 1);
    assert_pixel(&square, 0, 3, 127, 127);
    double x, y;
    rg_frame_point(&frame, 5, 2, 1.5, 0.5, &x, &y);
    assert_true(x == 1.5 && y == 1.5);
    float pixels[3 * 25];
    assert_int_equal(rg_frame_pixels(&frame, &image, pixels, NULL), RGPT_OK);
    assert_true(pixels[0] == (127 / 255.0f - 0.5f) / 0.5f);
    assert_true(pixels[25 + 2 * 5] == (1 / 255.0f - 0.5f) / 0.5f); /* green, third row */
    rg_image_reset(&image);
    rg_image_reset(&square);
}

/* A canvas must be what pasting on a ground and resizing that is. */
static void padding_and_resizing_are_one_step(void **state) {
    (void)state;
    rg_frame frame;
    rg_frame_init(RG_FRAME_PAD, 24, half, half, &frame);
    for (int turn = 0; turn < 2; turn++) {
        rg_image image = turn ? ramp(37, 90) : ramp(90, 37), ground, direct, pasted;
        assert_int_equal(rg_image_init(90, 90, &ground, NULL), RGPT_OK);
        memset(ground.rgb, 127, 3 * 90 * 90);
        size_t row_size = 3 * (size_t)image.width;
        for (int y = 0; y < image.height; y++) {
            int at = turn ? 90 * y + 26 : 90 * (y + 26);
            memcpy(ground.rgb + 3 * at, image.rgb + (size_t)y * row_size, row_size);
        }
        assert_int_equal(rg_frame_image(&frame, &image, &direct, NULL), RGPT_OK);
        assert_int_equal(rg_image_resize(&ground, 24, 24, RG_FILTER_BICUBIC, &pasted, NULL), RGPT_OK);
        assert_memory_equal(direct.rgb, pasted.rgb, 3 * 24 * 24);
        rg_image_reset(&image);
        rg_image_reset(&ground);
        rg_image_reset(&direct);
        rg_image_reset(&pasted);
    }
}

static void a_picture_of_one_pixel_fills_everything(void **state) {
    (void)state;
    rg_image one = ramp(1, 1), many;
    assert_int_equal(rg_image_resize(&one, 33, 21, RG_FILTER_BICUBIC, &many, NULL), RGPT_OK);
    for (int i = 0; i < 33 * 21; i++) assert_int_equal(many.rgb[3 * i + 2], 7);
    rg_image_reset(&one);
    rg_image_reset(&many);
    assert_int_equal(rg_image_init(0, 5, &many, NULL), RGPT_INVALID);
}

static rg_rle mask_of(uint32_t height, uint32_t width, uint32_t x, uint32_t y) {
    const int64_t runs[] = {x * height + y, 1, (int64_t)height * width - x * height - y - 1};
    rg_rle mask;
    assert_int_equal(rg_rle_from_runs(height, width, runs, 3, &mask, NULL), RGPT_OK);
    return mask;
}

static void coverage_is_sampled_between_pixels(void **state) {
    (void)state;
    rg_frame squash, pad;
    rg_frame_init(RG_FRAME_SQUASH, 4, half, half, &squash);
    rg_frame_init(RG_FRAME_PAD, 4, half, half, &pad);
    rg_rle mask = mask_of(4, 4, 1, 0);
    float map[16];
    bool vanished;
    assert_int_equal(rg_frame_coverage(&squash, &mask, 2, false, map, &vanished, NULL), RGPT_OK);
    assert_true(map[0] == 0.25f && map[1] == 0 && map[2] == 0 && map[3] == 0 && !vanished);
    rg_rle_reset(&mask);

    mask = mask_of(2, 4, 3, 1); /* padded to 4 x 4 it lies in the third row */
    assert_int_equal(rg_frame_coverage(&pad, &mask, 4, false, map, NULL, NULL), RGPT_OK);
    for (int i = 0; i < 16; i++) assert_true(map[i] == (i == 11 ? 1 : 0));
    rg_rle_reset(&mask);
}

static void specks_are_given_to_their_nearest_cell(void **state) {
    (void)state;
    rg_frame frame;
    rg_frame_init(RG_FRAME_PAD, 4, half, half, &frame);
    rg_rle mask = mask_of(50, 100, 99, 49); /* on the ground at (99, 74) of 100 x 100 */
    float map[16];
    bool vanished = false;
    assert_int_equal(rg_frame_coverage(&frame, &mask, 4, true, map, &vanished, NULL), RGPT_OK);
    for (int i = 0; i < 16; i++) assert_true(map[i] == 0);
    assert_true(vanished);
    assert_int_equal(rg_frame_coverage(&frame, &mask, 4, false, map, &vanished, NULL), RGPT_OK);
    for (int i = 0; i < 16; i++) assert_true(map[i] == (i == 11 ? 1 : 0));
    assert_true(vanished);
    rg_rle_reset(&mask);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orientations_turn_as_exif_defines_them),
        cmocka_unit_test(large_pictures_turn_in_tiles),
        cmocka_unit_test(exif_decides_how_a_photo_is_shown),
        cmocka_unit_test(what_is_written_can_be_read),
        cmocka_unit_test(limits_hold_to_the_pixel),
        cmocka_unit_test(scans_are_counted),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(other_formats_are_named),
        cmocka_unit_test(masks_come_in_every_form),
        cmocka_unit_test(padding_is_half_the_difference),
        cmocka_unit_test(padding_and_resizing_are_one_step),
        cmocka_unit_test(a_picture_of_one_pixel_fills_everything),
        cmocka_unit_test(coverage_is_sampled_between_pixels),
        cmocka_unit_test(specks_are_given_to_their_nearest_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
