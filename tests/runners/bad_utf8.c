/* A byte string that may not be UTF-8: told apart, repaired, and streamed however it is cut. */
#include "bad.h"

#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"

enum { CAP = 1 << 20 };

static rgpt_status read_hex(const char *hex, rg_buffer *out, rgpt_error *err) {
    rgpt_status status = strlen(hex) % 2 ? rg_fail(err, RGPT_INVALID, "hex: odd length") : RGPT_OK;
    for (; *hex && status == RGPT_OK; hex += 2) {
        char pair[3] = {hex[0], hex[1], '\0'}, *end;
        char byte = (char)strtoul(pair, &end, 16);
        status = *end ? rg_fail(err, RGPT_INVALID, "hex: '%s'", pair) : rg_buffer_append(out, &byte, 1, err);
    }
    return status;
}

static rgpt_status compare(const char *what, const rg_buffer *found, const json_t *wanted, rgpt_error *err) {
    size_t size = json_string_length(wanted);
    if (found->size == size && (size == 0 || memcmp(found->data, json_string_value(wanted), size) == 0)) return RGPT_OK;
    return rg_fail(err, RGPT_FORMAT, "%s: found '%.*s', wanted '%s'", what, (int)found->size, found->data,
                   json_string_value(wanted));
}

/* Pushes the bytes in three pieces; none that comes out may end inside a character. */
static rgpt_status stream(const rg_buffer *bytes, size_t first, size_t second, const json_t *wanted, rgpt_error *err) {
    const size_t cuts[] = {0, first, second, bytes->size};
    rg_utf8_stream s = {0};
    rg_buffer out = {.cap = CAP};
    rgpt_status status = RGPT_OK;
    for (int i = 0; i < 3 && status == RGPT_OK; i++) {
        status = rg_utf8_stream_push(&s, bytes->data + cuts[i], cuts[i + 1] - cuts[i], &out, err);
        if (status == RGPT_OK && out.size) status = rg_utf8_check("stream", out.data, out.size, err);
    }
    if (status == RGPT_OK) status = rg_utf8_stream_finish(&s, &out, err);
    if (status == RGPT_OK) status = compare("stream", &out, wanted, err);
    rg_buffer_reset(&out);
    return status;
}

static rgpt_status check_bytes(const rg_buffer *bytes, const json_t *row, rgpt_error *err) {
    bool valid = rg_utf8_valid_size(bytes->data, bytes->size) == bytes->size;
    if (valid != json_is_true(json_object_get(row, "valid"))) {
        return rg_fail(err, RGPT_FORMAT, "found to be %s", valid ? "valid" : "invalid");
    }
    const json_t *wanted = json_object_get(row, "replacement_decode");
    rg_buffer repaired = {.cap = CAP};
    rgpt_status status = rg_utf8_repair(bytes->data, bytes->size, &repaired, err);
    if (status == RGPT_OK) status = compare("repair", &repaired, wanted, err);
    rg_buffer_reset(&repaired);
    for (size_t first = 0; first <= bytes->size && status == RGPT_OK; first++) {
        for (size_t second = first; second <= bytes->size && status == RGPT_OK; second++) {
            status = stream(bytes, first, second, wanted, err);
        }
    }
    return status;
}

rgpt_status rg_bad_utf8_case(const json_t *row, rgpt_error *err) {
    const char *hex = json_string_value(json_object_get(row, "hex"));
    rg_buffer bytes = {.cap = CAP};
    rgpt_status status = hex ? read_hex(hex, &bytes, err) : rg_fail(err, RGPT_INVALID, "\"hex\" is no string");
    if (status == RGPT_OK && bytes.size) status = check_bytes(&bytes, row, err);
    rg_buffer_reset(&bytes);
    return status;
}
