/* Memory and file failures in reading and writing files of tensors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "io/gguf_writer.h"
#include "io/safetensors.h"
#include "io/weights.h"
#include "scratch.h"
#include "torture.h"

static const float values[6] = {1, 2, 3, 4, 5, 6};

static rgpt_status write_gguf(const char *path, rgpt_error *err) {
    rg_gguf_writer *w;
    rgpt_status status = rg_gguf_writer_open(path, &w, err);
    if (status != RGPT_OK) return status;
    rg_weight t = {.name = "blk.0.weight", .dtype = RG_F32, .rank = 2, .dim = {2, 3, 1, 1}, .size = sizeof values};
    rg_gguf_put_string(w, "general.name", "torture");
    rg_gguf_put_u32(w, "blocks", 1);
    rg_gguf_put_i32_array(w, "kinds", (const int32_t[]){1, 3}, 2);
    rg_gguf_put_text_array(w, "tokens", (rg_gguf_text[]){{"a", 1}, {"bc", 2}}, 2);
    rg_gguf_put_tensor(w, &t);
    status = rg_gguf_writer_begin(w, err);
    if (status == RGPT_OK) status = rg_gguf_writer_data(w, values, sizeof values, err);
    if (status == RGPT_OK) return rg_gguf_writer_commit(w, err);
    rg_gguf_writer_cancel(w);
    return status;
}

/* The one byte in front makes the floats misaligned, so that opening must copy them. */
static rgpt_status write_safetensors(const char *path, rgpt_error *err) {
    rg_safetensors_writer *w;
    rgpt_status status = rg_safetensors_writer_open(path, &w, err);
    if (status != RGPT_OK) return status;
    rg_weight t = {.name = "blk.0.weight", .dtype = RG_F32, .rank = 2, .dim = {2, 3, 1, 1}, .size = sizeof values};
    rg_safetensors_put_metadata(w, "format", "pt");
    rg_safetensors_put_tensor(w, &(rg_weight){.name = "flag", .dtype = RG_I8, .rank = 0});
    rg_safetensors_put_tensor(w, &t);
    status = rg_safetensors_writer_begin(w, err);
    if (status == RGPT_OK) status = rg_safetensors_writer_data(w, "", 1, err);
    if (status == RGPT_OK) status = rg_safetensors_writer_data(w, values, sizeof values, err);
    if (status == RGPT_OK) return rg_safetensors_writer_commit(w, err);
    rg_safetensors_writer_cancel(w);
    return status;
}

/* A tensor that the set owns. */
static rgpt_status add_owned(rg_weights *w, rgpt_error *err) {
    rg_weight t = {.name = "owned", .dtype = RG_F32, .rank = 1, .dim = {6, 1, 1, 1}, .size = sizeof values};
    t.data = calloc(6, sizeof *values);
    return t.data ? rg_weights_add_owned(w, &t, err) : rg_fail_memory(err, "test", sizeof values);
}

/* Opens the file as a set of weights, and a second set that renames what is in it and keeps it. */
static rgpt_status read_weights(const char *path, rgpt_error *err) {
    rg_weights *file, *model = NULL;
    rgpt_status status = rg_weights_open(path, &file, err);
    if (status != RGPT_OK) return status;
    status = rg_weights_new(&model, err);
    if (status == RGPT_OK) {
        rg_weight w = *rg_weights_find(file, "blk.0.weight");
        w.name = "renamed";
        status = rg_weights_add_view(model, &w, err);
        rg_weights_keep(model, file);
    } else {
        rg_weights_close(file);
    }
    if (status == RGPT_OK) status = add_owned(model, err);
    if (status == RGPT_OK) status = rg_weights_seal(model, err);
    if (status == RGPT_OK) assert_memory_equal(rg_weights_find(model, "renamed")->data, values, sizeof values);
    rg_weights_close(model);
    return status;
}

static rgpt_status read_gguf_arrays(const char *path, rgpt_error *err) {
    rg_gguf *file;
    rgpt_status status = rg_gguf_open(path, &file, err);
    if (status != RGPT_OK) return status;
    rg_gguf_text *tokens = NULL;
    size_t count;
    status = rg_gguf_get_text_array(file, "tokens", &tokens, &count, err);
    if (status == RGPT_OK) assert_memory_equal(tokens[1].data, "bc", 2);
    free(tokens);
    int32_t *kinds = NULL;
    if (status == RGPT_OK) status = rg_gguf_get_i32_array(file, "kinds", &kinds, &count, err);
    free(kinds);
    rg_gguf_close(file);
    return status;
}

static rgpt_status gguf_story(void *what, rgpt_error *err) {
    rgpt_status status = write_gguf(what, err);
    if (status == RGPT_OK) status = read_weights(what, err);
    if (status == RGPT_OK) status = read_gguf_arrays(what, err);
    return status;
}

static rgpt_status safetensors_story(void *what, rgpt_error *err) {
    rgpt_status status = write_safetensors(what, err);
    if (status == RGPT_OK) status = read_weights(what, err);
    return status;
}

static void gguf_survives_full_memory(void **state) {
    torture_memory(gguf_story, *state, 0);
}

static void gguf_survives_failing_calls(void **state) {
    torture_calls(gguf_story, *state);
}

static void safetensors_survive_full_memory(void **state) {
    torture_memory(safetensors_story, *state, 0);
}

static void safetensors_survive_failing_calls(void **state) {
    torture_calls(safetensors_story, *state);
}

static rgpt_status read_index(void *what, rgpt_error *err) {
    return read_weights(what, err);
}

/* The file is an index; its one shard lies beside it. */
static void shards_survive(void **state) {
    const char *path = *state;
    char *shard;
    rgpt_error err = {0};
    static const char index[] = "{\"weight_map\": {\"blk.0.weight\": \"f.shard\"}}";
    assert_true(asprintf(&shard, "%s.shard", path) > 0);
    assert_int_equal(write_safetensors(shard, &err), RGPT_OK);
    assert_int_equal(rg_file_write(path, index, sizeof index - 1, &err), RGPT_OK);
    torture_memory(read_index, *state, 0);
    torture_calls(read_index, *state);
    unlink(shard);
    free(shard);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        unit_test_with_scratch(gguf_survives_full_memory),
        unit_test_with_scratch(gguf_survives_failing_calls),
        unit_test_with_scratch(safetensors_survive_full_memory),
        unit_test_with_scratch(safetensors_survive_failing_calls),
        unit_test_with_scratch(shards_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
