/* scratch.h - a folder of a test's own, as cmocka setup and teardown; *state is the scratch. */
#ifndef RG_TESTS_SCRATCH_H
#define RG_TESTS_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct scratch {
    char folder[32];
    char path[320]; /* of the last scratch_path */
} scratch;

static inline const char *scratch_path(void **state, const char *name) {
    scratch *s = *state;
    snprintf(s->path, sizeof s->path, "%s/%s", s->folder, name);
    return s->path;
}

static inline int scratch_open(void **state) {
    scratch *s = calloc(1, sizeof *s);
    *state = s;
    if (!s) return -1;
    memcpy(s->folder, "/tmp/rg_test_XXXXXX", 20);
    return mkdtemp(s->folder) ? 0 : -1;
}

/* Removes the folder with its files. */
static inline int scratch_close(void **state) {
    scratch *s = *state;
    DIR *folder = opendir(s->folder);
    for (struct dirent *row; folder && (row = readdir(folder));) unlink(scratch_path(state, row->d_name));
    if (folder) closedir(folder);
    int result = rmdir(s->folder);
    free(s);
    return result;
}

#endif
