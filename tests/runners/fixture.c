#include "fixture.h"

#include <stdio.h>
#include <zlib.h>

/* gzread passes plain files through as they are. */
static size_t read_some(void *buffer, size_t size, void *context) {
    int count = gzread(context, buffer, (unsigned)size);
    return count < 0 ? (size_t)-1 : (size_t)count;
}

json_t *rg_fixture_json(const char *dir, const char *name, char *line, size_t line_size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    gzFile file = gzopen(path, "rb");
    if (!file) {
        snprintf(path, sizeof path, "%s/%s.gz", dir, name);
        file = gzopen(path, "rb");
    }
    if (!file) {
        snprintf(line, line_size, "cannot open %s/%s, plain or gzipped", dir, name);
        return NULL;
    }
    json_error_t error;
    json_t *root = json_load_callback(read_some, file, JSON_ALLOW_NUL, &error);
    if (!root) snprintf(line, line_size, "%s: line %d: %s", path, error.line, error.text);
    gzclose(file);
    return root;
}
