#include "nearest.h"

#include <string.h>

/* Levenshtein distance; words longer than the row are too far from any name. */
static size_t edit_distance(const char *a, const char *b) {
    enum { LONGEST = 31 };
    size_t row[LONGEST + 1], length = strlen(b);
    if (strlen(a) > LONGEST || length > LONGEST) return LONGEST;
    for (size_t j = 0; j <= length; j++) row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            size_t change = diagonal + (a[i] != b[j]);
            size_t insert = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            diagonal = row[j + 1];
            row[j + 1] = change < insert ? change : insert;
        }
    }
    return row[length];
}

const char *cli_nearest_name(const char *word, const char *const *names) {
    const char *best = NULL;
    size_t best_distance = 3; /* two slips are a typing mistake, three another word */
    size_t size = strlen(word);
    for (; *names; names++) {
        size_t distance = edit_distance(word, *names);
        /* The beginning of a name is its abbreviation, however much is left off. */
        if (size >= 3 && strncmp(word, *names, size) == 0) distance = 1;
        /* In a word of three letters, two slips leave nothing. */
        if (distance < best_distance && distance < size) {
            best = *names;
            best_distance = distance;
        }
    }
    return best;
}
