/* GGUF: what is written is read, what is asked for is typed, and no damaged file does harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/file.h"
#include "io/gguf_writer.h"
#include "damage.h"
#include "workdir.h"

static void fill(uint8_t *bytes, size_t size, unsigned seed) {
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)((seed = seed * 1103515245u + 12345u) >> 16);
}

/* Metadata of every type that can be put. */
static void put_pairs(rg_gguf_writer *w) {
    const rg_gguf_text texts[] = {{"<s>", 3}, {"a\0b", 3}, {"", 0}};
    rg_gguf_put_string(w, "general.architecture", "llama");
    rg_gguf_put_bool(w, "a.bool", true);
    rg_gguf_put_u32(w, "a.u32", UINT32_MAX);
    rg_gguf_put_u64(w, "a.u64", UINT64_MAX);
    rg_gguf_put_i32(w, "a.i32", -7);
    rg_gguf_put_f32(w, "a.f32", 1e-5f);
    rg_gguf_put_i32_array(w, "a.i32s", (const int32_t[]){1, -2, INT32_MIN}, 3);
    rg_gguf_put_f32_array(w, "a.f32s", (const float[]){0.5f, -INFINITY}, 2);
    rg_gguf_put_text_array(w, "a.texts", texts, 3);
    rg_gguf_put_f32_array(w, "a.none", NULL, 0);
}

/* A tensor of each type that GGUF has, of ranks 0 to 4. */
static size_t make_tensors(rg_weight *out, char names[][16]) {
    size_t count = 0;
    for (int type = 0; type < RG_DTYPE_COUNT; type++) {
        const rg_dtype_traits *traits = rg_dtype_get((rg_dtype)type);
        if (traits->gguf < 0) continue;
        int rank = traits->block_count == 1 ? (int)(count % 5) : 1 + (int)(count % 4);
        int64_t dim[RG_MAX_RANK] = {2, 1, 3, 2};
        if (rank > 0) dim[rank - 1] = 3 * traits->block_count;
        snprintf(names[count], sizeof names[count], "blk.%s", traits->name);
        assert_int_equal(rg_weight_init(&out[count], names[count], (rg_dtype)type, rank, dim, NULL), RGPT_OK);
        count++;
    }
    return count;
}

/* Writes the model; `piece`: bytes of data a call. */
static void write_model(const char *path, size_t piece) {
    rg_weight tensors[RG_DTYPE_COUNT];
    char names[RG_DTYPE_COUNT][16];
    size_t count = make_tensors(tensors, names);
    rg_gguf_writer *w;
    rgpt_error err = {0};
    assert_int_equal(rg_gguf_writer_open(path, &w, &err), RGPT_OK);
    put_pairs(w);
    for (size_t i = 0; i < count; i++) rg_gguf_put_tensor(w, &tensors[i]);
    assert_int_equal(rg_gguf_writer_begin(w, &err), RGPT_OK);
    for (size_t i = 0; i < count; i++) {
        uint8_t data[8192];
        assert_true(tensors[i].size <= sizeof data);
        fill(data, tensors[i].size, (unsigned)i);
        for (size_t at = 0; at < tensors[i].size; at += piece) {
            size_t size = tensors[i].size - at < piece ? tensors[i].size - at : piece;
            assert_int_equal(rg_gguf_writer_data(w, data + at, size, &err), RGPT_OK);
        }
    }
    assert_int_equal(rg_gguf_writer_commit(w, &err), RGPT_OK);
}

static rg_gguf *open_model(void **state) {
    const char *path = workdir_path(state, "m.gguf");
    write_model(path, 4096);
    rg_gguf *g;
    rgpt_error err = {0};
    assert_int_equal(rg_gguf_open(path, &g, &err), RGPT_OK);
    return g;
}

/* ------------------------------------------------------------------ writing and reading */

static void tensors_come_back(void **state) {
    rg_gguf *g = open_model(state);
    rg_weight wanted[RG_DTYPE_COUNT];
    char names[RG_DTYPE_COUNT][16];
    size_t count = make_tensors(wanted, names);
    assert_int_equal(rg_gguf_version(g), 3);
    assert_int_equal(rg_gguf_tensor_count(g), count);
    for (size_t i = 0; i < count; i++) {
        const rg_weight *t = rg_gguf_find_tensor(g, names[i]);
        assert_ptr_equal(t, rg_gguf_tensor_at(g, i));
        assert_int_equal(t->dtype, wanted[i].dtype);
        assert_int_equal(t->rank, wanted[i].rank);
        assert_memory_equal(t->dim, wanted[i].dim, sizeof t->dim);
        assert_int_equal(t->size, wanted[i].size);
        assert_int_equal((uintptr_t)t->data % 32, 0);
        uint8_t data[8192];
        fill(data, t->size, (unsigned)i);
        assert_memory_equal(t->data, data, t->size);
    }
    assert_null(rg_gguf_find_tensor(g, "blk"));
    rg_gguf_close(g);
}

static void values_come_back(void **state) {
    rg_gguf *g = open_model(state);
    const char *string;
    bool flag = false;
    uint32_t u32;
    uint64_t u64;
    int64_t i64;
    float f32;
    assert_int_equal(rg_gguf_get_string(g, "general.architecture", &string, NULL), RGPT_OK);
    assert_string_equal(string, "llama");
    assert_int_equal(rg_gguf_get_bool(g, "a.bool", &flag, NULL), RGPT_OK);
    assert_true(flag);
    assert_int_equal(rg_gguf_get_u32(g, "a.u32", &u32, NULL), RGPT_OK);
    assert_int_equal(u32, UINT32_MAX);
    assert_int_equal(rg_gguf_get_u64(g, "a.u64", &u64, NULL), RGPT_OK);
    assert_true(u64 == UINT64_MAX);
    assert_int_equal(rg_gguf_get_i64(g, "a.i32", &i64, NULL), RGPT_OK);
    assert_int_equal(i64, -7);
    assert_int_equal(rg_gguf_get_f32(g, "a.f32", &f32, NULL), RGPT_OK);
    assert_true(f32 == 1e-5f);
    rg_gguf_close(g);
}

static void arrays_come_back(void **state) {
    rg_gguf *g = open_model(state);
    int32_t *integers;
    float *reals;
    rg_gguf_text *texts;
    size_t count;
    assert_int_equal(rg_gguf_get_i32_array(g, "a.i32s", &integers, &count, NULL), RGPT_OK);
    assert_int_equal(count, 3);
    assert_int_equal(integers[2], INT32_MIN);
    free(integers);
    assert_int_equal(rg_gguf_get_f32_array(g, "a.f32s", &reals, &count, NULL), RGPT_OK);
    assert_int_equal(count, 2);
    assert_true(reals[0] == 0.5f && isinf(reals[1]));
    free(reals);
    assert_int_equal(rg_gguf_get_f32_array(g, "a.none", &reals, &count, NULL), RGPT_OK);
    assert_int_equal(count, 0);
    assert_non_null(reals);
    free(reals);
    assert_int_equal(rg_gguf_get_text_array(g, "a.texts", &texts, &count, NULL), RGPT_OK);
    assert_int_equal(count, 3);
    assert_int_equal(texts[1].size, 3);
    assert_memory_equal(texts[1].data, "a\0b", 3);
    assert_int_equal(texts[2].size, 0);
    free(texts);
    rg_gguf_close(g);
}

/* The same calls, the same bytes, however the data was cut; and a copy of all pairs is the same list. */
static void bytes_are_deterministic(void **state) {
    char *first, *second;
    size_t first_size, second_size;
    write_model(workdir_path(state, "a.gguf"), 4096);
    assert_int_equal(rg_file_read(workdir_path(state, "a.gguf"), 1 << 20, &first, &first_size, NULL), RGPT_OK);
    write_model(workdir_path(state, "b.gguf"), 7);
    assert_int_equal(rg_file_read(workdir_path(state, "b.gguf"), 1 << 20, &second, &second_size, NULL), RGPT_OK);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    assert_int_equal(first_size % 32, 0);
    free(first);
    free(second);
}

static void pairs_are_copied_verbatim(void **state) {
    rg_gguf *from = open_model(state), *to;
    rg_gguf_writer *w;
    assert_int_equal(rg_gguf_writer_open(workdir_path(state, "copy.gguf"), &w, NULL), RGPT_OK);
    for (size_t i = 0; i < rg_gguf_pair_count(from); i++) rg_gguf_put_pair(w, rg_gguf_pair_at(from, i));
    assert_int_equal(rg_gguf_writer_begin(w, NULL), RGPT_OK);
    assert_int_equal(rg_gguf_writer_commit(w, NULL), RGPT_OK);
    assert_int_equal(rg_gguf_open(workdir_path(state, "copy.gguf"), &to, NULL), RGPT_OK);
    assert_int_equal(rg_gguf_pair_count(to), rg_gguf_pair_count(from));
    for (size_t i = 0; i < rg_gguf_pair_count(from); i++) {
        const rg_gguf_pair *a = rg_gguf_pair_at(from, i), *b = rg_gguf_pair_at(to, i);
        assert_string_equal(a->key, b->key);
        assert_int_equal(a->type, b->type);
        assert_int_equal(a->count, b->count);
        assert_int_equal(a->size, b->size);
        assert_memory_equal(a->value, b->value, a->size);
    }
    rg_gguf_close(from);
    rg_gguf_close(to);
}

/* ------------------------------------------------------------------ refusals */

static void wrong_kinds_are_told(void **state) {
    rg_gguf *g = open_model(state);
    rgpt_error err = {0};
    uint32_t u32 = 5;
    float *reals;
    size_t count;
    const char *string;
    assert_int_equal(rg_gguf_get_u32(g, "a.missing", &u32, &err), RGPT_FORMAT);
    assert_string_equal(err.message, "gguf: key 'a.missing': missing, wanted an integer of 0 to 2^32 - 1");
    rg_error_clear(&err);
    assert_int_equal(rg_gguf_get_u32(g, "a.i32", &u32, &err), RGPT_FORMAT);
    assert_string_equal(err.message, "gguf: key 'a.i32': found -7, wanted an integer of 0 to 2^32 - 1");
    rg_error_clear(&err);
    assert_int_equal(rg_gguf_get_u32(g, "a.u64", &u32, &err), RGPT_FORMAT);
    assert_string_equal(err.message,
                        "gguf: key 'a.u64': found 18446744073709551615, wanted an integer of 0 to 2^32 - 1");
    rg_error_clear(&err);
    assert_int_equal(rg_gguf_get_f32_array(g, "a.i32s", &reals, &count, &err), RGPT_FORMAT);
    assert_string_equal(err.message, "gguf: key 'a.i32s': found an array of i32, wanted an array of f32");
    rg_error_clear(&err);
    assert_int_equal(rg_gguf_get_string(g, "a.texts", &string, &err), RGPT_FORMAT);
    assert_string_equal(err.message, "gguf: key 'a.texts': found an array of string, wanted a string");
    assert_int_equal(u32, 5);
    rg_gguf_close(g);
}

static void check_writer_refuses(void **state, void (*put)(rg_gguf_writer *w), rgpt_status wanted) {
    rg_gguf_writer *w;
    rgpt_error err = {0};
    assert_int_equal(rg_gguf_writer_open(workdir_path(state, "x.gguf"), &w, NULL), RGPT_OK);
    put(w);
    assert_int_equal(rg_gguf_writer_begin(w, &err), wanted);
    assert_true(err.message[0] != '\0');
    rg_gguf_writer_cancel(w);
    assert_int_not_equal(access(workdir_path(state, "x.gguf"), F_OK), 0);
}

static void put_key_twice(rg_gguf_writer *w) {
    rg_gguf_put_u32(w, "k", 1);
    rg_gguf_put_u32(w, "k", 1);
}

static void put_long_key(rg_gguf_writer *w) {
    char key[65537];
    memset(key, 'k', 65536);
    key[65536] = '\0';
    rg_gguf_put_u32(w, key, 1);
}

static void put_partial_block(rg_gguf_writer *w) {
    rg_gguf_put_tensor(w, &(rg_weight){.name = "t", .dtype = RG_Q4_0, .rank = 1, .dim = {33}});
    rg_gguf_put_u32(w, "k", 1); /* after a failure */
}

static void put_foreign_type(rg_gguf_writer *w) {
    rg_gguf_put_tensor(w, &(rg_weight){.name = "t", .dtype = RG_BOOL, .rank = 0});
}

static void writer_refuses_what_readers_would(void **state) {
    check_writer_refuses(state, put_key_twice, RGPT_FORMAT);
    check_writer_refuses(state, put_long_key, RGPT_FORMAT);
    check_writer_refuses(state, put_partial_block, RGPT_FORMAT);
    check_writer_refuses(state, put_foreign_type, RGPT_UNSUPPORTED);
}

/* No file with data missing, too much data, or puts that came too late. */
static void writer_keeps_order(void **state) {
    const rg_weight t = {.name = "t", .dtype = RG_F32, .rank = 1, .dim = {2}};
    const float data[3] = {0};
    for (int fault = 0; fault < 4; fault++) {
        rg_gguf_writer *w;
        assert_int_equal(rg_gguf_writer_open(workdir_path(state, "x.gguf"), &w, NULL), RGPT_OK);
        rg_gguf_put_tensor(w, &t);
        if (fault == 0) assert_int_equal(rg_gguf_writer_data(w, data, 8, NULL), RGPT_INVALID);
        if (fault > 0) assert_int_equal(rg_gguf_writer_begin(w, NULL), RGPT_OK);
        if (fault == 1) assert_int_equal(rg_gguf_writer_data(w, data, 12, NULL), RGPT_INVALID);
        if (fault > 1) assert_int_equal(rg_gguf_writer_data(w, data, fault == 2 ? 4 : 8, NULL), RGPT_OK);
        if (fault == 3) rg_gguf_put_u32(w, "late", 1);
        assert_int_equal(rg_gguf_writer_commit(w, NULL), RGPT_INVALID);
        assert_int_not_equal(access(workdir_path(state, "x.gguf"), F_OK), 0);
    }
}

/* A write that failed half-way can be followed by nothing: the bytes already there cannot be taken back. */
static void failed_writes_are_final(void **state) {
    static const char data[65536];
    const rg_weight t = {.name = "t", .dtype = RG_I8, .rank = 1, .dim = {sizeof data}};
    rg_gguf_writer *w;
    rgpt_error err = {0};
    struct rlimit old, tight;
    getrlimit(RLIMIT_FSIZE, &old);
    tight = (struct rlimit){.rlim_cur = 4096, .rlim_max = old.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(rg_gguf_writer_open(workdir_path(state, "x.gguf"), &w, NULL), RGPT_OK);
    rg_gguf_put_tensor(w, &t);
    assert_int_equal(rg_gguf_writer_begin(w, NULL), RGPT_OK);
    setrlimit(RLIMIT_FSIZE, &tight);
    rgpt_status status = rg_gguf_writer_data(w, data, sizeof data, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, RGPT_IO);
    assert_int_equal(rg_gguf_writer_commit(w, NULL), RGPT_IO);
    assert_int_not_equal(access(workdir_path(state, "x.gguf"), F_OK), 0);
}

/* ------------------------------------------------------------------ damage */

/* What is accepted must lie inside the file. */
static bool read_damaged(const char *bytes, size_t size) {
    rg_gguf *g;
    rgpt_error err = {0};
    bool is_accepted = rg_gguf_parse(bytes, size, &g, &err) == RGPT_OK;
    assert_true(is_accepted ? g != NULL : g == NULL && err.message[0] != '\0');
    for (size_t i = 0; is_accepted && i < rg_gguf_tensor_count(g); i++) {
        const rg_weight *t = rg_gguf_tensor_at(g, i);
        assert_true((const char *)t->data >= bytes && (const char *)t->data + t->size <= bytes + size);
    }
    rg_gguf_close(g);
    return is_accepted;
}

static void damage_does_no_harm(void **state) {
    char *bytes;
    size_t size;
    write_model(workdir_path(state, "m.gguf"), 4096);
    assert_int_equal(rg_file_read(workdir_path(state, "m.gguf"), 1 << 20, &bytes, &size, NULL), RGPT_OK);
    rg_gguf *g;
    assert_int_equal(rg_gguf_parse(bytes, size, &g, NULL), RGPT_OK);
    const rg_weight *first = rg_gguf_tensor_at(g, 0), *last = rg_gguf_tensor_at(g, rg_gguf_tensor_count(g) - 1);
    size_t header_size = (size_t)((const char *)first->data - bytes);
    size_t data_end = (size_t)((const char *)last->data - bytes) + last->size;
    rg_gguf_close(g);
    damage_file(read_damaged, bytes, size, header_size, data_end); /* the last padding may be missing */
    free(bytes);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, workdir_make, workdir_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(tensors_come_back),         TEST(values_come_back),
        TEST(arrays_come_back),          TEST(bytes_are_deterministic),
        TEST(pairs_are_copied_verbatim), TEST(wrong_kinds_are_told),
        TEST(writer_keeps_order),        TEST(writer_refuses_what_readers_would),
        TEST(failed_writes_are_final),   TEST(damage_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
