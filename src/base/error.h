/* error.h - how a failure travels: a status as the return value, a line of text with the caller.
 *
 * Every internal function that can fail returns rgpt_status and takes an rgpt_error * as its last
 * parameter (NULL: the caller does not want the text). The line says what failed, on which thing, what
 * was found and what was wanted: "gguf: tensor 'blk.0.attn_q.weight': offset 4096 past the end, file
 * has 512 bytes of data". No trailing full stop, no line break.
 */
#ifndef RG_BASE_ERROR_H
#define RG_BASE_ERROR_H

#include <rgpt/rgpt.h>

#if defined(__GNUC__)
#define RG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define RG_PRINTF(fmt, args)
#endif

/* Writes the message (cut with "..." when too long; control characters become spaces and bytes that are no
 * UTF-8 question marks, so a hostile file's names cannot forge lines) and returns `status`. A first error is kept: does
 * nothing to `err` if it already holds one, so that cleaning up after a failure cannot hide its cause. */
rgpt_status rg_fail(rgpt_error *err, rgpt_status status, const char *format, ...) RG_PRINTF(3, 4);

/* rg_fail(RGPT_NO_MEMORY): "WHAT: out of memory, N bytes wanted". */
rgpt_status rg_fail_memory(rgpt_error *err, const char *what, size_t size);

/* rg_fail(RGPT_IO) with errno's text: "WHAT: PATH: No such file or directory". */
rgpt_status rg_fail_errno(rgpt_error *err, const char *what, const char *path);

/* Puts "prefix: " before the message that `err` holds; returns `status`, which is that failure's. For a
 * caller that knows which thing it was about (a path, a line number). */
rgpt_status rg_fail_within(rgpt_error *err, rgpt_status status, const char *format, ...) RG_PRINTF(3, 4);

/* Back to RGPT_OK and "". */
void rg_error_clear(rgpt_error *err);

/* The status's English name: "invalid argument", "out of memory", ... */
const char *rg_status_name(rgpt_status status);

#endif
