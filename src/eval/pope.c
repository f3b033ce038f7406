#include "eval/pope.h"

#include <string.h>
#include <strings.h>

#include "base/json_stream.h"
#include "eval/coco_record.h"

/* ------------------------------------------------------------------ reading an answer */

/* A word of the published rule, letter by letter: commas inside it vanish, so "n,o" is a no. */
typedef struct word {
    char letters[4]; /* the first of them; no word that matters has more than three */
    size_t length;
} word;

static bool is_negation(const word *w) {
    return (w->length == 2 && (memcmp(w->letters, "No", 2) == 0 || memcmp(w->letters, "no", 2) == 0)) ||
           (w->length == 3 && memcmp(w->letters, "not", 3) == 0);
}

bool rg_pope_is_no(const char *text, size_t size) {
    word w = {0};
    for (size_t i = 0; i < size && text[i] != '.'; i++) {
        if (text[i] == ' ') {
            if (is_negation(&w)) return true;
            w.length = 0;
        } else if (text[i] != ',') {
            if (w.length < sizeof w.letters) w.letters[w.length] = text[i];
            w.length++;
        }
    }
    return is_negation(&w);
}

/* Bytes of UTF-8 sequences count as letters: "yesé" is another word. */
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

bool rg_pope_says_yes(const char *text, size_t size) {
    for (size_t begin = 0; begin < size;) {
        size_t end = begin;
        while (end < size && is_letter(text[end])) end++;
        if (end - begin == 3 && strncasecmp(text + begin, "yes", 3) == 0) return true;
        begin = end + 1;
    }
    return false;
}

/* ------------------------------------------------------------------ scores */

void rg_pope_add(rg_pope_counts *counts, bool truth_is_yes, const char *text, size_t size) {
    bool is_no = rg_pope_is_no(text, size);
    if (is_no) {
        *(truth_is_yes ? &counts->false_no : &counts->true_no) += 1;
    } else {
        *(truth_is_yes ? &counts->true_yes : &counts->false_yes) += 1;
        counts->unparsed += !rg_pope_says_yes(text, size);
    }
}

static double ratio(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

rg_pope_scores rg_pope_finish(const rg_pope_counts *c) {
    double yes = (double)(c->true_yes + c->false_yes), right = (double)(c->true_yes + c->true_no);
    rg_pope_scores s = {.truth_count = c->true_yes + c->false_no};
    s.count = s.truth_count + c->false_yes + c->true_no;
    s.accuracy = ratio(right, (double)s.count);
    s.precision = ratio((double)c->true_yes, yes);
    s.recall = ratio((double)c->true_yes, (double)s.truth_count);
    s.f1 = ratio(2 * s.precision * s.recall, s.precision + s.recall);
    s.yes_ratio = ratio(yes, (double)s.count);
    return s;
}

/* ------------------------------------------------------------------ files */

typedef struct file_pair {
    rg_json_stream *questions, *answers;
} file_pair;

/* Whether an answer belongs to the question in its place. */
static rgpt_status check_same(const json_t *question, const json_t *answer, rgpt_error *err) {
    if (json_object_get(answer, "question_id") && json_object_get(question, "question_id")) {
        int64_t wanted = 0, found = 0;
        rgpt_status status = rg_field_id(question, "question_id", &wanted, err);
        if (status == RGPT_OK) status = rg_field_id(answer, "question_id", &found, err);
        if (status != RGPT_OK) return status;
        if (found != wanted) {
            return rg_fail(err, RGPT_FORMAT, "found question_id %lld, wanted %lld as in the questions",
                           (long long)found, (long long)wanted);
        }
    }
    if (!json_object_get(answer, "question")) return RGPT_OK;
    const char *wanted = NULL, *found = NULL;
    rgpt_status status = rg_field_text(question, "text", &wanted, err);
    if (status == RGPT_OK) status = rg_field_text(answer, "question", &found, err);
    if (status == RGPT_OK && strcmp(found, wanted) != 0) {
        status = rg_fail(err, RGPT_FORMAT, "found the question '%s', wanted '%s'", found, wanted);
    }
    return status;
}

static rgpt_status read_label(const json_t *question, bool *is_yes, rgpt_error *err) {
    const char *label = NULL;
    rgpt_status status = rg_field_text(question, "label", &label, err);
    if (status != RGPT_OK) return status;
    *is_yes = strcmp(label, "yes") == 0;
    if (*is_yes || strcmp(label, "no") == 0) return RGPT_OK;
    return rg_fail(err, RGPT_FORMAT, "'label': found '%s', wanted yes or no", label);
}

static rgpt_status count_answer(const json_t *question, const json_t *answer, rg_pope_counts *counts, rgpt_error *err) {
    const char *text = NULL;
    bool is_yes = false;
    rgpt_status status = check_same(question, answer, err);
    if (status == RGPT_OK) status = read_label(question, &is_yes, err);
    const char *key = json_object_get(answer, "answer") ? "answer" : "text";
    if (status == RGPT_OK) status = rg_field_text(answer, key, &text, err);
    if (status == RGPT_OK) rg_pope_add(counts, is_yes, text, strlen(text));
    return status;
}

static rgpt_status count_all(file_pair *files, rg_pope_counts *counts, rgpt_error *err) {
    for (;;) {
        rg_json_record question, answer;
        rgpt_status status = rg_json_stream_next(files->questions, &question, err);
        if (status == RGPT_OK) status = rg_json_stream_next(files->answers, &answer, err);
        if (status != RGPT_OK) return status;
        if (!question.value && !answer.value) return RGPT_OK;
        if (!answer.value) {
            status = rg_fail(err, RGPT_FORMAT, "the answers end before this question");
            return rg_json_stream_fail(files->questions, status, err);
        }
        status = question.value ? count_answer(question.value, answer.value, counts, err)
                                : rg_fail(err, RGPT_FORMAT, "the questions end before this answer");
        if (status != RGPT_OK) return rg_json_stream_fail(files->answers, status, err);
    }
}

rgpt_status rg_pope_read(const char *questions, const char *answers, rg_pope_counts *out, rgpt_error *err) {
    *out = (rg_pope_counts){0};
    file_pair files = {0};
    rgpt_status status = rg_json_stream_open(questions, RG_JSON_LINES, NULL, &files.questions, err);
    if (status == RGPT_OK) status = rg_json_stream_open(answers, RG_JSON_LINES, NULL, &files.answers, err);
    if (status == RGPT_OK) status = count_all(&files, out, err);
    rg_json_stream_close(files.questions);
    rg_json_stream_close(files.answers);
    return status;
}
