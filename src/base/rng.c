#include "base/rng.h"

static uint64_t rotate_left(uint64_t x, int bits) {
    return (x << bits) | (x >> (64 - bits));
}

void rg_rng_init(rg_rng *rng, uint64_t seed) {
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15u;
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        rng->state[i] = z ^ (z >> 31);
    }
}

uint64_t rg_rng_next(rg_rng *rng) {
    uint64_t *s = rng->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t rg_rng_below(rg_rng *rng, uint64_t bound) {
    if (bound == 0) return 0;
    /* 2^64 mod bound values at the low end would make the small remainders likelier: draw again there. */
    uint64_t surplus = (0 - bound) % bound;
    uint64_t draw;
    do {
        draw = rg_rng_next(rng);
    } while (draw < surplus);
    return draw % bound;
}

double rg_rng_uniform(rg_rng *rng) {
    return (double)(rg_rng_next(rng) >> 11) * 0x1p-53;
}

void rg_rng_shuffle(rg_rng *rng, uint32_t *items, size_t count) {
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)rg_rng_below(rng, i);
        uint32_t swapped = items[i - 1];
        items[i - 1] = items[j];
        items[j] = swapped;
    }
}
