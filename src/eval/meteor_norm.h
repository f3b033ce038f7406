/* meteor_norm.h - METEOR's English normaliser: punctuation apart, quotes and dashes alike, lower case.
 *
 * The steps (EVALUATION.md, section 1; found by running METEOR 1.5 with -norm): curly quotes and backquotes
 * become ' or ", every character that is no Latin or Cyrillic letter, digit, space or one of . ' , - stands
 * alone, runs of periods stay together, commas leave all but numbers, "--" becomes "-", apostrophes split
 * contractions before them, a hyphen between letters or digits becomes a space, and a period leaves its word
 * unless the word is an abbreviation: then it stays ("mr.") or, inside an acronym, all of them go ("u.s."
 * becomes "us").
 */
#ifndef RG_EVAL_METEOR_NORM_H
#define RG_EVAL_METEOR_NORM_H

#include "base/buffer.h"

typedef struct rg_meteor_norm rg_meteor_norm; /* belongs to one thread at a time */

/* `path`: the list of words that keep their period, METEOR's nonbreaking/english.prefixes: a word a line,
 * "#" starts a comment; a word with #NUMERIC_ONLY# keeps it only before a digit. */
rgpt_status rg_meteor_norm_open(const char *path, rg_meteor_norm **out, rgpt_error *err);
void rg_meteor_norm_close(rg_meteor_norm *norm);

/* Appends the normalised line to `out`, one space between words. RGPT_FORMAT for text that is not UTF-8. */
rgpt_status rg_meteor_normalize(rg_meteor_norm *norm, const char *line, size_t size, rg_buffer *out, rgpt_error *err);

#endif
