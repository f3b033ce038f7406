#include "base/json_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_parse.h"

enum { CHUNK_SIZE = 256 * 1024 };

/* Where the scanner stands between two records. */
typedef enum position {
    BEFORE_FILE,
    IN_LINES,
    IN_ARRAY,   /* the whole file is one array */
    IN_OBJECT,  /* before a key of the top-level object */
    IN_SECTION, /* in the array that is a member's value */
    AFTER_FILE, /* the document is complete: only blanks may follow */
    AFTER_FAILURE,
} position;

struct rg_json_stream {
    char *name;
    int fd; /* -1: all bytes are in the window from the start */
    bool at_end;
    rg_json_layout layout;
    const char *const *sections;

    /* The window: bytes [begin, size) of data are not consumed yet; data[0] stands at file offset `base`. */
    const char *data;
    char *owned; /* data, when it is ours */
    size_t begin, size, allocated;
    uint64_t base;

    position position;
    bool wants_comma; /* a value was read: a comma or the closing bracket comes next */
    char *section;    /* heap; NULL outside an object */
    bool is_wanted;
    size_t index; /* of the next record in its section */
    uint64_t record_offset;
    size_t record_index;
    json_t *value;
};

/* ------------------------------------------------------------------ opening and closing */

static rgpt_status new_stream(const char *name, rg_json_layout layout, const char *const *sections,
                              rg_json_stream **out, rgpt_error *err) {
    rg_json_stream *s = calloc(1, sizeof *s);
    char *copy = strdup(name);
    if (!s || !copy) {
        free(s);
        free(copy);
        return rg_fail_memory(err, name, sizeof *s);
    }
    *s = (rg_json_stream){.name = copy, .fd = -1, .layout = layout, .sections = sections};
    *out = s;
    return RGPT_OK;
}

rgpt_status rg_json_stream_open(const char *path, rg_json_layout layout, const char *const *sections,
                                rg_json_stream **out, rgpt_error *err) {
    *out = NULL;
    rg_json_stream *s = NULL;
    rgpt_status status = new_stream(path, layout, sections, &s, err);
    if (status != RGPT_OK) return status;
    size_t size;
    status = rg_file_open(path, &s->fd, &size, err);
    if (status != RGPT_OK) {
        rg_json_stream_close(s);
        return status;
    }
    *out = s;
    return RGPT_OK;
}

rgpt_status rg_json_stream_open_bytes(const char *name, const void *bytes, size_t size, rg_json_layout layout,
                                      const char *const *sections, rg_json_stream **out, rgpt_error *err) {
    *out = NULL;
    rgpt_status status = new_stream(name, layout, sections, out, err);
    if (status != RGPT_OK) return status;
    (*out)->data = bytes;
    (*out)->size = size;
    (*out)->at_end = true;
    return RGPT_OK;
}

void rg_json_stream_close(rg_json_stream *s) {
    if (!s) return;
    if (s->fd >= 0) close(s->fd);
    json_decref(s->value);
    free(s->owned);
    free(s->section);
    free(s->name);
    free(s);
}

/* ------------------------------------------------------------------ errors with their place */

/* "PATH: annotations[17] at byte 4242: " before the message. */
static rgpt_status place(const rg_json_stream *s, size_t index, uint64_t offset, rgpt_status status, rgpt_error *err) {
    unsigned long long byte = offset;
    switch (s->position) {
    case IN_SECTION:
        return rg_fail_within(err, status, "%s: %s[%zu] at byte %llu", s->name, s->section, index, byte);
    case IN_ARRAY:
        return rg_fail_within(err, status, "%s: element %zu at byte %llu", s->name, index, byte);
    case IN_LINES:
        return rg_fail_within(err, status, "%s: record %zu at byte %llu", s->name, index, byte);
    default:
        break;
    }
    if (!s->section) return rg_fail_within(err, status, "%s: at byte %llu", s->name, byte);
    return rg_fail_within(err, status, "%s: '%s' at byte %llu", s->name, s->section, byte);
}

rgpt_status rg_json_stream_fail(const rg_json_stream *s, rgpt_status status, rgpt_error *err) {
    return place(s, s->record_index, s->record_offset, status, err);
}

/* A fault of the text between records, at the window's begin. */
static rgpt_status fail_here(const rg_json_stream *s, rgpt_error *err, const char *wanted) {
    rgpt_status status = RGPT_FORMAT;
    if (s->begin == s->size) {
        rg_fail(err, status, "found the end of the file, wanted %s", wanted);
    } else {
        unsigned char found = (unsigned char)s->data[s->begin];
        bool is_printable = found > 0x20 && found < 0x7f;
        rg_fail(err, status, is_printable ? "found '%c', wanted %s" : "found byte 0x%02x, wanted %s", found, wanted);
    }
    return place(s, s->index, s->base + s->begin, status, err);
}

/* ------------------------------------------------------------------ the window */

/* Adds a chunk behind the window, first dropping what was consumed. `needed`: bytes from begin on that must
 * stay because they belong to an unfinished record. Sets at_end instead when the file has no more. */
static rgpt_status read_chunk(rg_json_stream *s, size_t needed, rgpt_error *err) {
    if (needed > RG_JSON_RECORD_LIMIT) {
        rg_fail(err, RGPT_LIMIT, "found a record of over %zu bytes, at most %zu are read", needed,
                RG_JSON_RECORD_LIMIT);
        return place(s, s->index, s->base + s->begin, RGPT_LIMIT, err);
    }
    if (s->begin > 0) {
        memmove(s->owned, s->owned + s->begin, s->size - s->begin);
        s->base += s->begin;
        s->size -= s->begin;
        s->begin = 0;
    }
    if (s->allocated - s->size < CHUNK_SIZE) {
        /* Doubling: a record is copied O(1) times a byte however long it grows. */
        size_t grown = 2 * s->allocated + CHUNK_SIZE;
        char *data = realloc(s->owned, grown);
        if (!data) return rg_fail_memory(err, s->name, grown);
        s->data = s->owned = data;
        s->allocated = grown;
    }
    ssize_t n;
    do {
        n = read(s->fd, s->owned + s->size, CHUNK_SIZE);
    } while (n < 0 && errno == EINTR);
    if (n < 0) return rg_fail_errno(err, "cannot read", s->name);
    s->size += (size_t)n;
    s->at_end = n == 0;
    return RGPT_OK;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Moves to the next byte that is not blank, which stays unread; *c is 0 at the end of the file. (A zero byte
 * in the file is no JSON either; it ends in the same kind of error.) */
static rgpt_status skip_blanks(rg_json_stream *s, char *c, rgpt_error *err) {
    for (;;) {
        while (s->begin < s->size && is_blank(s->data[s->begin])) s->begin++;
        if (s->begin < s->size) {
            *c = s->data[s->begin];
            return RGPT_OK;
        }
        *c = '\0';
        if (s->at_end) return RGPT_OK;
        rgpt_status status = read_chunk(s, 0, err);
        if (status != RGPT_OK) return status;
    }
}

/* ------------------------------------------------------------------ finding where a value ends */

typedef struct scan {
    size_t depth; /* of open brackets */
    bool in_string, is_escaped;
    bool is_scalar; /* a number or a word: it ends before the delimiter, not with it */
    bool is_done;
} scan;

static bool ends_scalar(char c) {
    return is_blank(c) || c == ',' || c == ']' || c == '}' || c == ':';
}

/* Over the inside of a string, up to and with its closing quote. */
static size_t scan_string(scan *state, const char *data, size_t i, size_t size) {
    for (; i < size; i++) {
        if (state->is_escaped) {
            state->is_escaped = false;
        } else if (data[i] == '\\') {
            state->is_escaped = true;
        } else if (data[i] == '"') {
            state->in_string = false;
            state->is_done = state->depth == 0;
            return i + 1;
        }
    }
    return size;
}

/* Advances over data[from, size) until the value is complete; returns the position behind the last byte
 * taken. Only quotes and brackets matter: whether the value is valid JSON is the parser's business. */
static size_t scan_value(scan *state, const char *data, size_t from, size_t size) {
    size_t i = from;
    while (i < size && !state->is_done) {
        if (state->in_string) {
            i = scan_string(state, data, i, size);
            continue;
        }
        char c = data[i];
        if (state->is_scalar && ends_scalar(c)) {
            state->is_done = true;
            break;
        }
        i++;
        if (state->is_scalar) continue;
        if (c == '"') {
            state->in_string = true;
        } else if (c == '{' || c == '[') {
            state->depth++;
        } else if (c == '}' || c == ']') {
            state->is_done = --state->depth == 0;
        }
    }
    return i;
}

/* Finds the value that begins at the window's begin. With `keep` all of it is in the window afterwards and
 * *value_size says how long it is; without, the window has moved behind it. */
static rgpt_status find_value(rg_json_stream *s, bool keep, size_t *value_size, rgpt_error *err) {
    char first = s->data[s->begin];
    scan state = {.is_scalar = first != '{' && first != '[' && first != '"'};
    size_t scanned = 0; /* bytes from begin on that were looked at */
    for (;;) {
        size_t end = scan_value(&state, s->data, s->begin + scanned, s->size);
        scanned = end - s->begin;
        if (!keep) {
            s->begin = end;
            scanned = 0;
        }
        if (state.is_done || (s->at_end && state.is_scalar)) break;
        if (s->at_end) {
            rg_fail(err, RGPT_FORMAT, "the file ends in the middle of this record");
            return place(s, s->index, s->record_offset, RGPT_FORMAT, err);
        }
        rgpt_status status = read_chunk(s, scanned, err);
        if (status != RGPT_OK) return status;
    }
    *value_size = scanned;
    return RGPT_OK;
}

/* ------------------------------------------------------------------ records */

static rgpt_status parse_value(rg_json_stream *s, rgpt_error *err) {
    size_t size;
    rgpt_status status = find_value(s, true, &size, err);
    if (status != RGPT_OK) return status;
    status = rg_json_parse(s->data + s->begin, size, &s->value, err);
    if (status != RGPT_OK) return rg_json_stream_fail(s, status, err);
    s->begin += size;
    return RGPT_OK;
}

/* Reads the value that begins here as the next record of its section, or skips it (*found is false). */
static rgpt_status take_value(rg_json_stream *s, bool *found, rgpt_error *err) {
    if (s->begin == s->size || ends_scalar(s->data[s->begin])) return fail_here(s, err, "a value");
    s->record_offset = s->base + s->begin;
    s->record_index = s->index;
    *found = s->is_wanted;
    size_t size;
    rgpt_status status = s->is_wanted ? parse_value(s, err) : find_value(s, false, &size, err);
    s->index++;
    s->wants_comma = true;
    return status;
}

static bool is_section_wanted(const rg_json_stream *s) {
    if (!s->sections) return true;
    for (const char *const *name = s->sections; *name; name++) {
        if (strcmp(*name, s->section) == 0) return true;
    }
    return false;
}

/* A key of the top-level object and its colon; the window ends up at the value. */
static rgpt_status read_key(rg_json_stream *s, rgpt_error *err) {
    free(s->section);
    s->section = NULL;
    s->index = 0;
    char c;
    rgpt_status status = skip_blanks(s, &c, err);
    if (status != RGPT_OK) return status;
    if (c != '"') return fail_here(s, err, "a key or '}'");
    s->record_offset = s->base + s->begin;
    status = parse_value(s, err);
    if (status != RGPT_OK) return status;
    s->section = strdup(json_string_value(s->value));
    json_decref(s->value);
    s->value = NULL;
    if (!s->section) return rg_fail_memory(err, s->name, 1);
    s->is_wanted = is_section_wanted(s);

    status = skip_blanks(s, &c, err);
    if (status != RGPT_OK) return status;
    if (c != ':') return fail_here(s, err, "':'");
    s->begin++;
    return skip_blanks(s, &c, err);
}

/* Between the members of the top-level object. */
static rgpt_status step_object(rg_json_stream *s, char c, bool *found, rgpt_error *err) {
    if (c == '}') {
        s->begin++;
        s->position = AFTER_FILE;
        return RGPT_OK;
    }
    if (s->wants_comma) {
        if (c != ',') return fail_here(s, err, "',' or '}'");
        s->begin++;
    }
    rgpt_status status = read_key(s, err);
    if (status != RGPT_OK) return status;
    if (s->begin == s->size || s->data[s->begin] != '[') return take_value(s, found, err);
    s->begin++;
    s->position = IN_SECTION;
    s->wants_comma = false;
    return RGPT_OK;
}

/* Between the elements of an array. */
static rgpt_status step_array(rg_json_stream *s, char c, bool *found, rgpt_error *err) {
    if (c == ']') {
        s->begin++;
        s->position = s->position == IN_SECTION ? IN_OBJECT : AFTER_FILE;
        s->wants_comma = true;
        return RGPT_OK;
    }
    if (s->wants_comma) {
        if (c != ',') return fail_here(s, err, "',' or ']'");
        s->begin++;
        rgpt_status status = skip_blanks(s, &c, err);
        if (status != RGPT_OK) return status;
    }
    return take_value(s, found, err);
}

static rgpt_status step_start(rg_json_stream *s, char c, rgpt_error *err) {
    s->is_wanted = true;
    if (s->layout == RG_JSON_LINES && c != '[') {
        s->position = IN_LINES;
        return RGPT_OK;
    }
    bool is_object = s->layout == RG_JSON_OBJECT;
    if (c != (is_object ? '{' : '[')) return fail_here(s, err, is_object ? "an object, '{'" : "an array, '['");
    s->position = is_object ? IN_OBJECT : IN_ARRAY;
    s->begin++;
    return RGPT_OK;
}

/* One step: into, over or out of something. *found: a wanted record is in s->value. */
static rgpt_status step(rg_json_stream *s, bool *found, rgpt_error *err) {
    char c;
    rgpt_status status = skip_blanks(s, &c, err);
    if (status != RGPT_OK) return status;
    switch (s->position) {
    case BEFORE_FILE:
        return step_start(s, c, err);
    case IN_LINES:
        if (s->begin == s->size) {
            s->position = AFTER_FILE;
            return RGPT_OK;
        }
        return take_value(s, found, err);
    case IN_OBJECT:
        return step_object(s, c, found, err);
    case IN_ARRAY:
    case IN_SECTION:
        return step_array(s, c, found, err);
    case AFTER_FILE:
        return s->begin == s->size ? RGPT_OK : fail_here(s, err, "the end of the file");
    case AFTER_FAILURE:
        break;
    }
    return rg_fail(err, RGPT_INVALID, "%s: read on after an error", s->name);
}

rgpt_status rg_json_stream_next(rg_json_stream *s, rg_json_record *record, rgpt_error *err) {
    *record = (rg_json_record){.section = ""};
    json_decref(s->value);
    s->value = NULL;
    bool found = false;
    while (!found) {
        bool is_complete = s->position == AFTER_FILE;
        rgpt_status status = step(s, &found, err);
        if (status != RGPT_OK) {
            s->position = AFTER_FAILURE;
            return status;
        }
        if (is_complete) return RGPT_OK;
    }
    *record = (rg_json_record){.section = s->section ? s->section : "",
                               .index = s->record_index,
                               .offset = s->record_offset,
                               .value = s->value};
    return RGPT_OK;
}
