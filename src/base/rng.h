/* rng.h - seeded random numbers, the same on every machine, for ever.
 *
 * Samples, shuffles and question files must be reproducible from the seed in their report, so the generator
 * is part of the format: xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", 2021), its state filled from the seed by splitmix64 as its authors advise. Not for secrets.
 */
#ifndef RG_BASE_RNG_H
#define RG_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct rg_rng {
    uint64_t state[4]; /* copy it to fork or to save */
} rg_rng;

void rg_rng_init(rg_rng *rng, uint64_t seed);

uint64_t rg_rng_next(rg_rng *rng);

/* Uniform in [0, bound), without the bias of a plain remainder; bound 0 gives 0. */
uint64_t rg_rng_below(rg_rng *rng, uint64_t bound);

/* Uniform in [0, 1): a multiple of 2^-53. */
double rg_rng_uniform(rg_rng *rng);

/* Every order of the `count` indexes equally likely (Fisher and Yates). */
void rg_rng_shuffle(rg_rng *rng, uint32_t *items, size_t count);

#endif
