#include "op/check.h"

bool rg_want_width(rg_run *run, const char *op, const char *what, const rg_tensor *x, int64_t width) {
    if (rg_tensor_width(x) == width) return true;
    rg_run_fail(run, RGPT_INVALID, "%s: %s has rows of %lld, wanted %lld", op, what, (long long)rg_tensor_width(x),
                (long long)width);
    return false;
}

bool rg_want_rows(rg_run *run, const char *op, const char *what, const rg_tensor *x, int64_t rows) {
    if (rg_tensor_rows(x) == rows) return true;
    rg_run_fail(run, RGPT_INVALID, "%s: %s has %lld rows, wanted %lld", op, what, (long long)rg_tensor_rows(x),
                (long long)rows);
    return false;
}

bool rg_want_grid(rg_run *run, const char *op, const rg_tensor *x, int64_t h, int64_t w) {
    if (h > 0 && w > 0 && rg_tensor_rows(x) == h * w) return true;
    rg_run_fail(run, RGPT_INVALID, "%s: %lld cells, wanted a grid of %lld x %lld", op, (long long)rg_tensor_rows(x),
                (long long)h, (long long)w);
    return false;
}
