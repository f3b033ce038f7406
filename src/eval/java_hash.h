/* java_hash.h - java.lang.String.hashCode, by which METEOR compares words: two different words with the same
 * hash ("Aa", "BB") are one to it. */
#ifndef RG_EVAL_JAVA_HASH_H
#define RG_EVAL_JAVA_HASH_H

#include "text/utf8.h"

/* The hash of a text (UTF-8): sum of its UTF-16 units times falling powers of 31, modulo 2^32. */
static inline int32_t rg_java_hash(const char *text, size_t size) {
    uint32_t hash = 0;
    for (size_t at = 0, step; at < size; at += step) {
        uint32_t code = RG_UTF8_REPLACEMENT;
        step = rg_utf8_decode(text + at, size - at, &code);
        if (step == 0) step = 1;
        if (code >= 0x10000) hash = 31 * hash + (0xD7C0 + (code >> 10));
        hash = 31 * hash + (code >= 0x10000 ? 0xDC00 + (code & 0x3FF) : code);
    }
    return (int32_t)hash;
}

#endif
