/* Memory and file failures in the base: buffers and whole files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/buffer.h"
#include "base/file.h"
#include "scratch.h"
#include "torture.h"

static rgpt_status grow_a_buffer(void *what, rgpt_error *err) {
    (void)what;
    rg_buffer b = {.cap = 4096};
    rgpt_status status = RGPT_OK;
    size_t added = 0;
    for (int i = 0; i < 50 && status == RGPT_OK; i++) {
        status = rg_buffer_format(&b, err, "%010d", i);
        if (status == RGPT_OK) added += 10;
    }
    assert_int_equal(b.size, added); /* a failed append leaves what was there */
    rg_buffer_reset(&b);
    return status;
}

/* Writes a file over an old one and reads it back. */
static rgpt_status replace_a_file(void *what, rgpt_error *err) {
    const char *path = what;
    rgpt_status status = rg_file_write(path, "new contents", 12, err);
    if (status == RGPT_OK) {
        char *data;
        size_t size;
        status = rg_file_read(path, 100, &data, &size, err);
        if (status == RGPT_OK) assert_string_equal(data, "new contents");
        free(data);
    }
    rg_map map;
    if (status == RGPT_OK) {
        status = rg_map_open(path, &map, err);
        if (status == RGPT_OK) assert_memory_equal(map.data, "new contents", 12);
        rg_map_close(&map);
    }
    return status;
}

static void buffers_survive_full_memory(void **state) {
    (void)state;
    torture_memory(grow_a_buffer, NULL, 0);
}

static void files_survive_full_memory(void **state) {
    torture_memory(replace_a_file, *state, 0);
}

static void files_survive_failing_calls(void **state) {
    torture_calls(replace_a_file, *state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffers_survive_full_memory),
        unit_test_with_scratch(files_survive_full_memory),
        unit_test_with_scratch(files_survive_failing_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
