/* import_vision.c - what vision transformers of all layouts have in common on their way in: the layer that is selected,
 * and learned position embeddings, which are resized to the grid wanted. */
#include <stdlib.h>
#include <string.h>

#include "model/import.h"
#include "model/position.h"
#include "model/rename.h"

rgpt_status rg_import_select_layer(rg_vision_config *v, const json_t *settings, rgpt_error *err) {
    const json_t *value = json_object_get(settings, "select_layer");
    v->has_final_norm = !value || json_is_null(value);
    if (v->has_final_norm) return RGPT_OK;
    json_int_t layer = json_integer_value(value), blocks = layer < 0 ? v->blocks + 1 + layer : layer;
    if (!json_is_integer(value) || layer < -v->blocks || blocks < 1 || blocks > v->blocks) {
        return rg_fail(err, RGPT_UNSUPPORTED, "vision: selected layer: wanted one layer, 1 to %d or -1 to %d",
                       v->blocks, -v->blocks);
    }
    v->blocks = (int)blocks;
    return RGPT_OK;
}

rgpt_status rg_import_activation(const json_t *settings, const char *otherwise, rg_activation *out, rgpt_error *err) {
    static const struct {
        const char *name;
        rg_activation kind;
    } known[] = {{"quick_gelu", RG_GELU_QUICK},
                 {"gelu", RG_GELU_ERF},
                 {"gelu_pytorch_tanh", RG_GELU_TANH},
                 {"gelu_new", RG_GELU_TANH}};
    const char *name = json_string_value(json_object_get(settings, "hidden_act"));
    if (!name) name = otherwise;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i].name) != 0) continue;
        *out = known[i].kind;
        return RGPT_OK;
    }
    return rg_fail(err, RGPT_UNSUPPORTED,
                   "config.json: hidden_act: found '%s', wanted quick_gelu, gelu, gelu_pytorch_tanh or gelu_new", name);
}

/* The largest n with n * n <= value. */
static int square_root(int64_t value) {
    int root = 0;
    while ((int64_t)(root + 1) * (root + 1) <= value) root++;
    return root;
}

/* [T, C], or [1, T, C] as modules with a batch dimension keep it; no more positions than an image can have. */
static bool is_table(const rg_weight *w) {
    bool right_rank = w->rank == 2 || (w->rank == 3 && w->dim[0] == 1);
    int64_t most = (int64_t)RG_LARGEST_IMAGE * RG_LARGEST_IMAGE + 1;
    return right_rank && w->dim[w->rank - 2] <= most && rg_dtype_get(w->dtype)->to_f32;
}

rgpt_status rg_import_position_cells(const rg_weights *w, const char *name, bool has_class_token, int *cells,
                                     rgpt_error *err) {
    const rg_weight *table = rg_weights_find(w, name);
    if (!table || !is_table(table)) {
        return rg_fail(err, RGPT_FORMAT, "vision: %s: %s, wanted [positions, width]", name,
                       table ? "found another shape or type" : "missing");
    }
    int64_t positions = table->dim[table->rank - 2], grid = positions - has_class_token;
    *cells = square_root(grid);
    if (*cells > 0 && (int64_t)*cells * *cells == grid) return RGPT_OK;
    return rg_fail(err, RGPT_FORMAT, "vision: %s: %lld positions are no square grid", name, (long long)positions);
}

rgpt_status rg_import_position(rg_import *im, const rg_weights *w, const char *name, rgpt_error *err) {
    const rg_vision_config *v = &im->config.vision;
    int from_cells, to_cells = rg_vision_cells(v), extra = v->has_class_token;
    rgpt_status status = rg_import_position_cells(w, name, v->has_class_token, &from_cells, err);
    if (status != RGPT_OK) return status;
    const rg_weight *table = rg_weights_find(w, name);
    int64_t C = table->dim[table->rank - 1], from_rows = table->dim[table->rank - 2];
    if (C != v->width) {
        return rg_fail(err, RGPT_FORMAT, "vision: %s: found width %lld, wanted %d", name, (long long)C, v->width);
    }
    int64_t rows = (int64_t)to_cells * to_cells + extra;
    float *from = malloc((size_t)(from_rows * C) * sizeof *from);
    float *to = malloc((size_t)(rows * C) * sizeof *to);
    if (!from || !to) {
        free(from);
        free(to);
        return rg_fail_memory(err, "position embeddings", (size_t)(rows * C) * sizeof *to);
    }
    rg_dtype_get(table->dtype)->to_f32(from, table->data, from_rows * C);
    rg_position_resize(to, to_cells, from, from_cells, extra, C);
    free(from);
    return rg_own_values(im->weights, "vision.position", RG_F32, 2, (const int64_t[]){rows, C}, to, err);
}
