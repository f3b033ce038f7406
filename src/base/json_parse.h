/* json_parse.h - one way to parse JSON text: strictly, and telling lack of memory from bad text. */
#ifndef RG_BASE_JSON_PARSE_H
#define RG_BASE_JSON_PARSE_H

#include <jansson.h>

#include "base/error.h"

/* Any one value; no NaN, no duplicate key, valid UTF-8. RGPT_FORMAT with the reason and the byte it is at,
 * "invalid token near 'NaN' (its byte 8)": the caller says of what. On failure *out is NULL. */
rgpt_status rg_json_parse(const char *text, size_t size, json_t **out, rgpt_error *err);

#endif
