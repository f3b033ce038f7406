/* fixture.h - reading the JSON files that test cases are kept in, plain or gzipped. */
#ifndef RG_TESTS_FIXTURE_H
#define RG_TESTS_FIXTURE_H

#include <jansson.h>
#include <stddef.h>

/* The JSON in DIR/NAME, or else in DIR/NAME.gz. NULL on failure, with the reason in `line`. The caller
 * owns the reference. */
json_t *rg_fixture_json(const char *dir, const char *name, char *line, size_t line_size);

#endif
