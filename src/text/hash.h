/* hash.h - keyed hashes of byte strings and of id pairs, for the tables of a tokenizer.
 *
 * The key differs from run to run, so that no vocabulary file can be made whose tokens all collide. No
 * result depends on it. Multiply-and-fold mixing in the manner of wyhash (Wang Yi, public domain).
 */
#ifndef RG_TEXT_HASH_H
#define RG_TEXT_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t rg_hash_mix(uint64_t a, uint64_t b) {
    __extension__ typedef unsigned __int128 product;
    product p = (product)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/* Eight bytes a step; the length goes in at the end so that "a" and "a\0" differ. */
static inline uint64_t rg_hash_bytes(uint64_t key, const char *bytes, size_t size) {
    uint64_t hash = key, word;
    size_t left = size;
    for (; left > 8; bytes += 8, left -= 8) {
        memcpy(&word, bytes, 8);
        hash = rg_hash_mix(hash ^ word, key ^ 0x9E3779B97F4A7C15u);
    }
    word = 0;
    if (left) memcpy(&word, bytes, left);
    return rg_hash_mix(hash ^ word, key ^ 0xD6E8FEB86659FD93u ^ (uint64_t)size << 32);
}

static inline uint64_t rg_hash_pair(uint64_t key, int32_t left, int32_t right) {
    return rg_hash_mix(key ^ ((uint64_t)(uint32_t)left << 32 | (uint32_t)right), key ^ 0x9E3779B97F4A7C15u);
}

#endif
