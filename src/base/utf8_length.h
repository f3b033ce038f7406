/* utf8_length.h - the next UTF-8 character of a text that ends in a zero byte. (src/text has the rest.) */
#ifndef RG_BASE_UTF8_LENGTH_H
#define RG_BASE_UTF8_LENGTH_H

#include <stddef.h>

/* Bytes of the valid character at p (RFC 3629), 1 to 4; 0 if there is none, a cut one included: the
 * terminator ends it. */
static inline size_t rg_utf8_length(const unsigned char *p) {
    size_t length = p[0] < 0x80 ? 1 : p[0] >= 0xC2 && p[0] < 0xE0 ? 2 : p[0] >= 0xE0 && p[0] < 0xF0 ? 3 : 4;
    if (p[0] >= 0x80 && (p[0] < 0xC2 || p[0] > 0xF4)) return 0;
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80) return 0;
    }
    /* Overlong forms, surrogates, and what is above U+10FFFF. */
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F)) return 0;
    if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F)) return 0;
    return length;
}

#endif
