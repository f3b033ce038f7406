/* json_out.h - the one object that --json prints, built in memory and written only when all went well.
 *
 * Building is sticky: after the first failure (out of memory) the rest does nothing, and printing
 * reports it. So a command builds without an error ladder and checks once.
 */
#ifndef CLI_JSON_OUT_H
#define CLI_JSON_OUT_H

#include "command.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise; cli_json_print or cli_json_reset frees. */
typedef struct cli_json {
    json_t *root;
    bool has_failed;
} cli_json;

/* root[key] = value, and appending to the list root[key], made when first used. They take `value` over;
 * NULL is the failure to make it. */
void cli_json_set(cli_json *json, const char *key, json_t *value);
void cli_json_append(cli_json *json, const char *key, json_t *value);

/* A string; what is not UTF-8 (a file name may be anything) is replaced by U+FFFD. */
json_t *cli_json_text(const char *text, size_t size);

/* Prints the object as one line and frees it. */
int cli_json_print(cli_json *json);
void cli_json_reset(cli_json *json);

#endif
