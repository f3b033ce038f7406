#include "io/json_members.h"

#include "base/json_parse.h"

static rgpt_status fail(const rg_json_cursor *c, const char *problem, rgpt_error *err) {
    return rg_fail(err, RGPT_FORMAT, "JSON: byte %zu: %s", c->at, problem);
}

static bool is_space(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static void skip_space(rg_json_cursor *c) {
    while (c->at < c->size && is_space(c->text[c->at])) c->at++;
}

/* Steps over `byte` if it comes next after white space. */
static bool accept(rg_json_cursor *c, char byte) {
    skip_space(c);
    if (c->at == c->size || c->text[c->at] != byte) return false;
    c->at++;
    return true;
}

/* ------------------------------------------------------------------ where a value ends */

/* From an opening quote to behind the closing one, or to the end of the text. */
static size_t string_end(const rg_json_cursor *c, size_t at) {
    for (at++; at < c->size && c->text[at] != '"'; at++) {
        if (c->text[at] == '\\') at++;
    }
    return at < c->size ? at + 1 : c->size;
}

/* The end of the value at the cursor if it is well formed; jansson will find out if it is not. */
static size_t value_end(const rg_json_cursor *c) {
    size_t at = c->at, depth = 0; /* brackets need not match in kind: jansson sees to that */
    while (at < c->size) {
        char byte = c->text[at];
        bool is_separator = byte == ',' || byte == ':' || is_space(byte);
        bool is_closing = byte == ']' || byte == '}';
        if (depth == 0 && (is_separator || is_closing)) return at;
        at = byte == '"' ? string_end(c, at) : at + 1;
        if (byte == '[' || byte == '{') depth++;
        if (is_closing) depth--;
    }
    return at;
}

/* ------------------------------------------------------------------ the interface */

rgpt_status rg_json_value(rg_json_cursor *c, size_t limit, json_t **out, rgpt_error *err) {
    *out = NULL;
    skip_space(c);
    size_t size = value_end(c) - c->at;
    if (size > limit) {
        return rg_fail(err, RGPT_FORMAT, "JSON: byte %zu: a value of %zu bytes, at most %zu", c->at, size, limit);
    }
    rgpt_status status = rg_json_parse(c->text + c->at, size, out, err);
    if (status != RGPT_OK) return rg_fail_within(err, status, "JSON: byte %zu", c->at);
    c->at += size;
    return RGPT_OK;
}

rgpt_status rg_json_string(rg_json_cursor *c, json_t **out, rgpt_error *err) {
    *out = NULL;
    skip_space(c);
    if (c->at == c->size || c->text[c->at] != '"') return fail(c, "wanted a string", err);
    return rg_json_value(c, c->size, out, err);
}

static rgpt_status walk_member(rg_json_cursor *c, rg_json_visit *visit, void *self, rgpt_error *err) {
    json_t *key = NULL;
    rgpt_status status = rg_json_string(c, &key, err);
    if (status != RGPT_OK) return status;
    if (!accept(c, ':')) {
        status = fail(c, "wanted ':' after a key", err);
    } else {
        status = visit(self, json_string_value(key), c, err);
    }
    json_decref(key);
    return status;
}

rgpt_status rg_json_walk(rg_json_cursor *c, rg_json_visit *visit, void *self, rgpt_error *err) {
    if (!accept(c, '{')) return fail(c, "wanted an object", err);
    if (accept(c, '}')) return RGPT_OK;
    do {
        rgpt_status status = walk_member(c, visit, self, err);
        if (status != RGPT_OK) return status;
    } while (accept(c, ','));
    return accept(c, '}') ? RGPT_OK : fail(c, "wanted ',' or '}'", err);
}
