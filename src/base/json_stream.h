/* json_stream.h - the records of a huge JSON file, one at a time.
 *
 * Annotation files are one object or array of millions of records: parsed whole, 1 GB of text becomes 10 GB
 * of heap. Here a scanner finds where each record ends and jansson parses that record alone, so memory is
 * one chunk and one record, whatever the file's size.
 *
 * A file is a sequence of records in one of three forms:
 *
 *   array     [e, e, ...]                               section ""
 *   lines     e e e  (JSON lines: one value a line)     section ""
 *   object    {"images": [e, e], "info": v, ...}        section "images", "info": the elements of a member
 *                                                       that is an array; any other member is one record
 *
 * Records of sections nobody asked for are skipped, checked no further than that their brackets and quotes
 * close. A record that is delivered was parsed strictly: no NaN, no duplicate key, valid UTF-8. A file that
 * ends early is an error, so is text after its end.
 */
#ifndef RG_BASE_JSON_STREAM_H
#define RG_BASE_JSON_STREAM_H

#include <jansson.h>

#include "base/error.h"

/* A record longer than this is refused (RGPT_LIMIT): it would be a whole data set in one value. */
#define RG_JSON_RECORD_LIMIT ((size_t)64 << 20)

typedef enum rg_json_layout {
    RG_JSON_ARRAY,
    RG_JSON_OBJECT,
    RG_JSON_LINES, /* also reads an array, as its elements */
} rg_json_layout;

typedef struct rg_json_stream rg_json_stream;

typedef struct rg_json_record {
    const char *section; /* the member's name, "" outside an object */
    size_t index;        /* within its section, from 0 */
    uint64_t offset;     /* of its first byte in the file */
    const json_t *value; /* NULL: the file has ended */
} rg_json_record;

/* A file of another form than `layout` is an error at its first record. `sections`, for an object: the wanted
 * members' names, ended by NULL, kept as a pointer until close; NULL wants all. RGPT_IO for anything but a
 * regular file. */
rgpt_status rg_json_stream_open(const char *path, rg_json_layout layout, const char *const *sections,
                                rg_json_stream **out, rgpt_error *err);

/* The same over bytes that stay the caller's; errors call them `name`. */
rgpt_status rg_json_stream_open_bytes(const char *name, const void *bytes, size_t size, rg_json_layout layout,
                                      const char *const *sections, rg_json_stream **out, rgpt_error *err);

void rg_json_stream_close(rg_json_stream *s);

/* The next wanted record; what `record` points to lives until the next call. An error names the place, as
 * rg_json_stream_fail does, and ends the stream: every later call fails too. */
rgpt_status rg_json_stream_next(rg_json_stream *s, rg_json_record *record, rgpt_error *err);

/* For a caller that found fault with the record just delivered: puts "PATH: annotations[17] at byte 4242: "
 * before the message in `err`; returns `status`. */
rgpt_status rg_json_stream_fail(const rg_json_stream *s, rgpt_status status, rgpt_error *err);

#endif
