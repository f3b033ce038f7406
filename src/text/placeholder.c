#include "text/placeholder.h"

#include <string.h>

static bool starts_with(const char *text, size_t size, const char *word) {
    return size >= strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

/* Reads text[0..size) from the digits after "<region" on. */
static bool read_region(const char *text, size_t size, size_t first, rg_placeholder *out) {
    size_t at = first;
    uint32_t number = 0;
    for (; at < size && text[at] >= '0' && text[at] <= '9'; at++) {
        uint32_t digit = (uint32_t)(text[at] - '0');
        number = number > (UINT32_MAX - digit) / 10 ? UINT32_MAX : number * 10 + digit;
    }
    if (at == first || at == size || text[at] != '>') return false;
    *out = (rg_placeholder){.size = at + 1, .number = number, .is_padded = text[first] == '0' && at - first > 1};
    return true;
}

static bool read_placeholder(const char *text, size_t size, rg_placeholder *out) {
    *out = (rg_placeholder){.size = strlen("<image>"), .is_image = true};
    if (starts_with(text, size, "<image>")) return true;
    return starts_with(text, size, "<region") && read_region(text, size, strlen("<region"), out);
}

bool rg_placeholder_next(const char *text, size_t size, size_t from, rg_placeholder *out) {
    while (from < size) {
        const char *open = memchr(text + from, '<', size - from);
        if (!open) return false;
        from = (size_t)(open - text);
        if (read_placeholder(open, size - from, out)) {
            out->at = from;
            return true;
        }
        from++;
    }
    return false;
}
