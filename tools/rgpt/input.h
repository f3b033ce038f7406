/* input.h - reading a whole input, file or pipe, with a limit. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "command.h"

#include <stddef.h>

/* Reads `path` ("-": stdin) to its end into a new block, which one zero byte follows (free() it). `what`
 * says in errors what it was to be: "labels". More than `limit` bytes are an error. Unlike the
 * library, it takes pipes, so that shells' <(...) works. */
int cli_input_read(const char *what, const char *path, size_t limit, char **out, size_t *size);

#endif
