#include "forward.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rg_golden_open(rg_golden *g, const char *dir, char *line, size_t line_size) {
    *g = (rg_golden){.dir = dir, .line = line, .line_size = line_size};
    line[0] = '\0';
    char path[4096];
    snprintf(path, sizeof path, "%s/case.json", dir);
    g->about = json_load_file(path, 0, NULL);
    snprintf(path, sizeof path, "%s/expected.safetensors", dir);
    rgpt_error err = {0};
    if (rg_weights_open(path, &g->expected, &err) == RGPT_OK) return true;
    rg_golden_error(g, &err);
    rg_golden_close(g);
    return false;
}

int rg_golden_close(rg_golden *g) {
    if (!g->failed && g->compared == 0) {
        g->failed = true;
        rg_golden_say(g, "nothing was compared");
    }
    json_decref(g->about);
    rg_weights_close(g->expected);
    return g->failed ? RG_CASE_FAIL : RG_CASE_PASS;
}

void rg_golden_say(rg_golden *g, const char *format, ...) {
    size_t used = strlen(g->line);
    if (used > 0 && used + 3 < g->line_size) {
        memcpy(g->line + used, ", ", 3);
        used += 2;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(g->line + used, g->line_size - used, format, args);
    va_end(args);
}

void rg_golden_error(rg_golden *g, const rgpt_error *err) {
    g->failed = true;
    rg_golden_say(g, "%s", err->message);
}

const float *rg_golden_floats(rg_golden *g, const char *name, int64_t count) {
    const rg_weight *w = rg_weights_find(g->expected, name);
    if (w && w->dtype == RG_F32 && w->dim[0] * w->dim[1] * w->dim[2] * w->dim[3] == count) return w->data;
    g->failed = true;
    rg_golden_say(g, "%s: not stored as %lld floats", name, (long long)count);
    return NULL;
}

void rg_golden_compare(rg_golden *g, const char *name, const float *found, int64_t count, double tolerance) {
    const float *wanted = found ? rg_golden_floats(g, name, count) : NULL;
    if (!wanted) return;
    double worst = 0, largest = 0;
    for (int64_t i = 0; i < count; i++) {
        double difference = fabs((double)found[i] - (double)wanted[i]);
        if (!(difference <= worst)) worst = difference; /* NaN is the worst */
        if (fabs((double)wanted[i]) > largest) largest = fabs((double)wanted[i]);
    }
    g->compared++;
    bool fits = worst <= tolerance * largest;
    if (!fits) g->failed = true;
    rg_golden_say(g, "%s max |d| %.1e of %.3g%s", name, worst, largest, fits ? "" : " (too far)");
}

/* One pass in an opened run. */
static float *copy_result(rg_run *run, rg_forward forward, void *context, int64_t *count, rgpt_error *err) {
    const rg_tensor *y = forward(run, context);
    if (!y) {
        rg_run_status(run, err);
        return NULL;
    }
    *count = rg_tensor_count(y);
    float *copy = malloc((size_t)*count * sizeof *copy);
    if (copy) memcpy(copy, y->data, (size_t)*count * sizeof *copy);
    return copy;
}

float *rg_golden_run(rg_golden *g, rg_compute compute, rg_forward forward, void *context, int64_t *count) {
    rgpt_error err = {0};
    rg_run run = {0};
    rg_matmul *matmul = NULL;
    float *result = NULL;
    rgpt_status status = rg_run_open_dry(&run, &err);
    if (status == RGPT_OK) {
        forward(&run, context);
        status = rg_run_status(&run, &err);
    }
    size_t need = rg_run_need(&run);
    rg_run_close(&run);
    if (status == RGPT_OK) status = rg_matmul_new(rg_isa_detect(), 2, &matmul, &err);
    if (status == RGPT_OK) status = rg_run_open(&run, need, compute, matmul, &err);
    if (status == RGPT_OK) {
        result = copy_result(&run, forward, context, count, &err);
        rg_run_close(&run);
    }
    rg_matmul_free(matmul);
    if (!result) rg_golden_error(g, &err);
    return result;
}
