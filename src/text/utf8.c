#include "text/utf8.h"

#include <string.h>

/* What a lead byte promises: its length, and the range of the second byte, where all the overlong forms,
 * surrogates and values past U+10FFFF show (Unicode 15, table 3-7). Length 0: no lead byte at all. */
typedef struct lead {
    uint8_t size, second_min, second_max;
} lead;

static lead lead_of(uint8_t byte) {
    if (byte < 0x80) return (lead){1, 0, 0};
    if (byte < 0xC2) return (lead){0, 0, 0};
    if (byte < 0xE0) return (lead){2, 0x80, 0xBF};
    if (byte < 0xF0) return (lead){3, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF};
    if (byte < 0xF5) return (lead){4, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF};
    return (lead){0, 0, 0};
}

/* A scan of one character or of what should have been one. `size` bytes belong to it (at least 1);
 * `whole`: it is a valid character; `wanted`: the text ended while it could still have become one. */
typedef struct scan {
    size_t size;
    bool whole, wanted;
} scan;

static scan scan_character(const char *text, size_t size) {
    lead l = lead_of((uint8_t)text[0]);
    if (l.size == 0) return (scan){.size = 1};
    for (size_t at = 1; at < l.size; at++) {
        if (at == size) return (scan){.size = at, .wanted = true};
        uint8_t byte = (uint8_t)text[at];
        uint8_t min = at == 1 ? l.second_min : 0x80, max = at == 1 ? l.second_max : 0xBF;
        if (byte < min || byte > max) return (scan){.size = at};
    }
    return (scan){.size = l.size, .whole = true};
}

size_t rg_utf8_decode(const char *text, size_t size, uint32_t *code_point) {
    static const uint8_t lead_mask[RG_UTF8_MAX + 1] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    if (size == 0) return 0;
    scan s = scan_character(text, size);
    if (!s.whole) return 0;
    uint32_t value = (uint8_t)text[0] & lead_mask[s.size];
    for (size_t i = 1; i < s.size; i++) value = value << 6 | ((uint8_t)text[i] & 0x3F);
    *code_point = value;
    return s.size;
}

size_t rg_utf8_encode(uint32_t code_point, char out[RG_UTF8_MAX]) {
    static const uint8_t lead_mark[RG_UTF8_MAX + 1] = {0, 0x00, 0xC0, 0xE0, 0xF0};
    size_t size = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, code_point >>= 6) out[i] = (char)(0x80 | (code_point & 0x3F));
    out[0] = (char)(lead_mark[size] | code_point);
    return size;
}

size_t rg_utf8_valid_size(const char *text, size_t size) {
    size_t at = 0;
    while (at < size) {
        scan s = scan_character(text + at, size - at);
        if (!s.whole) break;
        at += s.size;
    }
    return at;
}

rgpt_status rg_utf8_check(const char *what, const char *text, size_t size, rgpt_error *err) {
    size_t valid = rg_utf8_valid_size(text, size);
    if (valid == size) return RGPT_OK;
    return rg_fail(err, RGPT_FORMAT, "%s: byte 0x%02X at offset %zu is not UTF-8", what, (uint8_t)text[valid], valid);
}

static rgpt_status append_replacement(rg_buffer *out, rgpt_error *err) {
    char bytes[RG_UTF8_MAX];
    return rg_buffer_append(out, bytes, rg_utf8_encode(RG_UTF8_REPLACEMENT, bytes), err);
}

/* Appends all of the text but a last character that may still become whole; its size goes to *wanted. */
static rgpt_status repair_until_wanted(const char *text, size_t size, size_t *wanted, rg_buffer *out, rgpt_error *err) {
    size_t at = 0;
    *wanted = 0;
    while (at < size) {
        size_t valid = rg_utf8_valid_size(text + at, size - at);
        rgpt_status status = rg_buffer_append(out, text + at, valid, err);
        if (status != RGPT_OK) return status;
        at += valid;
        if (at == size) break;
        scan s = scan_character(text + at, size - at);
        if (s.wanted) {
            *wanted = s.size;
            break;
        }
        if ((status = append_replacement(out, err)) != RGPT_OK) return status;
        at += s.size;
    }
    return RGPT_OK;
}

/* Takes back what a failed call had appended. */
static rgpt_status undone(rg_buffer *out, size_t before, rgpt_status status) {
    if (status != RGPT_OK && out->data) {
        out->size = before;
        out->data[before] = '\0';
    }
    return status;
}

rgpt_status rg_utf8_repair(const char *text, size_t size, rg_buffer *out, rgpt_error *err) {
    size_t before = out->size, wanted;
    rgpt_status status = repair_until_wanted(text, size, &wanted, out, err);
    if (status == RGPT_OK && wanted) status = append_replacement(out, err);
    return undone(out, before, status);
}

/* Takes pushed bytes into `joined`, one by one, until what was held is settled: a whole character, or one
 * invalid byte too many. Returns how many were taken. */
static size_t settle(char joined[RG_UTF8_MAX], size_t held, const char *bytes, size_t size) {
    size_t taken = 0;
    while (taken < size && scan_character(joined, held + taken).wanted) {
        joined[held + taken] = bytes[taken];
        taken++;
    }
    return taken;
}

rgpt_status rg_utf8_stream_push(rg_utf8_stream *s, const char *bytes, size_t size, rg_buffer *out, rgpt_error *err) {
    if (size == 0) return RGPT_OK;
    size_t before = out->size, wanted;
    char joined[RG_UTF8_MAX];
    size_t held = s->held_count, taken = 0;
    if (held) {
        memcpy(joined, s->held, held);
        taken = settle(joined, held, bytes, size);
        rgpt_status status = repair_until_wanted(joined, held + taken, &wanted, out, err);
        if (status != RGPT_OK) return undone(out, before, status);
        if (taken == size) { /* `joined` is all there is */
            memcpy(s->held, joined + held + taken - wanted, wanted);
            s->held_count = (uint8_t)wanted;
            return RGPT_OK;
        }
        taken -= wanted; /* the byte that did not fit may itself begin a character: read it again */
    }
    rgpt_status status = repair_until_wanted(bytes + taken, size - taken, &wanted, out, err);
    if (status != RGPT_OK) return undone(out, before, status);
    memcpy(s->held, bytes + size - wanted, wanted);
    s->held_count = (uint8_t)wanted;
    return RGPT_OK;
}

rgpt_status rg_utf8_stream_finish(rg_utf8_stream *s, rg_buffer *out, rgpt_error *err) {
    rgpt_status status = s->held_count ? append_replacement(out, err) : RGPT_OK;
    if (status == RGPT_OK) s->held_count = 0;
    return status;
}
