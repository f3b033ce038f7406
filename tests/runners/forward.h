/* forward.h - runs model code for a golden case, in float32, and compares what it gives.
 *
 * Every run happens twice: dry, to learn how much memory it needs, then for real in exactly that much, so
 * each golden case proves the dry run too.
 */
#ifndef RG_TESTS_FORWARD_H
#define RG_TESTS_FORWARD_H

#include <jansson.h>

#include "case.h"
#include "io/weights.h"
#include "op/op.h"

/* One case: what was expected, and the line that tells how it went. */
typedef struct rg_golden {
    const char *dir;
    json_t *about;        /* case.json */
    rg_weights *expected; /* expected.safetensors */
    char *line;
    size_t line_size;
    bool failed;
    int compared;
} rg_golden;

/* False, with the reason in `line`, when the case cannot be read. */
bool rg_golden_open(rg_golden *g, const char *dir, char *line, size_t line_size);
/* Closes and returns the verdict; a case that compared nothing fails. */
int rg_golden_close(rg_golden *g);

/* Appends to the line. */
void rg_golden_say(rg_golden *g, const char *format, ...) RG_PRINTF(2, 3);
/* Marks the case as failed, with err's message. */
void rg_golden_error(rg_golden *g, const rgpt_error *err);

/* The expected tensor's numbers, or NULL (and the case has failed) if it is not there or has another count. */
const float *rg_golden_floats(rg_golden *g, const char *name, int64_t count);

/* Compares with expected tensor `name`: the largest difference must be within `tolerance` of the largest
 * expected absolute value. */
void rg_golden_compare(rg_golden *g, const char *name, const float *found, int64_t count, double tolerance);

/* A pass of model code: returns its result, NULL after a failure. */
typedef rg_tensor *(*rg_forward)(rg_run *run, void *context);

/* Runs it dry, then for real with `compute`, and copies the result out (free() it); NULL on failure, which
 * marks the case. */
float *rg_golden_run(rg_golden *g, rg_compute compute, rg_forward forward, void *context, int64_t *count);

#endif
