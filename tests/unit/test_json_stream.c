/* Records of JSON files, one at a time: the three forms, places in errors, damage at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/json_stream.h"

/* Reads all of `text` and appends "section[index]@offset=value;" for each record to `out`. */
static rgpt_status list_records(const char *text, size_t size, rg_json_layout layout, const char *const *sections,
                                rg_buffer *out, rgpt_error *err) {
    rg_json_stream *s;
    rgpt_status status = rg_json_stream_open_bytes("F", text, size, layout, sections, &s, err);
    assert_int_equal(status, RGPT_OK);
    rg_json_record r;
    while ((status = rg_json_stream_next(s, &r, err)) == RGPT_OK && r.value) {
        char *value = json_dumps(r.value, JSON_ENCODE_ANY | JSON_COMPACT);
        rg_buffer_format(out, NULL, "%s[%zu]@%d=%s;", r.section, r.index, (int)r.offset, value);
        free(value);
    }
    rg_json_stream_close(s);
    return status;
}

static void assert_records(const char *text, rg_json_layout layout, const char *const *sections, const char *wanted) {
    rg_buffer out = {.cap = 10000};
    rgpt_error err = {0};
    assert_int_equal(list_records(text, strlen(text), layout, sections, &out, &err), RGPT_OK);
    assert_string_equal(out.data ? out.data : "", wanted);
    rg_buffer_reset(&out);
}

static void assert_fails(const char *text, rg_json_layout layout, const char *message) {
    rg_buffer out = {.cap = 10000};
    rgpt_error err = {0};
    assert_int_equal(list_records(text, strlen(text), layout, NULL, &out, &err), RGPT_FORMAT);
    assert_string_equal(err.message, message);
    rg_buffer_reset(&out);
}

static void three_forms_are_read(void **state) {
    (void)state;
    assert_records("[]", RG_JSON_ARRAY, NULL, "");
    assert_records("{}", RG_JSON_OBJECT, NULL, "");
    assert_records("", RG_JSON_LINES, NULL, "");
    assert_records(" [1, \"]\\\"\" ,[2]] ", RG_JSON_ARRAY, NULL, "[0]@2=1;[1]@5=\"]\\\"\";[2]@12=[2];");
    assert_records("{\"a\":1}\n{\"a\":2}\n", RG_JSON_LINES, NULL, "[0]@0={\"a\":1};[1]@8={\"a\":2};");
    assert_records("[1,2]", RG_JSON_LINES, NULL, "[0]@1=1;[1]@3=2;");
    assert_records("{\"a\":[1,2],\"b\":{\"c\":[]},\"d\":[]}", RG_JSON_OBJECT, NULL,
                   "a[0]@6=1;a[1]@8=2;b[0]@15={\"c\":[]};");
}

static void unwanted_sections_are_skipped(void **state) {
    (void)state;
    const char *wanted[] = {"b", NULL};
    assert_records("{\"a\":[1,{\"b\":[3]}],\"b\":[4],\"c\":\"x\"}", RG_JSON_OBJECT, wanted, "b[0]@24=4;");
}

static void errors_name_the_record(void **state) {
    (void)state;
    assert_fails("{\"a\":[{\"x\":1},{\"x\":NaN}]}", RG_JSON_OBJECT,
                 "F: a[1] at byte 14: invalid token near 'NaN' (its byte 8)");
    assert_fails("[1,2", RG_JSON_ARRAY, "F: element 2 at byte 4: found the end of the file, wanted ',' or ']'");
    assert_fails("[1,[2", RG_JSON_ARRAY, "F: element 1 at byte 3: the file ends in the middle of this record");
    assert_fails("[1,]", RG_JSON_ARRAY, "F: element 1 at byte 3: found ']', wanted a value");
    assert_fails("[1] x", RG_JSON_ARRAY, "F: at byte 4: found 'x', wanted the end of the file");
    assert_fails("{\"a\":,}", RG_JSON_OBJECT, "F: 'a' at byte 5: found ',', wanted a value");
    assert_fails("\xEF\xBB\xBF[]", RG_JSON_ARRAY, "F: at byte 0: found byte 0xef, wanted an array, '['");
    assert_fails("[]", RG_JSON_OBJECT, "F: at byte 0: found '[', wanted an object, '{'");
    assert_fails("{}", RG_JSON_ARRAY, "F: at byte 0: found '{', wanted an array, '['");
    assert_fails("{\"a\":1}\n{\"a\":1,\"a\":2}", RG_JSON_LINES,
                 "F: record 1 at byte 8: duplicate object key near '\"a\"' (its byte 10)");
}

static void damage_at_any_byte_is_an_error(void **state) {
    (void)state;
    const char *text = "{\"images\":[{\"id\":1},{\"id\":2}],\"info\":{\"x\":[\"y\"]},\"n\":[]}";
    for (size_t size = 0; size < strlen(text); size++) {
        rg_buffer out = {.cap = 10000};
        rgpt_error err = {0};
        assert_int_equal(list_records(text, size, RG_JSON_OBJECT, NULL, &out, &err), RGPT_FORMAT);
        assert_true(strncmp(err.message, "F: ", 3) == 0);
        rg_buffer_reset(&out);
    }
}

static void a_stream_ends_at_its_first_error(void **state) {
    (void)state;
    rg_json_stream *s;
    rg_json_record r;
    assert_int_equal(rg_json_stream_open_bytes("F", "[1 2]", 5, RG_JSON_ARRAY, NULL, &s, NULL), RGPT_OK);
    assert_int_equal(rg_json_stream_next(s, &r, NULL), RGPT_OK);
    rgpt_error err = {0};
    rg_fail(&err, RGPT_INVALID, "too small");
    assert_int_equal(rg_json_stream_fail(s, RGPT_INVALID, &err), RGPT_INVALID);
    assert_string_equal(err.message, "F: element 0 at byte 1: too small");
    assert_int_equal(rg_json_stream_next(s, &r, NULL), RGPT_FORMAT);
    assert_null(r.value);
    assert_int_equal(rg_json_stream_next(s, &r, NULL), RGPT_INVALID);
    rg_json_stream_close(s);
}

/* A file of 40 records of 100 KB: records lie across every chunk's border. */
static void records_may_cross_chunks(void **state) {
    (void)state;
    enum { COUNT = 40, LENGTH = 100000 };
    rg_buffer text = {.cap = 8 << 20};
    char *filler = malloc(LENGTH + 1);
    memset(filler, 'x', LENGTH);
    filler[LENGTH] = '\0';
    rg_buffer_text(&text, "[", NULL);
    for (int i = 0; i < COUNT; i++) rg_buffer_format(&text, NULL, "%s{\"n\":%d,\"f\":\"%s\"}", i ? "," : "", i, filler);
    rg_buffer_text(&text, "]", NULL);

    char path[] = "/tmp/rg_json_XXXXXX";
    close(mkstemp(path));
    assert_int_equal(rg_file_write(path, text.data, text.size, NULL), RGPT_OK);
    rg_json_stream *s;
    assert_int_equal(rg_json_stream_open(path, RG_JSON_ARRAY, NULL, &s, NULL), RGPT_OK);
    rg_json_record r;
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(rg_json_stream_next(s, &r, NULL), RGPT_OK);
        assert_int_equal(json_integer_value(json_object_get(r.value, "n")), i);
        assert_int_equal(json_string_length(json_object_get(r.value, "f")), LENGTH);
        assert_memory_equal(text.data + r.offset, "{\"n\":", 5);
    }
    assert_int_equal(rg_json_stream_next(s, &r, NULL), RGPT_OK);
    assert_null(r.value);
    rg_json_stream_close(s);
    unlink(path);
    free(filler);
    rg_buffer_reset(&text);
}

static void a_record_without_end_is_refused(void **state) {
    (void)state;
    char path[] = "/tmp/rg_json_XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "[\"", 2), 2);
    assert_int_equal(ftruncate(fd, (off_t)2 * RG_JSON_RECORD_LIMIT), 0); /* a hole: costs no disk */
    close(fd);
    rg_json_stream *s;
    rg_json_record r;
    rgpt_error err = {0};
    assert_int_equal(rg_json_stream_open(path, RG_JSON_ARRAY, NULL, &s, NULL), RGPT_OK);
    assert_int_equal(rg_json_stream_next(s, &r, &err), RGPT_LIMIT);
    assert_non_null(strstr(err.message, "element 0 at byte 1: found a record of over "));
    rg_json_stream_close(s);
    unlink(path);

    rg_error_clear(&err);
    assert_int_equal(rg_json_stream_open("/tmp", RG_JSON_ARRAY, NULL, &s, &err), RGPT_IO);
    assert_null(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_forms_are_read),
        cmocka_unit_test(unwanted_sections_are_skipped),
        cmocka_unit_test(errors_name_the_record),
        cmocka_unit_test(damage_at_any_byte_is_an_error),
        cmocka_unit_test(a_stream_ends_at_its_first_error),
        cmocka_unit_test(records_may_cross_chunks),
        cmocka_unit_test(a_record_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
