#include "base/json_parse.h"

rgpt_status rg_json_parse(const char *text, size_t size, json_t **out, rgpt_error *err) {
    json_error_t fault;
    *out = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &fault);
    if (*out) return RGPT_OK;
    /* Where jansson cannot allocate a value it mostly gives up without a word. */
    bool is_memory = fault.text[0] == '\0' || json_error_code(&fault) == json_error_out_of_memory;
    if (is_memory) return rg_fail_memory(err, "JSON", size);
    return rg_fail(err, RGPT_FORMAT, "%s (its byte %d)", fault.text, fault.position);
}
