/* numbers.h - lists of numbers in JSON, the form of every shape (internal to src/image). */
#ifndef RG_IMAGE_NUMBERS_H
#define RG_IMAGE_NUMBERS_H

#include <jansson.h>

#include "base/error.h"

/* "a list", "a text", ...; "nothing" for NULL. */
const char *rg_json_type_name(const json_t *value);

/* Copies a list of `least` to `most` numbers; *out is new, free() it. RGPT_FORMAT for anything else; `wanted`
 * says what the list should have been: "x, y, width, height". */
rgpt_status rg_numbers_parse(const json_t *list, size_t least, size_t most, const char *wanted, double **out,
                             size_t *count, rgpt_error *err);

/* Points, x1, y1, x2, y2, ...: at least `least` of them. */
rgpt_status rg_points_parse(const json_t *list, size_t least, double **xy, size_t *point_count, rgpt_error *err);

#endif
