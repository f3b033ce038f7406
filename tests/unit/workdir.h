/* workdir.h - a folder for one test, for any number of files: setup and teardown functions for cmocka. */
#ifndef RG_TESTS_WORKDIR_H
#define RG_TESTS_WORKDIR_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct workdir {
    char folder[32];
    char path[320]; /* of the last workdir_path */
} workdir;

static inline const char *workdir_path(void **state, const char *name) {
    workdir *d = *state;
    snprintf(d->path, sizeof d->path, "%s/%s", d->folder, name);
    return d->path;
}

static inline int workdir_make(void **state) {
    workdir *d = calloc(1, sizeof *d);
    *state = d;
    if (!d) return -1;
    memcpy(d->folder, "/tmp/rg_test_XXXXXX", 20);
    return mkdtemp(d->folder) ? 0 : -1;
}

/* Removes the folder with its files. */
static inline int workdir_remove(void **state) {
    workdir *d = *state;
    DIR *folder = opendir(d->folder);
    for (struct dirent *row; folder && (row = readdir(folder));) unlink(workdir_path(state, row->d_name));
    if (folder) closedir(folder);
    int result = rmdir(d->folder);
    free(d);
    return result;
}

#endif
