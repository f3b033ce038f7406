/* Every op of op.def against finite differences: an op without a case does not link. */
#include "check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RG_OP(name)                                                                                                    \
    static void gradient_of_##name(void **state) {                                                                     \
        (void)state;                                                                                                   \
        grad_##name();                                                                                                 \
    }
#include "op/op.def"
#undef RG_OP

int main(void) {
    const struct CMUnitTest tests[] = {
#define RG_OP(name) cmocka_unit_test(gradient_of_##name),
#include "op/op.def"
#undef RG_OP
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
