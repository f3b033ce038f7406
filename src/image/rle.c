#include "image/rle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "image/flips.h"

void rg_rle_reset(rg_rle *rle) {
    free(rle->runs);
    *rle = (rg_rle){0};
}

/* ---- from runs and text */

/* Room for `run_count` runs. More than 2 h w + 1 of them must be mostly empty: an attack on memory. */
static rgpt_status allocate(uint32_t height, uint32_t width, size_t run_count, rg_rle *out, rgpt_error *err) {
    *out = (rg_rle){0};
    rgpt_status status = rg_rle_check_size(height, width, err);
    if (status != RGPT_OK) return status;
    if (run_count == 0) return rg_fail(err, RGPT_FORMAT, "mask: counts: found no runs, wanted at least one");
    uint64_t most = 2 * (uint64_t)height * width + 1;
    if (run_count > most) {
        return rg_fail(err, RGPT_FORMAT, "mask: counts: found %zu runs, at most %" PRIu64 " make sense for %u x %u",
                       run_count, most, height, width);
    }
    size_t size = SIZE_MAX;
    if (!rg_mul_size(run_count, sizeof *out->runs, &size) || !(out->runs = malloc(size))) {
        return rg_fail_memory(err, "mask", size);
    }
    out->height = height;
    out->width = width;
    return RGPT_OK;
}

/* Appends a run if it fits into what is left of the mask. */
static rgpt_status take_run(rg_rle *rle, int64_t run, uint32_t *left, rgpt_error *err) {
    if (run < 0 || run > *left) {
        return rg_fail(err, RGPT_FORMAT,
                       "mask: counts: run %zu: found %" PRId64 ", wanted 0 to %u (what is left of %u x %u)",
                       rle->run_count, run, *left, rle->height, rle->width);
    }
    rle->runs[rle->run_count++] = (uint32_t)run;
    *left -= (uint32_t)run;
    return RGPT_OK;
}

/* Ends the making: the runs must have covered the mask. */
static rgpt_status finish(rg_rle *rle, uint32_t left, rgpt_status status, rgpt_error *err) {
    if (status == RGPT_OK && left > 0) {
        status = rg_fail(err, RGPT_FORMAT, "mask: counts: %zu runs end %u pixels before the end of %u x %u",
                         rle->run_count, left, rle->height, rle->width);
    }
    if (status != RGPT_OK) rg_rle_reset(rle);
    return status;
}

rgpt_status rg_rle_from_runs(uint32_t height, uint32_t width, const int64_t *runs, size_t run_count, rg_rle *out,
                             rgpt_error *err) {
    rgpt_status status = allocate(height, width, run_count, out, err);
    if (status != RGPT_OK) return status;
    uint32_t left = height * width;
    for (size_t i = 0; i < run_count && status == RGPT_OK; i++) status = take_run(out, runs[i], &left, err);
    return finish(out, left, status, err);
}

/* The alphabet: 48 + six bits, of which the sixth says that another character follows and the fifth of
 * the last one is the sign. */
enum { CODE_BASE = 48, CODE_MORE = 0x20, CODE_SIGN = 0x10, CODE_BITS = 5 };

/* Reads one number. Seven characters hold every run of a 32-bit mask and every difference of two; a
 * longer number would shift bits out. */
static rgpt_status read_number(const char *text, size_t text_size, size_t *at, int64_t *out, rgpt_error *err) {
    enum { MOST_CHARACTERS = 7 };
    uint64_t value = 0;
    size_t start = *at;
    for (unsigned i = 0; i < MOST_CHARACTERS && *at < text_size; i++) {
        unsigned code = (unsigned)(unsigned char)text[*at] - CODE_BASE;
        if (code >= 64) {
            return rg_fail(err, RGPT_FORMAT, "mask: counts: character %zu: found byte %u, wanted %d to %d", *at,
                           (unsigned char)text[*at], CODE_BASE, CODE_BASE + 63);
        }
        (*at)++;
        value |= (uint64_t)(code & 0x1f) << (CODE_BITS * i);
        if (code & CODE_MORE) continue;
        if (code & CODE_SIGN) value |= ~UINT64_C(0) << (CODE_BITS * (i + 1));
        *out = (int64_t)value;
        return RGPT_OK;
    }
    return rg_fail(err, RGPT_FORMAT, "mask: counts: the number at character %zu %s", start,
                   *at == text_size ? "is cut off" : "is too long");
}

rgpt_status rg_rle_from_string(uint32_t height, uint32_t width, const char *text, size_t text_size, rg_rle *out,
                               rgpt_error *err) {
    size_t run_count = 0;
    for (size_t i = 0; i < text_size; i++) {
        run_count += !(((unsigned)(unsigned char)text[i] - CODE_BASE) & CODE_MORE);
    }
    /* Text of continuations only has no complete number; let reading it say so. */
    if (run_count == 0 && text_size > 0) run_count = 1;
    rgpt_status status = allocate(height, width, run_count, out, err);
    if (status != RGPT_OK) return status;

    uint32_t left = height * width;
    for (size_t at = 0; at < text_size && status == RGPT_OK;) {
        int64_t run = 0;
        status = read_number(text, text_size, &at, &run, err);
        if (status != RGPT_OK) break;
        if (out->run_count > 2) run += out->runs[out->run_count - 2];
        status = take_run(out, run, &left, err);
    }
    return finish(out, left, status, err);
}

rgpt_status rg_rle_to_string(const rg_rle *rle, rg_buffer *out, rgpt_error *err) {
    rgpt_status status = RGPT_OK;
    for (size_t i = 0; i < rle->run_count && status == RGPT_OK; i++) {
        int64_t value = rle->runs[i];
        if (i > 2) value -= rle->runs[i - 2];
        char code[8];
        size_t length = 0;
        bool more = true;
        while (more) {
            unsigned bits = (unsigned)value & 0x1f;
            value >>= CODE_BITS; /* arithmetic: a negative value ends as -1 */
            more = (bits & CODE_SIGN) ? value != -1 : value != 0;
            code[length++] = (char)(CODE_BASE + (bits | (more ? CODE_MORE : 0)));
        }
        status = rg_buffer_append(out, code, length, err);
    }
    return status;
}

/* ---- pixels */

rgpt_status rg_rle_encode(const uint8_t *mask, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err) {
    *out = (rg_rle){0};
    rgpt_status status = rg_rle_check_size(height, width, err);
    rg_flips flips = {0};
    bool inside = false;
    for (uint32_t x = 0; x < width && status == RGPT_OK; x++) {
        const uint8_t *column = mask + x;
        for (uint32_t y = 0; y < height && status == RGPT_OK; y++) {
            if ((column[(size_t)y * width] != 0) == inside) continue;
            inside = !inside;
            status = rg_flips_push(&flips, x * height + y, err);
        }
    }
    if (status == RGPT_OK) status = rg_flips_finish(&flips, height, width, out, err);
    free(flips.at);
    return status;
}

void rg_rle_decode(const rg_rle *rle, uint8_t *mask) {
    memset(mask, 0, (size_t)rle->height * rle->width);
    uint32_t x = 0, y = 0;
    for (size_t i = 0; i < rle->run_count; i++) {
        uint32_t left = rle->runs[i];
        while (left > 0) { /* one column's share of the run at a time */
            uint32_t length = rle->height - y < left ? rle->height - y : left;
            if (i % 2 == 1) {
                for (uint32_t k = y; k < y + length; k++) mask[(size_t)k * rle->width + x] = 1;
            }
            left -= length;
            y += length;
            if (y == rle->height) {
                y = 0;
                x++;
            }
        }
    }
}

/* ---- measures */

uint64_t rg_rle_area(const rg_rle *rle) {
    uint64_t area = 0;
    for (size_t i = 1; i < rle->run_count; i += 2) area += rle->runs[i];
    return area;
}

rg_box rg_rle_bounds(const rg_rle *rle) {
    uint32_t left = rle->width, top = rle->height, right = 0, bottom = 0, at = 0;
    for (size_t i = 0; i < rle->run_count; at += rle->runs[i++]) {
        if (i % 2 == 0 || rle->runs[i] == 0) continue;
        uint32_t last = at + rle->runs[i] - 1, h = rle->height;
        uint32_t x0 = at / h, x1 = last / h;
        /* A run that goes on in the next column reaches both the bottom and the top. */
        uint32_t y0 = x0 == x1 ? at % h : 0, y1 = x0 == x1 ? last % h : h - 1;
        if (x0 < left) left = x0;
        if (x1 + 1 > right) right = x1 + 1;
        if (y0 < top) top = y0;
        if (y1 + 1 > bottom) bottom = y1 + 1;
    }
    if (right == 0) return (rg_box){0};
    return (rg_box){.x = left, .y = top, .width = right - left, .height = bottom - top};
}

/* ---- two masks at once */

/* Where a walk along the runs stands: `left` more pixels that are all inside or all outside. */
typedef struct walk {
    const rg_rle *rle;
    size_t next; /* index of the run after the current one */
    uint32_t left;
} walk;

static bool is_inside(const walk *w) {
    return w->next % 2 == 0;
}

static void advance(walk *w, uint32_t count) {
    w->left -= count;
    while (w->left == 0 && w->next < w->rle->run_count) w->left = w->rle->runs[w->next++];
}

static walk walk_start(const rg_rle *rle) {
    walk w = {.rle = rle};
    advance(&w, 0);
    return w;
}

/* How many pixels ahead both masks stay what they are; 0 at the end. */
static uint32_t common_span(const walk *a, const walk *b) {
    return a->left < b->left ? a->left : b->left;
}

double rg_rle_iou(const rg_rle *detection, const rg_rle *truth, bool is_crowd) {
    if (detection->height != truth->height || detection->width != truth->width) return -1;
    walk a = walk_start(detection), b = walk_start(truth);
    uint64_t both = 0;
    for (uint32_t span; (span = common_span(&a, &b)) > 0;) {
        if (is_inside(&a) && is_inside(&b)) both += span;
        advance(&a, span);
        advance(&b, span);
    }
    if (both == 0) return 0;
    uint64_t area = rg_rle_area(detection);
    return (double)both / (double)(is_crowd ? area : area + rg_rle_area(truth) - both);
}

static rgpt_status merge_two(const rg_rle *a, const rg_rle *b, bool intersect, rg_rle *out, rgpt_error *err) {
    *out = (rg_rle){0};
    if (a->height != b->height || a->width != b->width) {
        return rg_fail(err, RGPT_INVALID, "mask: merge: found %u x %u (height x width), wanted %u x %u", b->height,
                       b->width, a->height, a->width);
    }
    walk in_a = walk_start(a), in_b = walk_start(b);
    rg_flips flips = {0};
    rgpt_status status = RGPT_OK;
    bool inside = false;
    uint32_t at = 0;
    for (uint32_t span; status == RGPT_OK && (span = common_span(&in_a, &in_b)) > 0; at += span) {
        bool now = intersect ? is_inside(&in_a) && is_inside(&in_b) : is_inside(&in_a) || is_inside(&in_b);
        if (now != inside) status = rg_flips_push(&flips, at, err);
        inside = now;
        advance(&in_a, span);
        advance(&in_b, span);
    }
    if (status == RGPT_OK) status = rg_flips_finish(&flips, a->height, a->width, out, err);
    free(flips.at);
    return status;
}

rgpt_status rg_rle_merge(const rg_rle *masks, size_t count, bool intersect, rg_rle *out, rgpt_error *err) {
    *out = (rg_rle){0};
    if (count == 0) return rg_fail(err, RGPT_INVALID, "mask: merge: found no masks, wanted at least one");
    rgpt_status status = merge_two(&masks[0], &masks[count > 1], intersect, out, err); /* one: with itself, a copy */
    for (size_t i = 2; i < count && status == RGPT_OK; i++) {
        rg_rle merged;
        status = merge_two(out, &masks[i], intersect, &merged, err);
        rg_rle_reset(out);
        *out = merged;
    }
    return status;
}
