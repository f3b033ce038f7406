/* Memory failures in matrix products: a context must stay usable, and closable, after each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kern/matmul.h"
#include "torture.h"

enum { M = 40, K = 64, N = 48 };

/* Every way of matmul.c: few rows and many, low-bit and float. */
static rgpt_status multiply_story(void *what, rgpt_error *err) {
    (void)what;
    static const rg_dtype types[] = {RG_Q4_1, RG_Q8_0, RG_F16, RG_F32};
    static float x[M * K], y[M * N];
    static uint8_t w[N * K * 4];
    rg_matmul *ctx;
    rgpt_status first = rg_matmul_new(rg_isa_detect(), 1, &ctx, err);
    if (first != RGPT_OK) return first;
    for (int i = 0; i < 4; i++) {
        for (int64_t rows = 1; rows <= M; rows += M - 1) {
            for (int mode = RG_COMPUTE_EXACT; mode <= RG_COMPUTE_FAST; mode++) {
                rgpt_status status =
                    rg_matmul_wt(ctx, (rg_compute)mode, x, K, rows, K, w, types[i], N, NULL, y, N, err);
                if (first == RGPT_OK) first = status;
            }
        }
    }
    rg_matmul_free(ctx);
    return first;
}

static void products_survive(void **state) {
    (void)state;
    torture_memory(multiply_story, NULL, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(products_survive)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
