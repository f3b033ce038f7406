/* Random numbers: the published sequences, bounds, shuffles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"

static void sequences_are_the_published_ones(void **state) {
    (void)state;
    rg_rng rng = {{1, 2, 3, 4}}; /* xoshiro256** from its authors' example state */
    const uint64_t wanted[] = {11520, 0, 1509978240, 1215971899390074240};
    for (int i = 0; i < 4; i++) assert_int_equal(rg_rng_next(&rng), wanted[i]);

    rg_rng_init(&rng, 1234567); /* splitmix64's usual test vector */
    assert_true(rng.state[0] == 6457827717110365317u);
    assert_true(rng.state[1] == 3203168211198807973u);
    assert_true(rng.state[2] == 9817491932198370423u);
    assert_true(rng.state[3] == 4593380528125082431u);
}

static void draws_stay_below_their_bound(void **state) {
    (void)state;
    rg_rng rng;
    rg_rng_init(&rng, 7);
    assert_int_equal(rg_rng_below(&rng, 0), 0);
    assert_int_equal(rg_rng_below(&rng, 1), 0);
    int seen[6] = {0};
    for (int i = 0; i < 6000; i++) seen[rg_rng_below(&rng, 6)]++;
    for (int i = 0; i < 6; i++) assert_in_range(seen[i], 850, 1150);
    for (int i = 0; i < 100; i++) assert_true(rg_rng_below(&rng, UINT64_MAX) < UINT64_MAX);
    double sum = 0;
    for (int i = 0; i < 1000; i++) {
        double u = rg_rng_uniform(&rng);
        assert_true(u >= 0 && u < 1);
        sum += u;
    }
    assert_true(sum > 450 && sum < 550);
}

static void a_shuffle_keeps_every_item(void **state) {
    (void)state;
    uint32_t items[50];
    for (uint32_t i = 0; i < 50; i++) items[i] = i;
    rg_rng rng;
    rg_rng_init(&rng, 3);
    rg_rng_shuffle(&rng, items, 50);
    uint64_t seen = 0;
    uint32_t fixed = 0;
    for (uint32_t i = 0; i < 50; i++) {
        seen |= (uint64_t)1 << items[i];
        fixed += items[i] == i;
    }
    assert_true(seen == ((uint64_t)1 << 50) - 1);
    assert_true(fixed < 10);
    rg_rng_shuffle(&rng, items, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_are_the_published_ones),
        cmocka_unit_test(draws_stay_below_their_bound),
        cmocka_unit_test(a_shuffle_keeps_every_item),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
