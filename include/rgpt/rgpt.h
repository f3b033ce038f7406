/* rgpt.h - the public C API of RegionGPT: ask about any part of a photo.
 *
 * Two nouns carry it. A *model* (rgpt_model) is one opened model file: immutable, shared by any number
 * of threads. A *session* (rgpt_session) is one timeline on a model: one image, its regions and a
 * conversation about them; it belongs to one thread at a time.
 *
 *     rgpt_model_open -> rgpt_image_open -> rgpt_regions_new + rgpt_regions_add_* ->
 *     rgpt_session_open -> rgpt_session_look -> rgpt_ask | rgpt_choose | rgpt_refer ...
 *
 * Errors. Every function that can fail returns an rgpt_status and, when `err` is not NULL, writes one
 * line there that says what failed, on which thing, what was found and what was wanted. The library
 * never exits, aborts or prints. After a failure every object passed in is still usable and closable,
 * and output pointers are NULL.
 *
 * Ownership. What an `*_open`, `*_new` or `*_decode` function hands out is closed or freed by the
 * function named beside it; closing NULL does nothing. A session keeps no pointer to the image or the
 * regions it was given, so they may be closed at once; it does keep its model, which must outlive it.
 *
 * Text is UTF-8. Coordinates are pixels of the image as displayed (after EXIF orientation, see
 * rgpt_image_open), x to the right, y down, the first pixel covering [0,1) x [0,1).
 */
#ifndef RGPT_H
#define RGPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RGPT_API __attribute__((visibility("default")))
#else
#define RGPT_API
#endif

/* ------------------------------------------------------------------ status and errors */

typedef enum rgpt_status {
    RGPT_OK = 0,
    RGPT_INVALID,     /* an argument, or a combination of them, makes no sense */
    RGPT_NO_MEMORY,   /* an allocation failed */
    RGPT_IO,          /* the operating system refused: open, read, write */
    RGPT_FORMAT,      /* bytes that are not what they claim to be: image, model file, RLE, JSON, UTF-8 */
    RGPT_LIMIT,       /* over a stated limit: pixels, regions, context length */
    RGPT_UNSUPPORTED, /* well formed, but this build or model cannot do it */
    RGPT_CANCELLED,   /* a callback asked to stop */
    RGPT_STATUS_COUNT
} rgpt_status;

typedef struct rgpt_error {
    rgpt_status status;
    char message[496]; /* one line, no line break, always terminated; "" when status is RGPT_OK */
} rgpt_error;

#ifdef __cplusplus
}
#endif
#endif
