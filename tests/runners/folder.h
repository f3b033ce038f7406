/* folder.h - a folder that holds one test case, and how its contents say which kind of case it is.
 *
 * New cases come under names of their own, so nothing here goes by the folder's name.
 */
#ifndef RG_TESTS_FOLDER_H
#define RG_TESTS_FOLDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "case.h"

/* The parts of a folder that tell kinds apart. A file that is missing, or no JSON, is NULL here. */
typedef struct rg_folder {
    const char *path;
    json_t *config;   /* config.json: the model, as transformers writes it */
    json_t *about;    /* case.json */
    json_t *expected; /* expected.json */
    json_t *tensors;  /* header of expected.safetensors: name -> {dtype, shape, data_offsets} */
} rg_folder;

void rg_folder_open(const char *path, rg_folder *out);
void rg_folder_close(rg_folder *folder);

bool rg_folder_has(const char *path, const char *file); /* a file or folder of that name is in it */
bool rg_folder_has_prefix(const char *path, const char *prefix);

/* Visits what is in a folder, by name, and `depth` levels below it, until `visit` returns true; returns
 * whether it did. */
typedef bool rg_folder_fn(void *context, const char *name, const char *path);
bool rg_folder_search(const char *dir, int depth, rg_folder_fn *visit, void *context);

/* One kind of case. The first row that matches decides. */
typedef struct rg_kind {
    const char *name;
    bool (*matches)(const rg_folder *folder);
    int (*run)(const char *path, char *line, size_t line_size); /* as rg_case_fn; NULL: nothing runs it ... */
    const char *why_not;                                        /* ... for this reason */
} rg_kind;

/* The main function of a folder runner: every argument is a case folder, or a folder of them. A folder of
 * no known kind fails. `marker` is a file that every case folder has, and folders without it are passed
 * over; NULL: every folder is a case. */
int rg_folder_main(int argc, char **argv, const rg_kind *kinds, const char *marker);

#endif
