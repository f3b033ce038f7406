/* The view of named tensors: every form a model comes in, and sets put together from others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "io/gguf_writer.h"
#include "io/weights.h"
#include "workdir.h"

static rg_weight vector(const char *name, rg_dtype dtype, int64_t count) {
    rg_weight t;
    assert_int_equal(rg_weight_init(&t, name, dtype, 1, &count, NULL), RGPT_OK);
    return t;
}

static void write_text(const char *path, const char *text) {
    assert_int_equal(rg_file_write(path, text, strlen(text), NULL), RGPT_OK);
}

/* Tensors of one byte and two floats each: the floats end up misaligned. */
static void write_safetensors(const char *path, const char *byte_name, const char *float_name) {
    const uint8_t byte = 7;
    const float values[2] = {1.5f, -2.0f};
    const rg_weight tensors[] = {vector(byte_name, RG_U8, 1), vector(float_name, RG_F32, 2)};
    rg_safetensors_writer *w;
    assert_int_equal(rg_safetensors_writer_open(path, &w, NULL), RGPT_OK);
    for (int i = 0; i < 2; i++) rg_safetensors_put_tensor(w, &tensors[i]);
    assert_int_equal(rg_safetensors_writer_begin(w, NULL), RGPT_OK);
    assert_int_equal(rg_safetensors_writer_data(w, &byte, 1, NULL), RGPT_OK);
    assert_int_equal(rg_safetensors_writer_data(w, values, sizeof values, NULL), RGPT_OK);
    assert_int_equal(rg_safetensors_writer_commit(w, NULL), RGPT_OK);
}

static void check_floats(const rg_weights *w, const char *name) {
    const rg_weight *t = rg_weights_find(w, name);
    assert_non_null(t);
    assert_int_equal((uintptr_t)t->data % 4, 0);
    const float *values = t->data;
    assert_true(values[0] == 1.5f && values[1] == -2.0f);
}

/* ------------------------------------------------------------------ opening */

static void gguf_is_known_by_its_contents(void **state) {
    const char *path = workdir_path(state, "model.safetensors");
    const rg_weight t = vector("t", RG_F16, 4);
    const uint16_t data[4] = {0, 1, 2, 3};
    rg_gguf_writer *writer;
    assert_int_equal(rg_gguf_writer_open(path, &writer, NULL), RGPT_OK);
    rg_gguf_put_u32(writer, "k", 9);
    rg_gguf_put_tensor(writer, &t);
    assert_int_equal(rg_gguf_writer_begin(writer, NULL), RGPT_OK);
    assert_int_equal(rg_gguf_writer_data(writer, data, sizeof data, NULL), RGPT_OK);
    assert_int_equal(rg_gguf_writer_commit(writer, NULL), RGPT_OK);

    rg_weights *w;
    uint32_t value = 0;
    assert_int_equal(rg_weights_open(path, &w, NULL), RGPT_OK);
    assert_int_equal(rg_weights_count(w), 1);
    assert_memory_equal(rg_weights_find(w, "t")->data, data, sizeof data);
    assert_int_equal(rg_gguf_get_u32(rg_weights_gguf(w), "k", &value, NULL), RGPT_OK);
    assert_int_equal(value, 9);
    rg_weights_close(w);
}

static void misaligned_data_is_aligned(void **state) {
    const char *path = workdir_path(state, "m.bin");
    write_safetensors(path, "byte", "floats");
    rg_weights *w;
    assert_int_equal(rg_weights_open(path, &w, NULL), RGPT_OK);
    assert_null(rg_weights_gguf(w));
    assert_int_equal(rg_weights_count(w), 2);
    assert_string_equal(rg_weights_at(w, 0)->name, "byte");
    check_floats(w, "floats");
    assert_null(rg_weights_find(w, "float"));
    rg_weights_close(w);
}

static void folders_are_searched(void **state) {
    workdir *s = *state;
    rgpt_error err = {0};
    rg_weights *w;
    assert_int_equal(rg_weights_open(s->folder, &w, &err), RGPT_IO);
    assert_non_null(strstr(err.message, "adapter_model.safetensors"));
    assert_null(w);
    write_safetensors(workdir_path(state, "adapter_model.safetensors"), "a", "b");
    assert_int_equal(rg_weights_open(s->folder, &w, NULL), RGPT_OK);
    check_floats(w, "b");
    rg_weights_close(w);
    write_safetensors(workdir_path(state, "model.safetensors"), "c", "d"); /* comes first */
    assert_int_equal(rg_weights_open(s->folder, &w, NULL), RGPT_OK);
    check_floats(w, "d");
    rg_weights_close(w);
}

/* Exactly what the index names: the second shard's "a" is another one that the map does not mention. */
static void shards_are_one_set(void **state) {
    workdir *s = *state;
    write_safetensors(workdir_path(state, "model-1.safetensors"), "a", "x");
    write_safetensors(workdir_path(state, "model-2.safetensors"), "a", "y");
    write_text(workdir_path(state, "model.safetensors.index.json"),
               "{\"metadata\": {\"total_size\": 25},\n \"weight_map\": {\"y\": \"model-2.safetensors\", "
               "\"a\": \"model-1.safetensors\", \"x\": \"model-1.safetensors\"}}\n");
    rg_weights *w;
    rgpt_error err = {0};
    assert_int_equal(rg_weights_open(s->folder, &w, &err), RGPT_OK);
    assert_int_equal(rg_weights_count(w), 3);
    check_floats(w, "x");
    check_floats(w, "y");
    rg_weights_close(w);
    assert_int_equal(rg_weights_open(workdir_path(state, "model.safetensors.index.json"), &w, &err), RGPT_OK);
    rg_weights_close(w);
}

static void bad_files_are_told_apart(void **state) {
    write_safetensors(workdir_path(state, "s.safetensors"), "a", "b");
    static const struct {
        const char *text;
        rgpt_status wanted;
        const char *says;
    } rows[] = {
        {"{\"weight_map\": {\"a\": \"../s.safetensors\"}}", RGPT_FORMAT, "wanted the name of a file"},
        {"{\"weight_map\": {\"a\": \"/etc/passwd\"}}", RGPT_FORMAT, "wanted the name of a file"},
        {"{\"weight_map\": {\"a\": \"..\"}}", RGPT_FORMAT, "wanted the name of a file"},
        {"{\"weight_map\": {\"a\": 1}}", RGPT_FORMAT, "wanted a string"},
        {"{\"weight_map\": {\"c\": \"s.safetensors\"}}", RGPT_FORMAT, "not in its shard"},
        {"{\"weight_map\": {\"a\": \"none.safetensors\"}}", RGPT_IO, "No such file"},
        {"{\"weight_map\": {\"a\": \"s.safetensors\", \"a\": \"s.safetensors\"}}", RGPT_FORMAT, "found twice"},
        {"{\"weights\": {}}", RGPT_FORMAT, "weight_map"},
        {"{\"weight_map\": {}", RGPT_FORMAT, "JSON"},
        {"PK\3\4 a zip archive", RGPT_UNSUPPORTED, "PyTorch"},
        {"hello, I am a text", RGPT_FORMAT, "neither GGUF nor safetensors"},
        {"                                ", RGPT_FORMAT, "neither GGUF nor safetensors"},
        {"", RGPT_FORMAT, "neither GGUF nor safetensors"},
        {"GGUF", RGPT_FORMAT, "not a GGUF file"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *path = workdir_path(state, "file");
        write_text(path, rows[i].text);
        rg_weights *w;
        rgpt_error err = {0};
        assert_int_equal(rg_weights_open(path, &w, &err), rows[i].wanted);
        assert_null(w);
        if (!strstr(err.message, rows[i].says)) fail_msg("%s: %s", rows[i].text, err.message);
        assert_non_null(strstr(err.message, path));
    }
}

/* ------------------------------------------------------------------ putting together */

static void sets_are_put_together(void **state) {
    const char *path = workdir_path(state, "m.safetensors");
    write_safetensors(path, "byte", "floats");
    rg_weights *file, *model;
    assert_int_equal(rg_weights_open(path, &file, NULL), RGPT_OK);
    assert_int_equal(rg_weights_new(&model, NULL), RGPT_OK);

    char name[] = "renamed";
    rg_weight view = *rg_weights_find(file, "floats");
    view.name = name;
    assert_int_equal(rg_weights_add_view(model, &view, NULL), RGPT_OK);
    name[0] = '-'; /* it was copied */
    rg_weight merged = vector("merged", RG_F32, 1000);
    merged.data = calloc(1000, sizeof(float));
    assert_int_equal(rg_weights_add_owned(model, &merged, NULL), RGPT_OK);
    rg_weights_keep(model, file);
    assert_int_equal(rg_weights_seal(model, NULL), RGPT_OK);

    check_floats(model, "renamed");
    assert_ptr_equal(rg_weights_find(model, "merged")->data, merged.data);
    rgpt_error err = {0};
    assert_int_equal(rg_weights_add_view(model, &view, &err), RGPT_INVALID);
    assert_int_equal(rg_weights_count(model), 2);
    rg_weights_close(model);
}

static void duplicates_are_refused(void **state) {
    (void)state;
    static const float value;
    rg_weight t = vector("t", RG_F32, 1);
    t.data = &value;
    rg_weights *w;
    rgpt_error err = {0};
    assert_int_equal(rg_weights_new(&w, NULL), RGPT_OK);
    assert_int_equal(rg_weights_add_view(w, &t, NULL), RGPT_OK);
    assert_int_equal(rg_weights_add_view(w, &t, NULL), RGPT_OK);
    assert_int_equal(rg_weights_seal(w, &err), RGPT_FORMAT);
    assert_string_equal(err.message, "tensor 't': found twice");
    rg_weights_close(w);
}

static void many_tensors_are_found(void **state) {
    (void)state;
    enum { COUNT = 20000 };
    static const float value;
    rg_weights *w;
    char name[32];
    assert_int_equal(rg_weights_new(&w, NULL), RGPT_OK);
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "blk.%d.weight", i * 7919 % COUNT);
        rg_weight t = vector(name, RG_F32, 1);
        t.data = &value;
        assert_int_equal(rg_weights_add_view(w, &t, NULL), RGPT_OK);
    }
    assert_int_equal(rg_weights_seal(w, NULL), RGPT_OK);
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "blk.%d.weight", i);
        assert_string_equal(rg_weights_find(w, name)->name, name);
    }
    rg_weights_close(w);
}

/* ------------------------------------------------------------------ shapes */

static void shapes_are_checked(void **state) {
    (void)state;
    static const struct {
        rg_dtype dtype;
        int rank;
        int64_t dim[5];
        bool is_good;
        size_t size;
    } rows[] = {
        {RG_F32, 0, {0}, true, 4},
        {RG_F32, 4, {1, 2, 3, 4}, true, 96},
        {RG_F32, 5, {1, 1, 1, 1, 1}, false, 0},
        {RG_F32, 2, {3, 0}, true, 0},
        {RG_F32, 1, {-1}, false, 0},
        {RG_F32, 2, {-1, -4}, false, 0},
        {RG_Q4_0, 2, {3, 64}, true, 108},
        {RG_Q4_0, 2, {64, 3}, false, 0}, /* whole blocks in all, but not a row */
        {RG_Q4_0, 0, {0}, false, 0},
        {RG_I8, 2, {INT64_MAX, INT64_MAX}, false, 0},
        {RG_I8, 3, {INT64_MAX, 0, INT64_MAX}, false, 0}, /* partial products wrap */
        {RG_F64, 1, {INT64_MAX}, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rg_weight t;
        rgpt_error err = {0};
        rgpt_status status = rg_weight_init(&t, "t", rows[i].dtype, rows[i].rank, rows[i].dim, &err);
        assert_int_equal(status, rows[i].is_good ? RGPT_OK : RGPT_FORMAT);
        if (rows[i].is_good) assert_int_equal(t.size, rows[i].size);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, workdir_make, workdir_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(gguf_is_known_by_its_contents),
        TEST(misaligned_data_is_aligned),
        TEST(folders_are_searched),
        TEST(shards_are_one_set),
        TEST(bad_files_are_told_apart),
        TEST(sets_are_put_together),
        cmocka_unit_test(duplicates_are_refused),
        cmocka_unit_test(many_tensors_are_found),
        cmocka_unit_test(shapes_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
