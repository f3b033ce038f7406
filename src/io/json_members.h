/* json_members.h - walk the members of a JSON object in a block of text, decoding one value at a time.
 *
 * A tree of a whole hostile document can take eighty times its size. Here jansson sees one member at a
 * time, of a size that the caller bounds; finding where a value ends needs neither recursion nor memory.
 * (base/json_stream.h streams the records of files. Here the text is in memory, objects nest, and a
 * format may forbid what JSON allows around the object.)
 */
#ifndef RG_IO_JSON_MEMBERS_H
#define RG_IO_JSON_MEMBERS_H

#include <jansson.h>

#include "base/error.h"

typedef struct rg_json_cursor {
    const char *text;
    size_t size, at;
} rg_json_cursor;

/* Receives a member's key, with the cursor before its value, which it must consume. */
typedef rgpt_status rg_json_visit(void *self, const char *key, rg_json_cursor *c, rgpt_error *err);

/* Walks the object that begins at the cursor (after white space) and leaves the cursor behind its '}'.
 * Keys that stand twice are the visitor's to find. Malformed JSON is RGPT_FORMAT. */
rgpt_status rg_json_walk(rg_json_cursor *c, rg_json_visit *visit, void *self, rgpt_error *err);

/* Decodes the value at the cursor and moves behind it: json_decref(*out). More than `limit` bytes of it
 * are refused; strings must be UTF-8 without zero bytes, objects without duplicate keys. */
rgpt_status rg_json_value(rg_json_cursor *c, size_t limit, json_t **out, rgpt_error *err);
/* The same for a string, which is no tree and so needs no limit. */
rgpt_status rg_json_string(rg_json_cursor *c, json_t **out, rgpt_error *err);

#endif
