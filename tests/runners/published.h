/* published.h - files too large for the tree that anyone can get: found if they are on this machine. */
#ifndef RG_TESTS_PUBLISHED_H
#define RG_TESTS_PUBLISHED_H

#include <stdbool.h>
#include <stddef.h>

/* The path of the file that `what` (a sentence, a file's name) speaks of, looked up in an environment
 * variable, in the build's download cache and near the case's folder `dir`. False: not here. */
bool rg_published_find(const char *what, const char *dir, char *path, size_t path_size);

#endif
