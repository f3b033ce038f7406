#include "text/pretoken.h"

#include <string.h>
#include <strings.h>

#include "text/unicode.h"
#include "text/utf8.h"

/* One character of the text: its class, and where it ends. Past the end of the text: class END. */
enum { END = -1 };

typedef struct glyph {
    int kind; /* rg_unicode_class or END */
    size_t end;
} glyph;

static glyph glyph_at(const char *text, size_t size, size_t at) {
    uint32_t code_point;
    size_t length = rg_utf8_decode(text + at, size - at, &code_point);
    if (length == 0) return (glyph){END, at};
    return (glyph){(int)rg_unicode_classify(code_point), at + length};
}

/* The end of a run of at most `limit` characters of one class. */
static size_t run_end(const char *text, size_t size, size_t at, int kind, size_t limit) {
    for (glyph g; limit > 0 && (g = glyph_at(text, size, at)).kind == kind; limit--) at = g.end;
    return at;
}

static bool is_line_break(const char *text, size_t size, size_t at) {
    return at < size && (text[at] == '\n' || text[at] == '\r');
}

/* The length of 's 't 'm 'd 're 've 'll at this place, else 0. Without regard to case, 's is also written with
 * U+017F, the long s, which folds to s. */
static size_t contraction(const char *text, size_t size, size_t at, bool any_case) {
    static const char *const endings[] = {"s", "t", "m", "d", "re", "ve", "ll", "\xC5\xBF"};
    if (text[at] != '\'') return 0;
    size_t ending_count = sizeof endings / sizeof *endings - !any_case;
    for (size_t i = 0; i < ending_count; i++) {
        size_t length = strlen(endings[i]);
        if (size - at - 1 < length) continue;
        const char *found = text + at + 1;
        int differs = any_case ? strncasecmp(found, endings[i], length) : strncmp(found, endings[i], length);
        if (!differs) return 1 + length;
    }
    return 0;
}

/* \s+(?!\S)|\s+ : a run of white space, less its last character when a word follows, which may take that
 * for its own leading space. */
static size_t space_end(const char *text, size_t size, size_t at) {
    size_t last = at, end = at;
    for (glyph g; (g = glyph_at(text, size, end)).kind == RG_UNICODE_SPACE; end = g.end) last = end;
    return end < size && last > at ? last : end;
}

/* 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
static size_t gpt2_word_end(const char *text, size_t size, size_t at) {
    size_t length = contraction(text, size, at, false);
    if (length) return at + length;
    size_t first = text[at] == ' ' ? at + 1 : at;
    int kind = glyph_at(text, size, first).kind;
    if (kind != RG_UNICODE_SPACE && kind != END) return run_end(text, size, first, kind, SIZE_MAX);
    return space_end(text, size, at);
}

/* Numbers are cut out one by one first, then GPT-2's expression cuts what is between them, blind to them. */
static size_t smollm_word_end(const char *text, size_t size, size_t at) {
    glyph g = glyph_at(text, size, at);
    if (g.kind == RG_UNICODE_NUMBER) return g.end;
    size_t spaces_end = run_end(text, size, at, RG_UNICODE_SPACE, SIZE_MAX);
    if (glyph_at(text, size, spaces_end).kind == RG_UNICODE_NUMBER && spaces_end > at) return spaces_end;
    return gpt2_word_end(text, size, at);
}

/* (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,D}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|
 * \s+(?!\S)|\s+ */
static size_t llama3_word_end(const char *text, size_t size, size_t at, size_t digits) {
    size_t length = contraction(text, size, at, true);
    if (length) return at + length;

    glyph g = glyph_at(text, size, at);
    if (g.kind == RG_UNICODE_NUMBER) return run_end(text, size, at, RG_UNICODE_NUMBER, digits);
    size_t letters = g.kind == RG_UNICODE_LETTER || is_line_break(text, size, at) ? at : g.end;
    size_t end = run_end(text, size, letters, RG_UNICODE_LETTER, SIZE_MAX);
    if (end > letters) return end;

    size_t first = text[at] == ' ' ? at + 1 : at;
    end = run_end(text, size, first, RG_UNICODE_OTHER, SIZE_MAX);
    if (end > first) {
        while (is_line_break(text, size, end)) end++;
        return end;
    }
    size_t spaces_end = run_end(text, size, at, RG_UNICODE_SPACE, SIZE_MAX);
    for (end = spaces_end; end > at; end--) {
        if (is_line_break(text, size, end - 1)) return end;
    }
    return space_end(text, size, at);
}

static size_t llama_bpe_word_end(const char *text, size_t size, size_t at) {
    return llama3_word_end(text, size, at, 3);
}

static size_t qwen2_word_end(const char *text, size_t size, size_t at) {
    return llama3_word_end(text, size, at, 1);
}

/* 's|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+ and, to be passed over, \s+ */
static size_t clip_word_end(const char *text, size_t size, size_t at) {
    size_t length = contraction(text, size, at, false);
    if (length) return at + length;
    int kind = glyph_at(text, size, at).kind;
    return run_end(text, size, at, kind, kind == RG_UNICODE_NUMBER ? 1 : SIZE_MAX);
}

const rg_pretokenizer *rg_pretokenizer_find(const char *name) {
    static const rg_pretokenizer known[] = {
        {"gpt-2", gpt2_word_end, false, false, ""},         {"smollm", smollm_word_end, false, false, ""},
        {"llama-bpe", llama_bpe_word_end, true, false, ""}, {"llama3", llama_bpe_word_end, true, false, ""},
        {"llama-v3", llama_bpe_word_end, true, false, ""},  {"qwen2", qwen2_word_end, false, false, ""},
        {"clip", clip_word_end, false, true, "</w>"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].name, name) == 0) return &known[i];
    }
    return NULL;
}
