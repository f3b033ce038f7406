/* The base that everything stands on: messages, buffers, files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/checked.h"
#include "base/file.h"

static void first_error_is_kept(void **state) {
    (void)state;
    rgpt_error err = {0};
    assert_int_equal(rg_fail(&err, RGPT_FORMAT, "png: %s", "bad\nline"), RGPT_FORMAT);
    assert_string_equal(err.message, "png: bad line");
    assert_int_equal(rg_fail(&err, RGPT_IO, "later"), RGPT_IO);
    assert_int_equal(err.status, RGPT_FORMAT);
    rg_fail_within(&err, RGPT_FORMAT, "file %d", 7);
    assert_string_equal(err.message, "file 7: png: bad line");
    rg_error_clear(&err);
    assert_int_equal(err.status, RGPT_OK);
    assert_int_equal(rg_fail(NULL, RGPT_IO, "nobody listens"), RGPT_IO);
}

static void long_messages_are_cut_between_characters(void **state) {
    (void)state;
    char text[2 * sizeof(rgpt_error)];
    for (size_t i = 0; i + 2 < sizeof text; i += 2) memcpy(text + i, "\xC3\xA9", 3);
    rgpt_error err = {0};
    rg_fail(&err, RGPT_FORMAT, "%s", text);
    size_t length = strlen(err.message);
    assert_true(length < sizeof err.message);
    assert_string_equal(err.message + length - 3, "...");
    assert_int_equal((length - 3) % 2, 0);
}

static void messages_are_always_utf8(void **state) {
    (void)state;
    rgpt_error err = {0};
    rg_fail(&err, RGPT_FORMAT, "%s", "a\xff\xC3\xA9\xC3|\xED\xA0\x80|\xF0\x9F\x98\x80|\xE2\x82");
    assert_string_equal(err.message, "a?\xC3\xA9?|???|\xF0\x9F\x98\x80|\x3F?");
}

static void buffer_grows_to_its_cap(void **state) {
    (void)state;
    rg_buffer b = {.cap = 100};
    for (int i = 0; i < 20; i++) assert_int_equal(rg_buffer_format(&b, NULL, "%05d", i), RGPT_OK);
    assert_int_equal(b.size, 100);
    rgpt_error err = {0};
    assert_int_equal(rg_buffer_text(&b, "x", &err), RGPT_LIMIT);
    assert_int_equal(b.size, 100);
    assert_int_equal(strlen(b.data), 100);
    rg_buffer_reset(&b);
}

static void checked_sizes_do_not_wrap(void **state) {
    (void)state;
    size_t out = 7;
    assert_false(rg_mul_size(SIZE_MAX, 2, &out));
    assert_false(rg_add_size(SIZE_MAX, 1, &out));
    assert_false(rg_align_size(SIZE_MAX - 2, 64, &out));
    assert_int_equal(out, 7);
    assert_true(rg_align_size(65, 64, &out));
    assert_int_equal(out, 128);
}

static void files_are_replaced_whole(void **state) {
    (void)state;
    char folder[] = "/tmp/rg_test_XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64];
    snprintf(path, sizeof path, "%s/f", folder);

    assert_int_equal(rg_file_write(path, "old", 3, NULL), RGPT_OK);
    rg_writer *w;
    assert_int_equal(rg_writer_open(path, &w, NULL), RGPT_OK);
    assert_int_equal(rg_writer_write(w, "new!", 4, NULL), RGPT_OK);
    rg_writer_cancel(w);

    char *data;
    size_t size;
    rgpt_error err = {0};
    assert_int_equal(rg_file_read(path, 100, &data, &size, &err), RGPT_OK);
    assert_int_equal(size, 3);
    assert_string_equal(data, "old");
    free(data);
    assert_int_equal(rg_file_read(path, 2, &data, &size, &err), RGPT_LIMIT);
    assert_null(data);

    rg_map map;
    assert_int_equal(rg_map_open(path, &map, NULL), RGPT_OK);
    assert_memory_equal(map.data, "old", 3);
    rg_map_close(&map);

    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* fails if a temporary was left behind */
}

static void only_regular_files_are_read(void **state) {
    (void)state;
    char *data;
    size_t size;
    rgpt_error err = {0};
    assert_int_equal(rg_file_read("/tmp", 10, &data, &size, &err), RGPT_IO);
    rg_error_clear(&err);
    assert_int_equal(rg_file_read("/dev/zero", 10, &data, &size, &err), RGPT_IO);
    rg_error_clear(&err);
    assert_int_equal(rg_file_read("/nonexistent/x", 10, &data, &size, &err), RGPT_IO);
    assert_string_equal(err.message, "cannot open: /nonexistent/x: No such file or directory");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_error_is_kept),         cmocka_unit_test(long_messages_are_cut_between_characters),
        cmocka_unit_test(messages_are_always_utf8),    cmocka_unit_test(buffer_grows_to_its_cap),
        cmocka_unit_test(checked_sizes_do_not_wrap),   cmocka_unit_test(files_are_replaced_whole),
        cmocka_unit_test(only_regular_files_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
