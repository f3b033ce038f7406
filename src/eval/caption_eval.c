#include "eval/caption_eval.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "eval/bleu.h"
#include "eval/cider.h"
#include "eval/mean.h"
#include "eval/ptb.h"
#include "eval/rouge.h"
#include "eval/words.h"

/* Captions, a line each. */
typedef struct document {
    rg_buffer text;
    size_t line_count;
} document;

struct rg_caption_eval {
    rg_caption_options options;
    document candidates, references;
    size_t *reference_counts; /* of each sample */
    size_t sample_count, sample_allocated;
};

/* ---------------------------------------------------------------- begin, add */

rgpt_status rg_caption_eval_new(const rg_caption_options *options, rg_caption_eval **out, rgpt_error *err) {
    *out = calloc(1, sizeof **out);
    if (!*out) return rg_fail_memory(err, "caption evaluation", sizeof **out);
    (*out)->options = *options;
    (*out)->candidates.text.cap = (*out)->references.text.cap = SIZE_MAX / 64;
    return RGPT_OK;
}

void rg_caption_eval_free(rg_caption_eval *eval) {
    if (!eval) return;
    rg_buffer_reset(&eval->candidates.text);
    rg_buffer_reset(&eval->references.text);
    free(eval->reference_counts);
    free(eval);
}

/* Line breaks stand between captions, not after the last: the tokenizer tells a line's end from the end. */
static rgpt_status append_caption(document *d, const char *caption, rgpt_error *err) {
    size_t size = strnlen(caption, RG_CAPTION_LIMIT + 1);
    if (size > RG_CAPTION_LIMIT) {
        return rg_fail(err, RGPT_LIMIT, "caption: over %zu bytes, the most for one", RG_CAPTION_LIMIT);
    }
    rgpt_status status = d->line_count > 0 ? rg_buffer_text(&d->text, "\n", err) : RGPT_OK;
    if (status == RGPT_OK) status = rg_ptb_append_line(caption, size, &d->text, err);
    d->line_count++;
    return status;
}

static rgpt_status append_sample(rg_caption_eval *eval, const char *candidate, const char *const *references,
                                 size_t reference_count, rgpt_error *err) {
    rgpt_status status = append_caption(&eval->candidates, candidate, err);
    if (status != RGPT_OK) return rg_fail_within(err, status, "candidate");
    for (size_t i = 0; i < reference_count; i++) {
        status = append_caption(&eval->references, references[i], err);
        if (status != RGPT_OK) return rg_fail_within(err, status, "reference %zu of %zu", i + 1, reference_count);
    }
    return RGPT_OK;
}

static void cut_back(document *d, size_t size, size_t line_count) {
    d->text.size = size;
    d->line_count = line_count;
}

rgpt_status rg_caption_eval_add(rg_caption_eval *eval, const char *candidate, const char *const *references,
                                size_t reference_count, rgpt_error *err) {
    if (reference_count == 0) return rg_fail(err, RGPT_INVALID, "caption: no references, wanted one at least");
    size_t wanted = eval->sample_count + 1;
    size_t *grown = rg_array_grow(eval->reference_counts, &eval->sample_allocated, wanted, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "caption evaluation", wanted * sizeof *grown);
    eval->reference_counts = grown;

    document *c = &eval->candidates, *r = &eval->references;
    size_t candidate_size = c->text.size, reference_size = r->text.size;
    size_t candidate_lines = c->line_count, reference_lines = r->line_count;
    rgpt_status status = append_sample(eval, candidate, references, reference_count, err);
    if (status == RGPT_OK) {
        eval->reference_counts[eval->sample_count++] = reference_count;
    } else {
        cut_back(c, candidate_size, candidate_lines);
        cut_back(r, reference_size, reference_lines);
    }
    return status;
}

/* ---------------------------------------------------------------- finish: tokens */

/* The tokens that count, a line a caption. */
static rgpt_status tokenize(const rg_caption_eval *eval, rg_ptb *ptb, const document *d, rg_buffer *out,
                            rgpt_error *err) {
    const char *text = d->text.size > 0 ? d->text.data : "";
    out->cap = SIZE_MAX / 2;
    if (eval->options.is_tokenized) return rg_buffer_append(out, text, d->text.size, err);
    rg_buffer raw = {.cap = SIZE_MAX / 2};
    rgpt_status status = rg_ptb_tokenize(ptb, text, d->text.size, &raw, err);
    for (size_t at = 0, end; at < raw.size && status == RGPT_OK; at = end + 1) {
        const char *line_end = memchr(raw.data + at, '\n', raw.size - at);
        end = line_end ? (size_t)(line_end - raw.data) : raw.size;
        status = rg_ptb_filter(raw.data + at, end - at, out, err);
        if (status == RGPT_OK && line_end) status = rg_buffer_text(out, "\n", err);
    }
    rg_buffer_reset(&raw);
    return status;
}

/* Reads tokenised captions off, one after another. */
typedef struct line_reader {
    const rg_buffer *text;
    size_t at;
} line_reader;

static const char *next_line(line_reader *r, size_t *size) {
    const char *line = r->at < r->text->size ? r->text->data + r->at : "";
    size_t left = r->at < r->text->size ? r->text->size - r->at : 0;
    const char *end = memchr(line, '\n', left);
    *size = end ? (size_t)(end - line) : left;
    r->at += *size + 1;
    return line;
}

/* ---------------------------------------------------------------- finish: scores */

/* The captions of one sample as words, cut in one of the two ways; the candidate is the first. */
typedef struct cut_captions {
    rg_split how;
    rg_ids ids;
    rg_caption *captions;
    size_t allocated;
} cut_captions;

/* Everything that scoring needs besides the captions. */
typedef struct scorer {
    rg_words *words;
    rg_bleu *bleu;
    rg_cider *cider;
    cut_captions white, space;
    rg_bleu_counts corpus;
} scorer;

static void close_scorer(scorer *s) {
    rg_words_free(s->words);
    rg_bleu_free(s->bleu);
    rg_cider_free(s->cider);
    rg_ids_reset(&s->white.ids);
    rg_ids_reset(&s->space.ids);
    free(s->white.captions);
    free(s->space.captions);
}

static rgpt_status open_scorer(scorer *s, rgpt_error *err) {
    *s = (scorer){.white.how = RG_SPLIT_WHITE, .space.how = RG_SPLIT_SPACE};
    s->white.ids.cap = s->space.ids.cap = SIZE_MAX / 64;
    rgpt_status status = rg_words_new(&s->words, err);
    if (status == RGPT_OK) status = rg_bleu_new(&s->bleu, err);
    if (status == RGPT_OK) status = rg_cider_new(&s->cider, err);
    return status;
}

static rgpt_status cut(scorer *s, cut_captions *cut, size_t number, const char *line, size_t size, rgpt_error *err) {
    rg_caption *grown = rg_array_grow(cut->captions, &cut->allocated, number + 1, sizeof *grown);
    if (!grown) return rg_fail_memory(err, "captions", (number + 1) * sizeof *grown);
    cut->captions = grown;
    size_t start = cut->ids.count;
    rgpt_status status = rg_words_split(s->words, cut->how, line, size, &cut->ids, err);
    cut->captions[number] = (rg_caption){NULL, cut->ids.count - start};
    return status;
}

/* Once all words are there and no longer move. */
static void set_word_pointers(cut_captions *cut, size_t count) {
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (cut->captions[i].count > 0) cut->captions[i].words = cut->ids.data + at;
        at += cut->captions[i].count;
    }
}

/* Takes the next sample's captions off the readers. */
static rgpt_status read_sample(scorer *s, line_reader *candidates, line_reader *references, size_t reference_count,
                               rgpt_error *err) {
    s->white.ids.count = s->space.ids.count = 0;
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i <= reference_count && status == RGPT_OK; i++) {
        size_t size;
        const char *line = next_line(i == 0 ? candidates : references, &size);
        status = cut(s, &s->white, i, line, size, err);
        if (status == RGPT_OK) status = cut(s, &s->space, i, line, size, err);
    }
    if (status != RGPT_OK) return status;
    set_word_pointers(&s->white, reference_count + 1);
    set_word_pointers(&s->space, reference_count + 1);
    return RGPT_OK;
}

static rgpt_status score_sample(scorer *s, size_t reference_count, rg_caption_score *score, rgpt_error *err) {
    rg_bleu_counts counts;
    const rg_caption *white = s->white.captions, *space = s->space.captions;
    rgpt_status status = rg_bleu_count(s->bleu, white[0], white + 1, reference_count, &counts, err);
    if (status == RGPT_OK) status = rg_rouge_score(space[0], space + 1, reference_count, &score->rouge_l, err);
    if (status == RGPT_OK) status = rg_cider_add(s->cider, white[0], white + 1, reference_count, err);
    if (status != RGPT_OK) return status;
    rg_bleu_score(&counts, score->bleu);
    rg_bleu_add(&s->corpus, &counts);
    return RGPT_OK;
}

/* The scores that need all samples; `column` is scratch for one number a sample. */
static rgpt_status score_corpus(scorer *s, rg_caption_report *report, double *column, rgpt_error *err) {
    rg_bleu_score(&s->corpus, report->corpus.bleu);
    for (size_t i = 0; i < report->sample_count; i++) column[i] = report->samples[i].rouge_l;
    report->corpus.rouge_l = rg_mean(column, report->sample_count, 0);
    rgpt_status status = rg_cider_finish(s->cider, column, err);
    if (status != RGPT_OK) return status;
    for (size_t i = 0; i < report->sample_count; i++) report->samples[i].cider = column[i];
    report->corpus.cider = rg_mean(column, report->sample_count, 0);
    return RGPT_OK;
}

static rgpt_status score_all(const rg_caption_eval *eval, scorer *s, const rg_buffer *candidates,
                             const rg_buffer *references, rg_caption_report *report, rgpt_error *err) {
    double *column = calloc(eval->sample_count, sizeof *column);
    if (!column) return rg_fail_memory(err, "caption evaluation", eval->sample_count * sizeof *column);
    rgpt_status status = RGPT_OK;
    line_reader candidate_lines = {candidates, 0}, reference_lines = {references, 0};
    for (size_t i = 0; i < eval->sample_count && status == RGPT_OK; i++) {
        size_t count = eval->reference_counts[i];
        status = read_sample(s, &candidate_lines, &reference_lines, count, err);
        if (status == RGPT_OK) status = score_sample(s, count, &report->samples[i], err);
    }
    if (status == RGPT_OK) status = score_corpus(s, report, column, err);
    free(column);
    return status;
}

static rgpt_status add_to_meteor(const rg_caption_eval *eval, rg_meteor *meteor, const rg_buffer *candidates,
                                 const rg_buffer *references, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    line_reader candidate_lines = {candidates, 0}, reference_lines = {references, 0};
    for (size_t i = 0; i < eval->sample_count; i++) {
        for (size_t k = 0; k <= eval->reference_counts[i] && status == RGPT_OK; k++) {
            size_t size;
            const char *line = next_line(k == 0 ? &candidate_lines : &reference_lines, &size);
            status = rg_meteor_add(meteor, line, size, err);
        }
    }
    return status;
}

static rgpt_status score_meteor(const rg_caption_eval *eval, const rg_buffer *candidates, const rg_buffer *references,
                                rg_caption_report *report, rgpt_error *err) {
    rg_meteor *meteor;
    rgpt_status status = rg_meteor_open(eval->options.meteor, &meteor, err);
    if (status != RGPT_OK) return status;
    rg_meteor_stats *stats = calloc(eval->sample_count, sizeof *stats), sum = {0};
    if (!stats) status = rg_fail_memory(err, "METEOR", eval->sample_count * sizeof *stats);
    if (status == RGPT_OK) status = add_to_meteor(eval, meteor, candidates, references, err);
    if (status == RGPT_OK) status = rg_meteor_finish(meteor, eval->reference_counts, eval->sample_count, stats, err);
    for (size_t i = 0; i < eval->sample_count && status == RGPT_OK; i++) {
        report->samples[i].meteor = rg_meteor_score(&stats[i]);
        rg_meteor_stats_add(&sum, &stats[i]);
    }
    report->corpus.meteor = rg_meteor_score(&sum);
    free(stats);
    rg_meteor_close(meteor);
    return status;
}

static rgpt_status make_report(size_t sample_count, rg_caption_report *out, rgpt_error *err) {
    out->samples = calloc(sample_count, sizeof *out->samples);
    if (!out->samples) return rg_fail_memory(err, "caption evaluation", sample_count * sizeof *out->samples);
    out->sample_count = sample_count;
    return RGPT_OK;
}

rgpt_status rg_caption_eval_finish(const rg_caption_eval *eval, rg_caption_report *out, rgpt_error *err) {
    *out = (rg_caption_report){0};
    if (eval->sample_count == 0) return RGPT_OK;
    rg_ptb *ptb = NULL;
    rg_buffer candidates = {0}, references = {0};
    scorer s = {0};
    rgpt_status status = eval->options.is_tokenized ? RGPT_OK : rg_ptb_new(&ptb, err);
    if (status == RGPT_OK) status = tokenize(eval, ptb, &eval->candidates, &candidates, err);
    if (status == RGPT_OK) status = tokenize(eval, ptb, &eval->references, &references, err);
    if (status == RGPT_OK) status = make_report(eval->sample_count, out, err);
    if (status == RGPT_OK) status = open_scorer(&s, err);
    if (status == RGPT_OK) status = score_all(eval, &s, &candidates, &references, out, err);
    if (status == RGPT_OK && eval->options.meteor) status = score_meteor(eval, &candidates, &references, out, err);
    close_scorer(&s);
    rg_ptb_free(ptb);
    rg_buffer_reset(&candidates);
    rg_buffer_reset(&references);
    if (status != RGPT_OK) rg_caption_report_reset(out);
    return status;
}

void rg_caption_report_reset(rg_caption_report *report) {
    free(report->samples);
    *report = (rg_caption_report){0};
}
