/* model_path.h - which model file a command uses when the user names none. */
#ifndef CLI_MODEL_PATH_H
#define CLI_MODEL_PATH_H

#include "command.h"

/* `given` (-m, or NULL), else $RGPT_MODEL, else the first that exists of rgpt-tiny.gguf beside the
 * program, in ../share/rgpt/ from there, and in ./models/. *out is free()d by the caller. When there is
 * none, the report lists where it looked and what to do next. */
int cli_model_path(const char *given, char **out);

#endif
