#include "model_path.h"

#include "report.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = PATH_MAX + 64, LOOKED_SIZE = 3 * PATH_SIZE };

static const char file_name[] = "rgpt-tiny.gguf";

/* The folder that holds the running program, without a slash at its end; false when /proc is not there. */
static bool program_folder(char *folder, size_t size) {
    ssize_t length = readlink("/proc/self/exe", folder, size - 1);
    if (length <= 0) return false;
    folder[length] = '\0';
    char *slash = strrchr(folder, '/');
    if (!slash) return false;
    *slash = '\0';
    return true;
}

/* The path of the file in a folder, if there is one; else NULL, and the path is appended to what was looked
 * at. `looked` has room for all of them. */
static char *look(const char *folder, const char *below, char *looked) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s%s/%s", folder, below, file_name);
    if (access(path, R_OK) == 0) return strdup(path);
    size_t size = strlen(looked);
    snprintf(looked + size, LOOKED_SIZE - size, "%s%s", size ? ", " : "", path);
    return NULL;
}

int cli_model_path(const char *given, char **out) {
    const char *named = given ? given : getenv("RGPT_MODEL");
    if (named && *named) {
        *out = strdup(named);
        return *out ? CLI_OK : cli_report_memory("model");
    }
    char folder[PATH_MAX], looked[LOOKED_SIZE] = "";
    *out = NULL;
    if (program_folder(folder, sizeof folder)) {
        *out = look(folder, "", looked);
        if (!*out) *out = look(folder, "/../share/rgpt", looked);
    }
    if (!*out) *out = look(".", "/models", looked);
    if (*out) return CLI_OK;
    return cli_report_failure("model: none found: $RGPT_MODEL is not set and there is no %s; name one with -m FILE, "
                              "or make one with: rgpt convert SRC... -o ./models/%s",
                              looked, file_name);
}
