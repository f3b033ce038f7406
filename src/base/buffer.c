#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

rgpt_status rg_buffer_reserve(rg_buffer *b, size_t extra, rgpt_error *err) {
    size_t wanted;
    if (!rg_add_size(b->size, extra, &wanted) || wanted > b->cap) {
        return rg_fail(err, RGPT_LIMIT, "buffer: %zu + %zu bytes, at most %zu", b->size, extra, b->cap);
    }
    if (wanted < b->allocated) return RGPT_OK; /* one byte stays for the terminator */

    size_t grown = b->allocated ? b->allocated * 2 : 64;
    if (grown < wanted + 1) grown = wanted + 1;
    char *data = realloc(b->data, grown);
    if (!data) return rg_fail_memory(err, "buffer", grown);
    data[b->size] = '\0';
    b->data = data;
    b->allocated = grown;
    return RGPT_OK;
}

rgpt_status rg_buffer_append(rg_buffer *b, const void *bytes, size_t size, rgpt_error *err) {
    rgpt_status status = rg_buffer_reserve(b, size, err);
    if (status != RGPT_OK) return status;
    if (size > 0) memcpy(b->data + b->size, bytes, size);
    b->size += size;
    b->data[b->size] = '\0';
    return RGPT_OK;
}

rgpt_status rg_buffer_text(rg_buffer *b, const char *text, rgpt_error *err) {
    return rg_buffer_append(b, text, strlen(text), err);
}

rgpt_status rg_buffer_format(rg_buffer *b, rgpt_error *err, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);

    rgpt_status status =
        length < 0 ? rg_fail(err, RGPT_INVALID, "buffer: bad format") : rg_buffer_reserve(b, (size_t)length, err);
    if (status == RGPT_OK) {
        vsnprintf(b->data + b->size, (size_t)length + 1, format, again);
        b->size += (size_t)length;
    }
    va_end(again);
    return status;
}

void rg_buffer_reset(rg_buffer *b) {
    free(b->data);
    b->data = NULL;
    b->size = b->allocated = 0;
}
