/* buffer.h - a growing byte string with a mandatory cap, for text and JSON of unknown length. */
#ifndef RG_BASE_BUFFER_H
#define RG_BASE_BUFFER_H

#include "base/error.h"

/* Zero-initialise with a cap: rg_buffer b = {.cap = 1 << 20}. `data` is always terminated by a zero
 * byte that `size` does not count (NULL while nothing was added). A failed append leaves the contents
 * as they were. */
typedef struct rg_buffer {
    char *data;
    size_t size;
    size_t allocated;
    size_t cap; /* `size` never exceeds it */
} rg_buffer;

rgpt_status rg_buffer_append(rg_buffer *b, const void *bytes, size_t size, rgpt_error *err);
/* Makes room for `extra` more bytes, so that appending them cannot fail. */
rgpt_status rg_buffer_reserve(rg_buffer *b, size_t extra, rgpt_error *err);
rgpt_status rg_buffer_text(rg_buffer *b, const char *text, rgpt_error *err);
rgpt_status rg_buffer_format(rg_buffer *b, rgpt_error *err, const char *format, ...) RG_PRINTF(3, 4);
void rg_buffer_reset(rg_buffer *b); /* frees; the cap stays */

#endif
