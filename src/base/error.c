#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8_length.h"

/* A name from a hostile file could forge a second line, drive a terminal, or break the JSON that a message
 * is put into: control bytes become spaces, bytes that are no UTF-8 question marks. */
static void make_printable(char *text, size_t capacity, bool was_cut) {
    unsigned char *p = (unsigned char *)text;
    size_t last = 0; /* where the last character that leaves room for the dots ends */
    while (*p) {
        size_t length = rg_utf8_length(p);
        if (length == 0) *p = '?';
        if (*p < 0x20 || *p == 0x7f) *p = ' ';
        p += length ? length : 1;
        size_t end = (size_t)(p - (unsigned char *)text);
        if (end <= capacity - 4) last = end;
    }
    if (was_cut) memcpy(text + last, "...", 4);
}

static void set_message(rgpt_error *err, rgpt_status status, const char *format, va_list args) RG_PRINTF(3, 0);
static void set_message(rgpt_error *err, rgpt_status status, const char *format, va_list args) {
    err->status = status;
    int length = vsnprintf(err->message, sizeof err->message, format, args);
    if (length < 0) {
        snprintf(err->message, sizeof err->message, "%s", rg_status_name(status));
        length = 0;
    }
    make_printable(err->message, sizeof err->message, (size_t)length >= sizeof err->message);
}

rgpt_status rg_fail(rgpt_error *err, rgpt_status status, const char *format, ...) {
    if (!err || err->status != RGPT_OK) return status;
    va_list args;
    va_start(args, format);
    set_message(err, status, format, args);
    va_end(args);
    return status;
}

rgpt_status rg_fail_memory(rgpt_error *err, const char *what, size_t size) {
    return rg_fail(err, RGPT_NO_MEMORY, "%s: out of memory, %zu bytes wanted", what, size);
}

rgpt_status rg_fail_errno(rgpt_error *err, const char *what, const char *path) {
    char storage[128];
    return rg_fail(err, RGPT_IO, "%s: %s: %s", what, path, strerror_r(errno, storage, sizeof storage));
}

rgpt_status rg_fail_within(rgpt_error *err, rgpt_status status, const char *format, ...) {
    if (!err) return status;
    char inner[sizeof err->message];
    memcpy(inner, err->message, sizeof inner);

    va_list args;
    va_start(args, format);
    set_message(err, status, format, args);
    va_end(args);

    size_t used = strlen(err->message);
    int length = snprintf(err->message + used, sizeof err->message - used, ": %s", inner);
    make_printable(err->message, sizeof err->message, length >= (int)(sizeof err->message - used));
    return status;
}

void rg_error_clear(rgpt_error *err) {
    if (!err) return;
    err->status = RGPT_OK;
    err->message[0] = '\0';
}

const char *rg_status_name(rgpt_status status) {
    static const char *const names[RGPT_STATUS_COUNT] = {
        [RGPT_OK] = "ok",
        [RGPT_INVALID] = "invalid argument",
        [RGPT_NO_MEMORY] = "out of memory",
        [RGPT_IO] = "input or output error",
        [RGPT_FORMAT] = "malformed input",
        [RGPT_LIMIT] = "over a limit",
        [RGPT_UNSUPPORTED] = "not supported",
        [RGPT_CANCELLED] = "cancelled",
    };
    return (unsigned)status < RGPT_STATUS_COUNT ? names[status] : "unknown status";
}
