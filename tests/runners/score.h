/* score.h - comparing scores with their expected values, and the line that tells how it went. */
#ifndef RG_TESTS_SCORE_H
#define RG_TESTS_SCORE_H

#include <jansson.h>
#include <stddef.h>

/* Zero-initialise. Scores are compared to 1e-12: expected values may have gone through fewer digits than a
 * double holds, but a score that differs in any that matters is wrong. */
typedef struct rg_score {
    size_t compared, wrong;
    double worst;      /* largest difference */
    char first[300];   /* the first thing that was wrong */
    char context[120]; /* put before it: which evaluation this is about */
} rg_score;

void rg_score_number(rg_score *s, const char *what, double found, double wanted);

/* `wanted` as JSON; null stands for -1 (no value). A member that is absent is not compared. */
void rg_score_json(rg_score *s, const char *what, double found, const json_t *wanted);

/* Something that has no number went wrong. */
void rg_score_fail(rg_score *s, const char *what);

/* The verdict and its line: "FIGURES; 1234 numbers, worst difference 0". */
int rg_score_close(const rg_score *s, const char *figures, char *line, size_t line_size);

#endif
