/* safetensors: what is written is read, and no damaged file does harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "io/safetensors.h"
#include "damage.h"
#include "workdir.h"

static const char awkward_name[] = "a \"quoted\" \xC3\xA9\n\\name";

/* One tensor of each type the format has, ranks 0 to 4, the second one empty. */
static size_t make_tensors(rg_weight *out, char names[][32]) {
    size_t count = 0;
    for (int type = 0; type < RG_DTYPE_COUNT; type++) {
        const rg_dtype_traits *traits = rg_dtype_get((rg_dtype)type);
        if (!traits->safetensors) continue;
        int64_t dim[RG_MAX_RANK] = {3, count == 1 ? 0 : 1, 5, 7};
        int rank = count == 1 ? 2 : (int)(count % 5);
        snprintf(names[count], 32, "%s.%s", count == 0 ? awkward_name : "model", traits->safetensors);
        assert_int_equal(rg_weight_init(&out[count], names[count], (rg_dtype)type, rank, dim, NULL), RGPT_OK);
        count++;
    }
    return count;
}

static void write_model(const char *path, size_t piece) {
    rg_weight tensors[RG_DTYPE_COUNT];
    char names[RG_DTYPE_COUNT][32];
    size_t count = make_tensors(tensors, names);
    rg_safetensors_writer *w;
    rgpt_error err = {0};
    assert_int_equal(rg_safetensors_writer_open(path, &w, &err), RGPT_OK);
    rg_safetensors_put_metadata(w, "format", "pt");
    for (size_t i = 0; i < count; i++) rg_safetensors_put_tensor(w, &tensors[i]);
    rg_safetensors_put_metadata(w, "step", "12");
    assert_int_equal(rg_safetensors_writer_begin(w, &err), RGPT_OK);
    for (size_t i = 0; i < count; i++) {
        uint8_t data[1024];
        assert_true(tensors[i].size <= sizeof data);
        memset(data, (int)(i + 1), sizeof data);
        for (size_t at = 0; at < tensors[i].size; at += piece) {
            size_t size = tensors[i].size - at < piece ? tensors[i].size - at : piece;
            assert_int_equal(rg_safetensors_writer_data(w, data, size, &err), RGPT_OK);
        }
    }
    assert_int_equal(rg_safetensors_writer_commit(w, &err), RGPT_OK);
}

static void tensors_come_back(void **state) {
    const char *path = workdir_path(state, "m.safetensors");
    rg_weight wanted[RG_DTYPE_COUNT];
    char names[RG_DTYPE_COUNT][32];
    size_t count = make_tensors(wanted, names);
    write_model(path, 512);
    rg_safetensors *s;
    rgpt_error err = {0};
    assert_int_equal(rg_safetensors_open(path, &s, &err), RGPT_OK);
    assert_int_equal(rg_safetensors_count(s), count);
    for (size_t i = 0; i < count; i++) {
        const rg_weight *t = rg_safetensors_find(s, names[i]);
        assert_non_null(t);
        assert_int_equal(t->dtype, wanted[i].dtype);
        assert_int_equal(t->rank, wanted[i].rank);
        assert_memory_equal(t->dim, wanted[i].dim, sizeof t->dim);
        assert_int_equal(t->size, wanted[i].size);
        for (size_t k = 0; k < t->size; k++) assert_int_equal(((const uint8_t *)t->data)[k], i + 1);
    }
    assert_int_equal((uintptr_t)rg_safetensors_at(s, 0)->data % 8, 0);
    assert_string_equal(rg_safetensors_metadata(s, "format"), "pt");
    assert_string_equal(rg_safetensors_metadata(s, "step"), "12");
    assert_null(rg_safetensors_metadata(s, "epoch"));
    rg_safetensors_close(s);
}

static void bytes_are_deterministic(void **state) {
    char *first, *second;
    size_t first_size, second_size;
    write_model(workdir_path(state, "a"), 512);
    assert_int_equal(rg_file_read(workdir_path(state, "a"), 1 << 20, &first, &first_size, NULL), RGPT_OK);
    write_model(workdir_path(state, "b"), 3);
    assert_int_equal(rg_file_read(workdir_path(state, "b"), 1 << 20, &second, &second_size, NULL), RGPT_OK);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    free(first);
    free(second);
}

/* ------------------------------------------------------------------ refusals */

static void put_name_twice(rg_safetensors_writer *w) {
    const rg_weight t = {.name = "t", .dtype = RG_F32, .rank = 1, .dim = {0}};
    rg_safetensors_put_tensor(w, &t);
    rg_safetensors_put_tensor(w, &t);
}

static void put_metadata_twice(rg_safetensors_writer *w) {
    rg_safetensors_put_metadata(w, "k", "1");
    rg_safetensors_put_metadata(w, "k", "2");
}

static void put_foreign_type(rg_safetensors_writer *w) {
    rg_safetensors_put_tensor(w, &(rg_weight){.name = "t", .dtype = RG_Q4_0, .rank = 1, .dim = {32}});
}

static void put_bad_utf8(rg_safetensors_writer *w) {
    rg_safetensors_put_metadata(w, "k", "\xC3");
}

static void writer_refuses_what_readers_would(void **state) {
    static const struct {
        void (*put)(rg_safetensors_writer *w);
        rgpt_status wanted;
    } rows[] = {{put_name_twice, RGPT_FORMAT},
                {put_metadata_twice, RGPT_FORMAT},
                {put_foreign_type, RGPT_UNSUPPORTED},
                {put_bad_utf8, RGPT_INVALID}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rg_safetensors_writer *w;
        rgpt_error err = {0};
        assert_int_equal(rg_safetensors_writer_open(workdir_path(state, "x"), &w, NULL), RGPT_OK);
        rows[i].put(w);
        assert_int_equal(rg_safetensors_writer_begin(w, &err), rows[i].wanted);
        assert_true(err.message[0] != '\0');
        rg_safetensors_writer_cancel(w);
        assert_int_not_equal(access(workdir_path(state, "x"), F_OK), 0);
    }
}

/* ------------------------------------------------------------------ damage */

/* What is accepted must lie inside the file. */
static bool read_damaged(const char *bytes, size_t size) {
    rg_safetensors *s;
    rgpt_error err = {0};
    bool is_accepted = rg_safetensors_parse(bytes, size, &s, &err) == RGPT_OK;
    assert_true(is_accepted ? s != NULL : s == NULL && err.message[0] != '\0');
    for (size_t i = 0; is_accepted && i < rg_safetensors_count(s); i++) {
        const rg_weight *t = rg_safetensors_at(s, i);
        assert_true((const char *)t->data >= bytes && (const char *)t->data + t->size <= bytes + size);
    }
    rg_safetensors_close(s);
    return is_accepted;
}

static void damage_does_no_harm(void **state) {
    char *bytes;
    size_t size;
    uint64_t json_size;
    write_model(workdir_path(state, "m"), 512);
    assert_int_equal(rg_file_read(workdir_path(state, "m"), 1 << 20, &bytes, &size, NULL), RGPT_OK);
    memcpy(&json_size, bytes, sizeof json_size);
    damage_file(read_damaged, bytes, size, 8 + (size_t)json_size, size);
    free(bytes);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, workdir_make, workdir_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(tensors_come_back),
        TEST(bytes_are_deterministic),
        TEST(writer_refuses_what_readers_would),
        TEST(damage_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
