#include "eval/ptb.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "eval/lowercase.h"
#include "eval/ptb_rules.h"
#include "text/utf8.h"

enum { TOKEN_LIMIT = 1 << 28 }; /* bytes */

struct rg_ptb {
    rg_lexer *lexer;
    rg_buffer token; /* scratch: the token at hand, spelt out */
};

rgpt_status rg_ptb_new(rg_ptb **out, rgpt_error *err) {
    *out = NULL;
    rg_ptb *ptb = calloc(1, sizeof *ptb);
    rg_lexer_rule *rules = calloc(rg_ptb_rule_count, sizeof *rules);
    rgpt_status status = RGPT_OK;
    if (!ptb || !rules) {
        status = rg_fail_memory(err, "PTB tokenizer", sizeof *ptb + rg_ptb_rule_count * sizeof *rules);
    } else {
        ptb->token.cap = TOKEN_LIMIT;
        for (size_t i = 0; i < rg_ptb_rule_count; i++) rules[i] = rg_ptb_rules[i].lexer;
        status = rg_lexer_new(&rg_ptb_names, rules, rg_ptb_rule_count, &ptb->lexer, err);
    }
    free(rules);
    if (status != RGPT_OK) {
        rg_ptb_free(ptb);
        return status;
    }
    *out = ptb;
    return RGPT_OK;
}

void rg_ptb_free(rg_ptb *ptb) {
    if (!ptb) return;
    rg_lexer_free(ptb->lexer);
    rg_buffer_reset(&ptb->token);
    free(ptb);
}

/* The ASCII spelling of quotes. */
static const char *plain_quote(uint32_t code) {
    switch (code) {
    case 0x91:
    case 0x2018:
    case 0x201B:
    case 0x2039:
        return "`";
    case 0x92:
    case 0x2019:
    case 0x203A:
        return "'";
    case 0x93:
    case 0x201C:
    case 0xAB:
        return "``";
    case 0x94:
    case 0x201D:
    case 0xBB:
        return "''";
    default:
        return NULL;
    }
}

/* How a code point of a token is written, or NULL: as it is. */
static const char *spelling(rg_ptb_action action, uint32_t code) {
    if (code == ' ') return "\u00A0"; /* must not look like the space between tokens */
    if (action == RG_PTB_PLAIN) return plain_quote(code);
    if (action == RG_PTB_WORD && code == 0xAD) return "";
    if (action == RG_PTB_BRACKETS && code == '(') return "-LRB-";
    if (action == RG_PTB_BRACKETS && code == ')') return "-RRB-";
    return NULL;
}

/* The length of the entity at `text` that a plain token replaces by *plain, or 0. */
static size_t entity(const char *text, size_t size, const char **plain) {
    static const struct { const char *name, *text; } list[] = {{"&apos;", "'"}, {"&amp;", "&"}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        size_t length = strlen(list[i].name);
        if (length > size || strncasecmp(text, list[i].name, length) != 0) continue;
        *plain = list[i].text;
        return length;
    }
    return 0;
}

static rgpt_status spell_token(rg_ptb *ptb, rg_ptb_action action, const char *token, size_t size, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    for (size_t at = 0; at < size && status == RGPT_OK;) {
        uint32_t code = 0;
        size_t step = rg_utf8_decode(token + at, size - at, &code);
        const char *other = spelling(action, code);
        size_t length = action == RG_PTB_PLAIN ? entity(token + at, size - at, &other) : 0;
        if (length > 0) step = length;
        status = other ? rg_buffer_text(&ptb->token, other, err) : rg_buffer_append(&ptb->token, token + at, step, err);
        at += step;
    }
    if (status == RGPT_OK && ptb->token.size == 0) status = rg_buffer_text(&ptb->token, "-", err);
    return status;
}

static rgpt_status write_token(rg_ptb *ptb, const rg_ptb_rule *rule, const char *token, size_t size, rg_buffer *out,
                               rgpt_error *err) {
    ptb->token.size = 0;
    rgpt_status status = rule->action == RG_PTB_WRITE ? rg_buffer_text(&ptb->token, rule->text, err)
                                                      : spell_token(ptb, rule->action, token, size, err);
    bool starts_line = out->size == 0 || out->data[out->size - 1] == '\n';
    if (status == RGPT_OK && !starts_line) status = rg_buffer_text(out, " ", err);
    if (status == RGPT_OK) status = rg_lowercase(ptb->token.data, ptb->token.size, out, err);
    return status;
}

rgpt_status rg_ptb_tokenize(rg_ptb *ptb, const char *text, size_t size, rg_buffer *out, rgpt_error *err) {
    rgpt_status status = rg_utf8_check("PTB tokenizer", text, size, err);
    for (size_t at = 0; at < size && status == RGPT_OK;) {
        rg_lexeme lexeme;
        status = rg_lexer_match(ptb->lexer, text, size, at, &lexeme, err);
        if (status != RGPT_OK) break;
        const rg_ptb_rule *rule = &rg_ptb_rules[lexeme.rule];
        if (rule->action == RG_PTB_NEWLINE) {
            status = rg_buffer_text(out, "\n", err);
        } else if (rule->action != RG_PTB_DROP) {
            status = write_token(ptb, rule, text + at, lexeme.size, out, err);
        }
        at += rule->action == RG_PTB_REPEAT ? lexeme.size - 1 : lexeme.size;
    }
    return status;
}

static bool is_left_out(const char *token, size_t size) {
    static const char *const list[] = {"''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (strlen(list[i]) == size && memcmp(list[i], token, size) == 0) return true;
    }
    return false;
}

rgpt_status rg_ptb_filter(const char *line, size_t size, rg_buffer *out, rgpt_error *err) {
    bool is_first = true;
    rgpt_status status = RGPT_OK;
    for (size_t at = 0, end; at < size && status == RGPT_OK; at = end + 1) {
        const char *space = memchr(line + at, ' ', size - at);
        end = space ? (size_t)(space - line) : size;
        if (end == at || is_left_out(line + at, end - at)) continue;
        if (!is_first) status = rg_buffer_text(out, " ", err);
        if (status == RGPT_OK) status = rg_buffer_append(out, line + at, end - at, err);
        is_first = false;
    }
    return status;
}

rgpt_status rg_ptb_append_line(const char *caption, size_t size, rg_buffer *out, rgpt_error *err) {
    rgpt_status status = rg_utf8_check("caption", caption, size, err);
    for (size_t at = 0, step; at < size && status == RGPT_OK; at += step) {
        uint32_t code = 0;
        step = rg_utf8_decode(caption + at, size - at, &code);
        bool breaks = (code >= '\n' && code <= '\r') || code == 0x2028 || code == 0x2029;
        status = breaks ? rg_buffer_text(out, " ", err) : rg_buffer_append(out, caption + at, step, err);
    }
    return status;
}
