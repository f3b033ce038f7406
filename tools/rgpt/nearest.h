/* nearest.h - "did you mean ...?" for a mistyped option or command. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

/* The one of `names` (NULL ends them) that `word` is most likely meant to be: at most two slips away, or
 * beginning with it. NULL when none is. */
const char *cli_nearest_name(const char *word, const char *const *names);

#endif
