/* choose.c - rgpt_choose and rgpt_refer: the probability of each of a closed set of answers, from a few
 * passes over the tree of their tokens.
 *
 * A node of the tree is a token after its ancestors; what is wanted of it are the logits that follow.
 * Subtrees are packed into batches, each row seeing the prompt, its ancestors and itself, so eighty
 * names cost about as much as a prompt of eighty tokens.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/session.h"
#include "engine/task.h"
#include "text/label_tree.h"

enum { NODE_LIMIT = 1 << 20, LABEL_TOKENS = 1024 };

typedef struct scoring {
    rgpt_session *s;
    const rg_label_tree *tree;
    size_t prompt_count;
    double *log_p;  /* [nodes]: of the path from the root */
    int32_t *batch; /* [nodes] inner nodes of one batch, parents first; entry i is in slot prompt_count + i */
    int32_t *slot;  /* [nodes] a batched node's slot */
    size_t batch_count;
    size_t scored; /* inner nodes done, for the progress */
} scoring;

/* ------------------------------------------------------------------ logits to probabilities */

static double log_sum_exp(const float *x, int count) {
    float largest = x[0];
    for (int i = 1; i < count; i++) largest = x[i] > largest ? x[i] : largest;
    double sum = 0;
    for (int i = 0; i < count; i++) sum += exp((double)(x[i] - largest));
    return (double)largest + log(sum);
}

static rgpt_status score_children(scoring *c, int32_t node, const float *logits, rgpt_error *err) {
    const rg_label_node *n = &c->tree->nodes[node];
    double total = log_sum_exp(logits, c->s->model->net.config.decoder.vocab);
    if (!isfinite(total)) return rg_fail(err, RGPT_FORMAT, "model: its logits are not finite: its weights are damaged");
    for (int32_t i = n->first_child; i < n->first_child + n->child_count; i++) {
        c->log_p[i] = c->log_p[node] + (double)logits[c->tree->nodes[i].token] - total;
    }
    return RGPT_OK;
}

/* ------------------------------------------------------------------ passes */

/* The pass' row for a node: it sees the prompt, then its ancestors in the order of their slots. */
static bool place_row(scoring *c, size_t row, int32_t node, size_t *span_count) {
    rgpt_session *s = c->s;
    const rg_label_node *n = &c->tree->nodes[node];
    size_t needed = *span_count + (size_t)n->depth + 1;
    if (needed > s->span_allocated) return false;
    s->pick[row] = (rg_pick){RG_FROM_TOKENS, n->token};
    s->position[row] = (int32_t)c->prompt_count + n->depth - 1;
    s->first[row] = (int32_t)*span_count;
    s->span[*span_count] = (rg_span){0, (int32_t)c->prompt_count};
    size_t end = *span_count + (size_t)n->depth;
    for (size_t i = end; node > 0; i--, node = c->tree->nodes[node].parent) {
        s->span[i] = (rg_span){c->slot[node], c->slot[node] + 1};
    }
    *span_count = end + 1;
    return true;
}

/* Rows of a pass: as many as fit its arrays. */
static size_t place_rows(scoring *c, size_t from) {
    size_t rows = 0, spans = 0;
    while (rows < RG_PREFILL_ROWS && from + rows < c->batch_count && place_row(c, rows, c->batch[from + rows], &spans))
        rows++;
    c->s->first[rows] = (int32_t)spans;
    return rows;
}

static rgpt_status score_rows(scoring *c, size_t from, size_t rows, rgpt_error *err) {
    rgpt_session *s = c->s;
    rg_tensor *hidden = rg_timeline_pass(s, rows, (int64_t)(c->prompt_count + from));
    int vocab = s->model->net.config.decoder.vocab;
    for (size_t at = 0; at < rows; at += RG_LOGIT_ROWS) {
        size_t count = rows - at < RG_LOGIT_ROWS ? rows - at : RG_LOGIT_ROWS;
        rg_scope scope = rg_scope_begin(&s->run);
        rg_tensor *some = rg_tensor_rows_view(&s->run, hidden, (int64_t)at, (int64_t)count);
        rg_tensor *logits = rg_llama_logits(&s->run, &s->model->net.decoder, some); /* [count, V] */
        rgpt_status status = rg_run_status(&s->run, err);
        for (size_t i = 0; status == RGPT_OK && i < count; i++) {
            status = score_children(c, c->batch[from + at + i], rg_tensor_reals(logits) + (int64_t)i * vocab, err);
        }
        if (status != RGPT_OK) return status;
        rg_scope_end(&s->run, scope, NULL);
    }
    return RGPT_OK;
}

static rgpt_status score_batch(scoring *c, rgpt_error *err) {
    for (size_t i = 0; i < c->batch_count; i++) c->slot[c->batch[i]] = (int32_t)(c->prompt_count + i);
    rgpt_status status = rg_session_reserve(c->s, (int64_t)(c->prompt_count + c->batch_count), err);
    for (size_t at = 0; status == RGPT_OK && at < c->batch_count;) {
        status = rg_session_tick(c->s, "labels", c->scored, c->tree->node_count, err);
        if (status != RGPT_OK) break;
        size_t rows = place_rows(c, at);
        if (rows == 0) return rg_fail(err, RGPT_LIMIT, "labels: one has more than %d tokens", LABEL_TOKENS);
        status = score_rows(c, at, rows, err);
        at += rows;
        c->scored += rows;
    }
    c->batch_count = 0;
    return status;
}

/* Inner nodes below and including `top`, appended parents first. */
static void collect(scoring *c, int32_t top) {
    if (c->tree->nodes[top].child_count == 0) return;
    size_t next = c->batch_count;
    c->batch[c->batch_count++] = top;
    for (; next < c->batch_count; next++) {
        const rg_label_node *n = &c->tree->nodes[c->batch[next]];
        for (int32_t i = n->first_child; i < n->first_child + n->child_count; i++) {
            if (c->tree->nodes[i].child_count > 0) c->batch[c->batch_count++] = i;
        }
    }
}

static rgpt_status score_tree(scoring *c, rgpt_error *err) {
    const rg_label_node *root = &c->tree->nodes[0];
    rgpt_status status = score_children(c, 0, c->s->logits, err);
    for (int32_t i = root->first_child; status == RGPT_OK && i < root->first_child + root->child_count; i++) {
        collect(c, i);
        /* Batches of whole subtrees, about a pass long: a later batch takes over the slots. */
        if (c->batch_count >= RG_PREFILL_ROWS / 2) status = score_batch(c, err);
    }
    return status == RGPT_OK && c->batch_count > 0 ? score_batch(c, err) : status;
}

static rgpt_status score_labels(rgpt_session *s, const rg_label_tree *tree, double *log_p, rgpt_error *err) {
    scoring c = {.s = s, .tree = tree, .prompt_count = s->item_count};
    c.log_p = calloc(tree->node_count, sizeof *c.log_p);
    c.batch = calloc(tree->node_count, sizeof *c.batch);
    c.slot = calloc(tree->node_count, sizeof *c.slot);
    rgpt_status status = RGPT_OK;
    if (!c.log_p || !c.batch || !c.slot) {
        status = rg_fail_memory(err, "labels", tree->node_count * (sizeof *c.log_p + sizeof *c.batch + sizeof *c.slot));
    }
    if (status == RGPT_OK) status = score_tree(&c, err);
    for (size_t i = 0; status == RGPT_OK && i < tree->label_count; i++) log_p[i] = c.log_p[tree->node_of_label[i]];
    free(c.log_p);
    free(c.batch);
    free(c.slot);
    return status;
}

/* ------------------------------------------------------------------ labels */

static rgpt_status build_tree(const rgpt_model *m, const char *const *labels, size_t count, rg_label_tree *tree,
                              rgpt_error *err) {
    *tree = (rg_label_tree){0};
    if (count == 0) return rg_fail(err, RGPT_INVALID, "labels: found none, wanted at least one");
    rg_ids *ids = calloc(count, sizeof *ids);
    rg_label *list = calloc(count, sizeof *list);
    rgpt_status status = ids && list ? RGPT_OK : rg_fail_memory(err, "labels", count * (sizeof *ids + sizeof *list));
    for (size_t i = 0; status == RGPT_OK && i < count; i++) {
        ids[i].cap = LABEL_TOKENS;
        if (!labels[i][0]) {
            status = rg_fail(err, RGPT_INVALID, "labels: number %zu is empty", i + 1);
        } else {
            status = rg_prompt_answer(m->tpl, m->tokenizer, labels[i], strlen(labels[i]), &ids[i], err);
            if (status != RGPT_OK) rg_fail_within(err, status, "label '%.64s'", labels[i]);
        }
        list[i] = (rg_label){labels[i], ids[i].data, ids[i].count};
    }
    if (status == RGPT_OK) status = rg_label_tree_init(tree, list, count, NODE_LIMIT, err);
    for (size_t i = 0; ids && i < count; i++) rg_ids_reset(&ids[i]);
    free(ids);
    free(list);
    return status;
}

static void normalise(const double *log_p, size_t count, double *p) {
    double largest = log_p[0], sum = 0;
    for (size_t i = 1; i < count; i++) largest = log_p[i] > largest ? log_p[i] : largest;
    for (size_t i = 0; i < count; i++) sum += p[i] = exp(log_p[i] - largest);
    for (size_t i = 0; i < count; i++) p[i] /= sum;
}

/* ------------------------------------------------------------------ the public calls */

static rgpt_status choose(rgpt_session *s, const char *question, const rg_label_tree *tree, double *log_p,
                          rgpt_usage *usage, rgpt_error *err) {
    rg_prompt prompt;
    rgpt_status status = rg_conversation_prompt(s, question, &prompt, err);
    size_t kept = 0;
    double start = rg_now_ms();
    if (status == RGPT_OK) status = rg_timeline_set(s, prompt.items, prompt.count, &kept, err);
    double prefilled = rg_now_ms();
    if (status == RGPT_OK) status = score_labels(s, tree, log_p, err);
    if (usage) {
        *usage = (rgpt_usage){.prompt_tokens = (int)prompt.count,
                              .cached_tokens = (int)kept,
                              .prefill_ms = prefilled - start,
                              .decode_ms = rg_now_ms() - prefilled};
    }
    rg_prompt_reset(&prompt);
    return status;
}

rgpt_status rgpt_choose(rgpt_session *s, const char *question, const char *const *labels, size_t label_count, double *p,
                        double *log_p, rgpt_usage *usage, rgpt_error *err) {
    rg_error_clear(err);
    rg_label_tree tree;
    rgpt_status status = build_tree(s->model, labels, label_count, &tree, err);
    if (status != RGPT_OK) return status;
    double *scores = calloc(label_count, sizeof *scores);
    if (!scores) status = rg_fail_memory(err, "labels", label_count * sizeof *scores);
    if (status == RGPT_OK) status = choose(s, question, &tree, scores, usage, err);
    if (status == RGPT_OK) {
        normalise(scores, label_count, p);
        if (log_p) memcpy(log_p, scores, label_count * sizeof *scores);
    }
    free(scores);
    rg_label_tree_reset(&tree);
    return status;
}

rgpt_status rgpt_refer(rgpt_session *s, const char *expression, double *p, double *none, rgpt_usage *usage,
                       rgpt_error *err) {
    rg_error_clear(err);
    size_t regions = s->region_count, count = regions + 1;
    if (regions == 0) return rg_fail(err, RGPT_INVALID, "refer: there are no regions to choose from");
    char *question = NULL, (*answers)[32] = calloc(count, sizeof *answers);
    const char **labels = calloc(count, sizeof *labels);
    double *all = calloc(count, sizeof *all);
    rgpt_status status = answers && labels && all ? rg_task_refer(s->model, expression, regions, &question, err)
                                                  : rg_fail_memory(err, "refer", count * sizeof *answers);
    if (status == RGPT_OK) {
        for (size_t i = 0; i < regions; i++) {
            snprintf(answers[i], sizeof *answers, "Region [%zu].", i + 1);
            labels[i] = answers[i];
        }
        labels[regions] = "No corresponding options found.";
        status = rgpt_choose(s, question, labels, count, all, NULL, usage, err);
    }
    if (status == RGPT_OK) {
        memcpy(p, all, regions * sizeof *p);
        *none = all[regions];
    }
    free(question);
    free(answers);
    free(labels);
    free(all);
    return status;
}
