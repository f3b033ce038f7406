#include "json_out.h"

#include "output.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* Probabilities must still sum to 1 after printing; 17 digits would be noise. */
enum { DIGITS = 9 };

void cli_json_set(cli_json *json, const char *key, json_t *value) {
    if (!json->root && !json->has_failed) json->root = json_object();
    if (json_object_set_new(json->root, key, value) != 0) json->has_failed = true;
}

void cli_json_append(cli_json *json, const char *key, json_t *value) {
    if (!json_object_get(json->root, key)) cli_json_set(json, key, json_array());
    if (json_array_append_new(json_object_get(json->root, key), value) != 0) json->has_failed = true;
}

/* The length of the well-formed UTF-8 character that `s` (terminated) begins with; 0: none. */
static size_t character_size(const unsigned char *s) {
    if (s[0] < 0x80) return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4) return 0;
    size_t size = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    for (size_t i = 1; i < size; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
    }
    /* Overlong forms, surrogates and what lies past U+10FFFF show in the second byte. */
    bool is_bad = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
                  (s[0] == 0xf4 && s[1] > 0x8f);
    return is_bad ? 0 : size;
}

json_t *cli_json_text(const char *text, size_t size) {
    json_t *string = json_stringn(text, size);
    if (string) return string;
    char *repaired = malloc(size * 3 + 1), *end = repaired;
    if (!repaired) return NULL;
    const unsigned char *s = (const unsigned char *)text, *past = s + size;
    while (s < past) {
        size_t length = character_size(s);
        if (length == 0 || length > (size_t)(past - s)) {
            end = mempcpy(end, "\xef\xbf\xbd", 3);
            s++;
        } else {
            end = mempcpy(end, s, length);
            s += length;
        }
    }
    string = json_stringn(repaired, (size_t)(end - repaired));
    free(repaired);
    return string;
}

int cli_json_print(cli_json *json) {
    char *text = json->has_failed ? NULL : json_dumps(json->root, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
    cli_json_reset(json);
    if (!text) return cli_report_memory("JSON");
    cli_output_format("%s\n", text);
    free(text);
    return cli_output_finish();
}

void cli_json_reset(cli_json *json) {
    json_decref(json->root);
    *json = (cli_json){0};
}
