/* gzip_lines.h - the lines of a gzipped text file, one at a time, unpacked as they are read. */
#ifndef RG_EVAL_GZIP_LINES_H
#define RG_EVAL_GZIP_LINES_H

#include "base/error.h"

typedef struct rg_gzip_lines rg_gzip_lines;

/* RGPT_IO for anything but a regular file. */
rgpt_status rg_gzip_lines_open(const char *path, rg_gzip_lines **out, rgpt_error *err);
void rg_gzip_lines_close(rg_gzip_lines *lines);

/* The next line without its end, valid until the next call; *line is NULL at the end of the file. RGPT_FORMAT
 * for a damaged or cut file, RGPT_LIMIT for a line of more than 1 MiB, with the line's number. */
rgpt_status rg_gzip_lines_next(rg_gzip_lines *lines, const char **line, size_t *size, rgpt_error *err);

size_t rg_gzip_lines_number(const rg_gzip_lines *lines); /* of the line just read, from 1 */

#endif
