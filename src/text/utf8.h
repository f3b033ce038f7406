/* utf8.h - UTF-8: one code point at a time, whole strings, and a stream cut at any byte.
 *
 * Valid means RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. NUL and noncharacters
 * are valid. Where bytes are not valid, each *maximal subpart* (Unicode 15, section 3.9: the longest
 * beginning of a character that could still have become one, else a single byte) stands for one
 * U+FFFD, as in Python's errors="replace" and in browsers.
 */
#ifndef RG_TEXT_UTF8_H
#define RG_TEXT_UTF8_H

#include "base/buffer.h"

enum {
    RG_UTF8_MAX = 4, /* bytes of the longest character */
    RG_UTF8_REPLACEMENT = 0xFFFD
};

/* The character at text[0..size): its length, 1 to 4, and *code_point; or 0, *code_point untouched, if the
 * bytes there are no whole valid character (also when size is 0). */
size_t rg_utf8_decode(const char *text, size_t size, uint32_t *code_point);

/* Writes a code point (<= 0x10FFFF, no surrogate) and returns its length. */
size_t rg_utf8_encode(uint32_t code_point, char out[RG_UTF8_MAX]);

/* Length of the longest valid beginning: equal to `size` exactly when the text is valid. */
size_t rg_utf8_valid_size(const char *text, size_t size);

/* RGPT_FORMAT, naming `what` and the first bad byte with its offset, unless the text is valid. */
rgpt_status rg_utf8_check(const char *what, const char *text, size_t size, rgpt_error *err);

/* Appends the text to `out` with U+FFFD in place of whatever is invalid. */
rgpt_status rg_utf8_repair(const char *text, size_t size, rg_buffer *out, rgpt_error *err);

/* The streaming holder: tokens may end inside a character, readers must only ever see whole ones. Bytes
 * pushed come out at once, except a beginning of a character that may still become whole. All that
 * push and finish append, together, equals rg_utf8_repair of all bytes together, wherever they were cut.
 * Zero-initialise; a finished stream is ready for the next text. */
typedef struct rg_utf8_stream {
    char held[RG_UTF8_MAX];
    uint8_t held_count;
} rg_utf8_stream;

/* After a failure (memory, cap) nothing was appended and the stream is as before the call. */
rgpt_status rg_utf8_stream_push(rg_utf8_stream *s, const char *bytes, size_t size, rg_buffer *out, rgpt_error *err);
rgpt_status rg_utf8_stream_finish(rg_utf8_stream *s, rg_buffer *out, rgpt_error *err);

#endif
