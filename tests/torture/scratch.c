#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int scratch_make(void **state) {
    char folder[] = "/tmp/rg_scratch_XXXXXX";
    char *path;
    if (!mkdtemp(folder) || asprintf(&path, "%s/f", folder) < 0) return -1;
    *state = path;
    return 0;
}

int scratch_remove(void **state) {
    char *path = *state;
    unlink(path);
    *strrchr(path, '/') = '\0';
    int result = rmdir(path);
    free(path);
    return result;
}
