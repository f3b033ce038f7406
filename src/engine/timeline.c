/* timeline.c - the decoder's cache as a list of items: set, push, cut. Equal beginnings are never computed
 * twice, which is what makes the second question about an image cheap. */
#include <string.h>

#include "engine/session.h"

static rg_tensor matrix(const float *data, int64_t rows, int64_t width) {
    return (rg_tensor){.dtype = RG_REAL, .rank = 2, .dim = {rows, width, 1, 1}, .data = (void *)(uintptr_t)data};
}

rg_tensor *rg_timeline_pass(rgpt_session *s, size_t row_count, int64_t slot) {
    const rg_regiongpt *net = &s->model->net;
    int64_t D = net->config.decoder.width;
    rg_tensor image = matrix(s->image, s->image ? rg_image_tokens(&net->config) : 0, D);
    rg_tensor region = matrix(s->region, (int64_t)s->region_count, D);
    rg_visible visible = {s->first, s->span};
    rg_place place = {.position = s->position, .visible = &visible, .cache = &s->cache, .slot = slot};
    rg_run_reset(&s->run);
    rg_tensor *x = rg_embed(&s->run, net, &image, &region, s->pick, (int64_t)row_count); /* [T, D] */
    return rg_llama_hidden(&s->run, &net->decoder, x, &place);
}

static rg_pick pick_of(rg_item item) {
    static const int32_t source[] = {
        [RG_ITEM_TOKEN] = RG_FROM_TOKENS, [RG_ITEM_IMAGE] = RG_FROM_IMAGE, [RG_ITEM_REGION] = RG_FROM_REGIONS};
    return (rg_pick){source[item.kind], item.id};
}

/* A pass over items that follow what the cache holds; with `logits`, those of the last one. */
static rgpt_status append(rgpt_session *s, const rg_item *items, size_t count, bool logits, rgpt_error *err) {
    for (size_t i = 0; i < count; i++) {
        size_t at = s->item_count + i;
        s->pick[i] = pick_of(items[i]);
        s->position[i] = (int32_t)at;
        s->first[i] = (int32_t)i;
        s->span[i] = (rg_span){0, (int32_t)at + 1};
    }
    s->first[count] = (int32_t)count;
    rg_tensor *hidden = rg_timeline_pass(s, count, (int64_t)s->item_count);
    if (logits) {
        rg_tensor *last = rg_tensor_rows_view(&s->run, hidden, (int64_t)count - 1, 1);
        rg_tensor *y = rg_llama_logits(&s->run, &s->model->net.decoder, last); /* [1, V] */
        if (y) memcpy(s->logits, y->data, (size_t)rg_tensor_count(y) * sizeof *s->logits);
    }
    rgpt_status status = rg_run_status(&s->run, err);
    if (status != RGPT_OK) return status;
    memcpy(s->item + s->item_count, items, count * sizeof *items);
    s->item_count += count;
    return RGPT_OK;
}

static bool same_item(rg_item a, rg_item b) {
    return a.id == b.id && a.kind == b.kind;
}

rgpt_status rg_timeline_set(rgpt_session *s, const rg_item *items, size_t count, size_t *kept, rgpt_error *err) {
    size_t same = 0;
    /* The last item is always computed: its logits are wanted. */
    while (same < s->item_count && same + 1 < count && same_item(s->item[same], items[same])) same++;
    rg_timeline_cut(s, same);
    *kept = same;
    rgpt_status status = rg_session_reserve(s, (int64_t)(count), err);
    for (size_t at = same; status == RGPT_OK && at < count; at += RG_PREFILL_ROWS) {
        size_t rows = count - at < RG_PREFILL_ROWS ? count - at : RG_PREFILL_ROWS;
        status = rg_session_tick(s, "prompt", at, count, err);
        if (status == RGPT_OK) status = append(s, items + at, rows, at + rows == count, err);
    }
    return status;
}

rgpt_status rg_timeline_push(rgpt_session *s, rg_item item, rgpt_error *err) {
    rgpt_status status = rg_session_reserve(s, (int64_t)(s->item_count + 1), err);
    return status == RGPT_OK ? append(s, &item, 1, true, err) : status;
}

void rg_timeline_cut(rgpt_session *s, size_t count) {
    if (count < s->item_count) s->item_count = count;
}

void rg_timeline_cut_regions(rgpt_session *s) {
    for (size_t i = 0; i < s->item_count; i++) {
        if (s->item[i].kind == RG_ITEM_REGION) rg_timeline_cut(s, i);
    }
}
