#include "eval/gzip_lines.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buffer.h"
#include "base/file.h"

enum { CHUNK = 1 << 16, LINE_LIMIT = 1 << 20, GZIP_WINDOW = 15 + 16 };

struct rg_gzip_lines {
    char *path;
    rg_map map;
    size_t taken; /* bytes of the map given to zlib */
    z_stream stream;
    bool has_stream, is_done;
    char chunk[CHUNK]; /* unpacked, from `at` to `end` not yet read */
    size_t at, end;
    rg_buffer line;
    size_t number;
};

rgpt_status rg_gzip_lines_open(const char *path, rg_gzip_lines **out, rgpt_error *err) {
    *out = NULL;
    rg_gzip_lines *g = calloc(1, sizeof *g);
    if (!g) return rg_fail_memory(err, path, sizeof *g);
    g->line.cap = LINE_LIMIT;
    g->path = strdup(path);
    rgpt_status status = g->path ? rg_map_open(path, &g->map, err) : rg_fail_memory(err, path, strlen(path));
    if (status == RGPT_OK) {
        g->has_stream = inflateInit2(&g->stream, GZIP_WINDOW) == Z_OK;
        if (!g->has_stream) status = rg_fail_memory(err, path, sizeof g->stream);
    }
    if (status != RGPT_OK) {
        rg_gzip_lines_close(g);
        return status;
    }
    *out = g;
    return RGPT_OK;
}

void rg_gzip_lines_close(rg_gzip_lines *g) {
    if (!g) return;
    if (g->has_stream) inflateEnd(&g->stream);
    rg_map_close(&g->map);
    rg_buffer_reset(&g->line);
    free(g->path);
    free(g);
}

static rgpt_status damaged(const rg_gzip_lines *g, const char *what, rgpt_error *err) {
    return rg_fail(err, RGPT_FORMAT, "%s: after line %zu: %s", g->path, g->number, what);
}

/* Unpacks the next chunk; g->is_done when nothing is left. A file may have several members in a row. */
static rgpt_status unpack(rg_gzip_lines *g, rgpt_error *err) {
    g->at = g->end = 0;
    while (g->end == 0 && !g->is_done) {
        if (g->stream.avail_in == 0) {
            size_t left = g->map.size - g->taken, some = left < (1u << 30) ? left : 1u << 30;
            g->stream.next_in = (Bytef *)(uintptr_t)(g->map.data + g->taken);
            g->stream.avail_in = (uInt)some;
            g->taken += some;
        }
        if (g->stream.avail_in == 0) return damaged(g, "gzip data end too early", err);
        g->stream.next_out = (Bytef *)g->chunk;
        g->stream.avail_out = CHUNK;
        int code = inflate(&g->stream, Z_NO_FLUSH);
        g->end = CHUNK - g->stream.avail_out;
        if (code == Z_MEM_ERROR) return rg_fail_memory(err, g->path, CHUNK);
        if (code != Z_OK && code != Z_STREAM_END)
            return damaged(g, g->stream.msg ? g->stream.msg : "no gzip data", err);
        if (code == Z_STREAM_END) {
            g->is_done = g->stream.avail_in == 0 && g->taken == g->map.size;
            if (!g->is_done && inflateReset(&g->stream) != Z_OK) return damaged(g, "no gzip data", err);
        }
    }
    return RGPT_OK;
}

rgpt_status rg_gzip_lines_next(rg_gzip_lines *g, const char **line, size_t *size, rgpt_error *err) {
    *line = NULL;
    *size = 0;
    g->line.size = 0;
    for (;;) {
        if (g->at == g->end && !g->is_done) {
            rgpt_status status = unpack(g, err);
            if (status != RGPT_OK) return status;
        }
        if (g->at == g->end && g->is_done) {
            if (g->line.size == 0) return RGPT_OK; /* the end, or a last line of nothing */
            break;
        }
        const char *from = g->chunk + g->at, *end = memchr(from, '\n', g->end - g->at);
        size_t part = end ? (size_t)(end - from) : g->end - g->at;
        rgpt_status status = rg_buffer_append(&g->line, from, part, err);
        if (status != RGPT_OK) return rg_fail_within(err, status, "%s: line %zu", g->path, g->number + 1);
        g->at += part + (end != NULL);
        if (end) break;
    }
    g->number++;
    *line = g->line.data;
    *size = g->line.size;
    return RGPT_OK;
}

size_t rg_gzip_lines_number(const rg_gzip_lines *g) {
    return g->number;
}
