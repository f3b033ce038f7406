#include "eval/meteor_norm.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "eval/lowercase.h"
#include "eval/words.h"
#include "text/utf8.h"

enum { LIST_LIMIT = 1 << 20, LINE_LIMIT = 1 << 24 }; /* bytes of the list; code points of a line at work */

struct rg_meteor_norm {
    rg_words *words;   /* that keep their period */
    rg_ids is_numeric; /* of each: only before a digit */
    rg_ids line, next; /* scratch: code points, before and after a step */
    rg_buffer text;    /* scratch: the line again, before lower case */
};

/* ---------------------------------------------------------------- the list of abbreviations */

/* One line of the list. */
static rgpt_status add_line(rg_meteor_norm *norm, const char *line, size_t size, rgpt_error *err) {
    size_t from = 0;
    while (from < size && (line[from] == ' ' || line[from] == '\t')) from++;
    size_t end = from;
    while (end < size && line[end] != ' ' && line[end] != '\t' && line[end] != '\r') end++;
    if (end == from || line[from] == '#') return RGPT_OK;
    int32_t id = 0, numeric = memmem(line + end, size - end, "#NUMERIC_ONLY#", 14) != NULL;
    rgpt_status status = rg_words_find(norm->words, line + from, end - from, &id, err);
    if (status != RGPT_OK) return status;
    if ((size_t)id == norm->is_numeric.count) return rg_ids_append(&norm->is_numeric, numeric, err);
    norm->is_numeric.data[id] = numeric; /* the last one counts */
    return RGPT_OK;
}

static rgpt_status read_list(rg_meteor_norm *norm, const char *path, rgpt_error *err) {
    char *list = NULL;
    size_t size = 0;
    rgpt_status status = rg_file_read(path, LIST_LIMIT, &list, &size, err);
    if (status == RGPT_OK) status = rg_utf8_check(path, list, size, err);
    for (size_t at = 0; at < size && status == RGPT_OK;) {
        const char *end = memchr(list + at, '\n', size - at);
        size_t line_size = end ? (size_t)(end - list) - at : size - at;
        status = add_line(norm, list + at, line_size, err);
        at += line_size + 1;
    }
    free(list);
    return status;
}

rgpt_status rg_meteor_norm_open(const char *path, rg_meteor_norm **out, rgpt_error *err) {
    *out = NULL;
    rg_meteor_norm *norm = calloc(1, sizeof *norm);
    if (!norm) return rg_fail_memory(err, "METEOR normaliser", sizeof *norm);
    norm->is_numeric.cap = norm->line.cap = norm->next.cap = LINE_LIMIT;
    norm->text.cap = 4 * LINE_LIMIT;
    rgpt_status status = rg_words_new(&norm->words, err);
    if (status == RGPT_OK) status = read_list(norm, path, err);
    if (status != RGPT_OK) {
        rg_meteor_norm_close(norm);
        return status;
    }
    *out = norm;
    return RGPT_OK;
}

void rg_meteor_norm_close(rg_meteor_norm *norm) {
    if (!norm) return;
    rg_words_free(norm->words);
    rg_ids_reset(&norm->is_numeric);
    rg_ids_reset(&norm->line);
    rg_ids_reset(&norm->next);
    rg_buffer_reset(&norm->text);
    free(norm);
}

/* ---------------------------------------------------------------- kinds of characters */

typedef enum kind {
    LETTER = 1, /* but s */
    LETTER_S = 2,
    DIGIT = 4,
    PERIOD = 8,
    OTHER = 16,
} kind;

enum { LETTERS = LETTER | LETTER_S, ALNUM = LETTERS | DIGIT, ALL = 31 };

/* Latin and Cyrillic; characters of other scripts stand alone like symbols. */
static bool is_letter(int32_t c) {
    static const int32_t ranges[][2] = {{'A', 'Z'},       {'a', 'z'},       {0xC0, 0xD6},
                                        {0xD8, 0xF6},     {0xF8, 0x17E},    {0x400, 0x527},
                                        {0x1D00, 0x1D7F}, {0xA640, 0xA66E}, {0xA67E, 0xA697}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (c >= ranges[i][0] && c <= ranges[i][1]) return true;
    }
    return false;
}

static kind kind_of(int32_t c) {
    if (c == 's') return LETTER_S;
    if (c >= '0' && c <= '9') return DIGIT;
    if (c == '.') return PERIOD;
    return is_letter(c) ? LETTER : OTHER;
}

/* What separates words: java.util.StringTokenizer's delimiters, so VT and U+00A0 do not. */
static bool is_blank(int32_t c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/* ---------------------------------------------------------------- steps over the whole line */

static rgpt_status put(rg_meteor_norm *norm, const char *ascii, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    for (; *ascii && status == RGPT_OK; ascii++) status = rg_ids_append(&norm->next, *ascii, err);
    return status;
}

/* What a step wrote becomes the line that the following one reads. */
static void turn(rg_meteor_norm *norm) {
    rg_ids read = norm->line;
    norm->line = norm->next;
    norm->next = read;
    norm->next.count = 0;
}

/* Between spaces, so that every character has neighbours; quotes in ASCII, en dashes as " - ". */
static rgpt_status read_line(rg_meteor_norm *norm, const char *line, size_t size, rgpt_error *err) {
    norm->line.count = norm->next.count = 0;
    rgpt_status status = put(norm, " ", err);
    for (size_t at = 0, step; at < size && status == RGPT_OK; at += step) {
        uint32_t code = 0;
        step = rg_utf8_decode(line + at, size - at, &code);
        if (step == 0) return rg_utf8_check("METEOR normaliser", line, size, err);
        if (code == 0x2018 || code == 0x2019 || code == '`') {
            status = put(norm, "'", err);
        } else if (code == 0x201C || code == 0x201D) {
            status = put(norm, "\"", err);
        } else if (code == 0x2013) {
            status = put(norm, " - ", err);
        } else {
            status = rg_ids_append(&norm->next, (int32_t)code, err);
        }
    }
    if (status == RGPT_OK) status = put(norm, " ", err);
    turn(norm);
    return status;
}

/* Replaces `twice` the character by `by`. */
static rgpt_status replace_pairs(rg_meteor_norm *norm, int32_t twice, const char *by, rgpt_error *err) {
    const rg_ids *line = &norm->line;
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < line->count && status == RGPT_OK; i++) {
        if (line->data[i] == twice && i + 1 < line->count && line->data[i + 1] == twice) {
            status = put(norm, by, err);
            i++;
        } else {
            status = rg_ids_append(&norm->next, line->data[i], err);
        }
    }
    turn(norm);
    return status;
}

static rgpt_status separate_symbols(rg_meteor_norm *norm, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < norm->line.count && status == RGPT_OK; i++) {
        int32_t c = norm->line.data[i];
        bool joins = (kind_of(c) & (ALNUM | PERIOD)) || is_blank(c) || c == '\v' || c == '\'' || c == ',' || c == '-';
        if (!joins) status = put(norm, " ", err);
        if (status == RGPT_OK) status = rg_ids_append(&norm->next, c, err);
        if (status == RGPT_OK && !joins) status = put(norm, " ", err);
    }
    turn(norm);
    return status;
}

/* Two or more periods in a row are one word. */
static rgpt_status separate_ellipses(rg_meteor_norm *norm, rgpt_error *err) {
    const rg_ids *line = &norm->line;
    rgpt_status status = RGPT_OK;
    for (size_t i = 0, end; i < line->count && status == RGPT_OK; i = end) {
        for (end = i; end < line->count && line->data[end] == '.';) end++;
        bool is_ellipsis = end - i > 1;
        if (end == i) end++;
        if (is_ellipsis) status = put(norm, " ", err);
        for (; i < end && status == RGPT_OK; i++) status = rg_ids_append(&norm->next, line->data[i], err);
        if (status == RGPT_OK && is_ellipsis) status = put(norm, " ", err);
    }
    turn(norm);
    return status;
}

/* Writes `by` for the character `middle` wherever it stands between two characters of the given kinds. As when
 * regular expressions replace, the three are used up: the right one is no left one of the next place. */
typedef struct rule {
    unsigned left, right; /* kinds, or'ed */
    char middle;
    const char *by;
} rule;

static rgpt_status apply_rule(rg_meteor_norm *norm, const rule *r, rgpt_error *err) {
    const rg_ids *line = &norm->line;
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < line->count && status == RGPT_OK; i++) {
        const int32_t *c = line->data + i;
        status = rg_ids_append(&norm->next, c[0], err);
        bool fits = i + 2 < line->count && c[1] == r->middle && (kind_of(c[0]) & r->left) && (kind_of(c[2]) & r->right);
        if (status != RGPT_OK || !fits) continue;
        status = put(norm, r->by, err);
        if (status == RGPT_OK) status = rg_ids_append(&norm->next, c[2], err);
        i += 2;
    }
    turn(norm);
    return status;
}

static rgpt_status apply_rules(rg_meteor_norm *norm, const rule *rules, size_t count, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < count && status == RGPT_OK; i++) status = apply_rule(norm, &rules[i], err);
    return status;
}

static rgpt_status run_steps(rg_meteor_norm *norm, const char *line, size_t size, rgpt_error *err) {
    static const rule commas[] = {
        {ALL & ~DIGIT, ALL & ~DIGIT, ',', " , "}, {DIGIT, ALL & ~DIGIT, ',', " , "}, {ALL & ~DIGIT, DIGIT, ',', " , "}};
    static const rule marks[] = {{ALL & ~LETTERS, ALL & ~LETTERS, '\'', " ' "},
                                 {ALL & ~ALNUM, LETTERS, '\'', " ' "},
                                 {LETTERS, ALL & ~LETTERS, '\'', " ' "},
                                 {LETTERS, LETTERS, '\'', " '"},
                                 {DIGIT, LETTER_S, '\'', " '"}, /* "1990's" */
                                 {ALNUM | PERIOD, ALNUM, '-', " "}};
    rgpt_status status = read_line(norm, line, size, err);
    if (status == RGPT_OK) status = replace_pairs(norm, '\'', " \" ", err);
    if (status == RGPT_OK) status = separate_symbols(norm, err);
    if (status == RGPT_OK) status = separate_ellipses(norm, err);
    if (status == RGPT_OK) status = apply_rules(norm, commas, sizeof commas / sizeof *commas, err);
    if (status == RGPT_OK) status = replace_pairs(norm, '-', "-", err);
    if (status == RGPT_OK) status = apply_rules(norm, marks, sizeof marks / sizeof *marks, err);
    return status;
}

/* ---------------------------------------------------------------- words and their periods */

typedef struct span {
    const int32_t *code;
    size_t count;
} span;

/* The next word of the line from *at on; without code points at the end. */
static span next_word(const rg_ids *line, size_t *at) {
    while (*at < line->count && is_blank(line->data[*at])) ++*at;
    size_t from = *at;
    while (*at < line->count && !is_blank(line->data[*at])) ++*at;
    return (span){line->data + from, *at - from};
}

static bool has_kind(span word, unsigned kinds) {
    for (size_t i = 0; i < word.count; i++) {
        if (kind_of(word.code[i]) & kinds) return true;
    }
    return false;
}

static rgpt_status write_code(rg_buffer *out, int32_t code, rgpt_error *err) {
    char bytes[RG_UTF8_MAX];
    return rg_buffer_append(out, bytes, rg_utf8_encode((uint32_t)code, bytes), err);
}

/* Writes the word, without its periods if asked. */
static rgpt_status write_word(rg_buffer *out, span word, bool with_periods, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < word.count && status == RGPT_OK; i++) {
        if (with_periods || word.code[i] != '.') status = write_code(out, word.code[i], err);
    }
    return status;
}

/* Whether the text written from `start` on, a word without its period, is one that keeps it. */
static bool is_abbreviation(const rg_meteor_norm *norm, size_t start, span following) {
    int32_t id;
    if (!rg_words_lookup(norm->words, norm->text.data + start, norm->text.size - start, &id)) return false;
    return !norm->is_numeric.data[id] || (following.count > 0 && kind_of(following.code[0]) == DIGIT);
}

/* A word that ends in a period and has something else before it. */
static rgpt_status write_period_word(rg_meteor_norm *norm, span word, span following, rgpt_error *err) {
    span bare = {word.code, word.count - 1};
    bool is_acronym = has_kind(bare, PERIOD) && has_kind(bare, LETTERS);
    size_t start = norm->text.size;
    rgpt_status status = write_word(&norm->text, bare, !is_acronym, err);
    if (status != RGPT_OK || is_acronym) return status;
    int32_t first = following.count > 0 ? following.code[0] : 0;
    bool stays = (first >= 'a' && first <= 'z') || is_abbreviation(norm, start, following);
    return rg_buffer_text(&norm->text, stays ? "." : " .", err);
}

/* Spaces of other kinds were words of their own up to here. */
static bool is_wide_space(span word) {
    int32_t c = word.code[0];
    return word.count == 1 && (c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F || c == 0x3000);
}

static rgpt_status write_words(rg_meteor_norm *norm, rgpt_error *err) {
    norm->text.size = 0;
    size_t at = 0;
    span word = next_word(&norm->line, &at);
    rgpt_status status = RGPT_OK;
    while (word.count > 0 && status == RGPT_OK) {
        span following = next_word(&norm->line, &at);
        bool ends_in_period = word.code[word.count - 1] == '.' && has_kind(word, ALL & ~PERIOD);
        if (!is_wide_space(word)) {
            if (norm->text.size > 0) status = rg_buffer_text(&norm->text, " ", err);
            if (status == RGPT_OK) {
                status = ends_in_period ? write_period_word(norm, word, following, err)
                                        : write_word(&norm->text, word, true, err);
            }
        }
        word = following;
    }
    return status;
}

rgpt_status rg_meteor_normalize(rg_meteor_norm *norm, const char *line, size_t size, rg_buffer *out, rgpt_error *err) {
    rgpt_status status = run_steps(norm, line, size, err);
    if (status == RGPT_OK) status = write_words(norm, err);
    if (status != RGPT_OK) return status;
    const char *text = norm->text.size > 0 ? norm->text.data : "";
    size_t from = 0, to = norm->text.size; /* control characters go from both ends */
    while (from < to && (unsigned char)text[from] <= ' ') from++;
    while (to > from && (unsigned char)text[to - 1] <= ' ') to--;
    return rg_lowercase(text + from, to - from, out, err);
}
