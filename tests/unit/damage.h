/* damage.h - a small file cut at every byte and with every bit of its header flipped, for tests of readers. */
#ifndef RG_TESTS_DAMAGE_H
#define RG_TESTS_DAMAGE_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Reads a file in memory; false when it was refused. Asserts what must hold of either. */
typedef bool damage_read(const char *bytes, size_t size);

/* In a block of just that size, so that AddressSanitizer sees a byte read too far. */
static inline bool damage_try(damage_read *read, const char *bytes, size_t size) {
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    bool is_accepted = read(copy, size);
    free(copy);
    return is_accepted;
}

/* `needed`: with fewer bytes the file is to be refused, with as many or more to be accepted. */
static inline void damage_file(damage_read *read, char *bytes, size_t size, size_t header_size, size_t needed) {
    for (size_t cut = 0; cut <= size; cut++) assert_int_equal(damage_try(read, bytes, cut), cut >= needed);
    for (size_t bit = 0; bit < 8 * header_size; bit++) {
        char kept = bytes[bit / 8];
        bytes[bit / 8] = (char)(kept ^ 1 << bit % 8);
        damage_try(read, bytes, size);
        bytes[bit / 8] = kept;
    }
}

#endif
