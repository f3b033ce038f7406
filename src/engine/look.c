/* look.c - rgpt_session_look: the photo becomes a feature map and image tokens, the regions become tokens. */
#include <stdlib.h>
#include <string.h>

#include "engine/picture.h"
#include "engine/session.h"
#include "image/frame.h"
#include "image/region.h"

static void make_frame(const rg_vision_config *v, rg_frame *out) {
    rg_frame_init(v->fit == RG_FIT_PAD ? RG_FRAME_PAD : RG_FRAME_SQUASH, v->image_size, v->mean, v->std, out);
}

/* Keeps a result of the run beyond it. */
static rgpt_status keep(const rgpt_session *s, const rg_tensor *t, float **out, rgpt_error *err) {
    rgpt_status status = rg_run_status(&s->run, err);
    if (status != RGPT_OK) return status;
    size_t size = (size_t)rg_tensor_count(t) * sizeof **out;
    *out = malloc(size);
    if (!*out) return rg_fail_memory(err, "image features", size);
    memcpy(*out, t->data, size);
    return RGPT_OK;
}

static void forget_image(rgpt_session *s) {
    free(s->map);
    free(s->image);
    free(s->region);
    s->map = s->image = s->region = NULL;
    s->region_count = 0;
    rg_timeline_cut(s, 0);
}

/* ------------------------------------------------------------------ regions */

/* Coverage maps of regions from .. from + count, in the run. */
static rg_tensor *coverage(rgpt_session *s, const rgpt_regions *regions, size_t from, size_t count) {
    rg_run *run = &s->run;
    int G = rg_refined_cells(&s->model->net.config);
    rg_frame frame;
    make_frame(&s->model->net.config.vision, &frame);
    rg_tensor *mask = rg_tensor_new2(run, (int64_t)count, (int64_t)G * G);
    for (size_t i = 0; mask && i < count; i++) {
        rg_real *to = rg_tensor_reals(mask) + i * (size_t)G * (size_t)G;
        rgpt_status status = rg_frame_coverage(&frame, &regions->items[from + i].mask, G, false, to, NULL, &run->error);
        if (status != RGPT_OK) return NULL;
    }
    return mask;
}

/* H_r of all regions, RG_REGION_ROWS at a time. */
static rgpt_status embed_regions(rgpt_session *s, const rgpt_regions *regions, float **out, rgpt_error *err) {
    const rg_regiongpt *net = &s->model->net;
    int64_t G = rg_refined_cells(&net->config), C = net->config.vision.width, D = net->config.decoder.width;
    size_t count = regions->count, size = count * (size_t)D * sizeof **out;
    *out = malloc(size ? size : 1);
    if (!*out) return rg_fail_memory(err, "region features", size);
    for (size_t from = 0; from < count; from += RG_REGION_ROWS) {
        size_t some = count - from < RG_REGION_ROWS ? count - from : RG_REGION_ROWS;
        rg_run_reset(&s->run);
        rg_tensor map = {.dtype = RG_REAL, .rank = 2, .dim = {G * G, C, 1, 1}, .data = s->map};
        rg_tensor *h = rg_region_embeddings(&s->run, net, &map, coverage(s, regions, from, some)); /* [some, D] */
        rgpt_status status = rg_run_status(&s->run, err);
        if (status != RGPT_OK) return status;
        memcpy(*out + from * (size_t)D, h->data, some * (size_t)D * sizeof **out);
    }
    return RGPT_OK;
}

rgpt_status rgpt_session_set_regions(rgpt_session *s, const rgpt_regions *regions, rgpt_error *err) {
    rg_error_clear(err);
    if (!s->map) return rg_fail(err, RGPT_INVALID, "regions: the session has not looked at an image yet");
    if (regions && ((int)regions->width != s->image_width || (int)regions->height != s->image_height)) {
        return rg_fail(err, RGPT_INVALID, "regions: made for an image of %u x %u, the session's is %d x %d",
                       regions->width, regions->height, s->image_width, s->image_height);
    }
    static const rgpt_regions none;
    float *region = NULL;
    rgpt_status status = embed_regions(s, regions ? regions : &none, &region, err);
    if (status != RGPT_OK) {
        free(region);
        return status;
    }
    free(s->region);
    s->region = region;
    s->region_count = regions ? regions->count : 0;
    rg_timeline_cut_regions(s);
    return RGPT_OK;
}

/* ------------------------------------------------------------------ the image */

static rgpt_status see(rgpt_session *s, const rgpt_image *image, rgpt_error *err) {
    const rg_regiongpt *net = &s->model->net;
    int64_t S = net->config.vision.image_size;
    rg_frame frame;
    make_frame(&net->config.vision, &frame);
    rg_run_reset(&s->run);
    rg_tensor *pixels = rg_tensor_new(&s->run, 3, (const int64_t[]){3, S, S});
    if (!pixels) return rg_run_status(&s->run, err);
    rgpt_status status = rg_frame_pixels(&frame, &image->pixels, rg_tensor_reals(pixels), err);
    if (status != RGPT_OK) return status;

    rg_tensor *map = rg_see(&s->run, net, pixels);                  /* Z_hres [G*G, C] */
    rg_tensor *embeddings = rg_image_embeddings(&s->run, net, map); /* H_v [T, D] */
    status = keep(s, embeddings, &s->image, err);
    return status == RGPT_OK ? keep(s, map, &s->map, err) : status;
}

rgpt_status rgpt_session_look(rgpt_session *s, const rgpt_image *image, const rgpt_regions *regions, rgpt_error *err) {
    rg_error_clear(err);
    double start = rg_now_ms();
    rgpt_status status = rg_session_tick(s, "image", 0, 1, err);
    if (status != RGPT_OK) return status;
    forget_image(s);
    rg_conversation_clear(s);
    s->image_width = image->pixels.width;
    s->image_height = image->pixels.height;
    status = see(s, image, err);
    if (status == RGPT_OK) status = rgpt_session_set_regions(s, regions, err);
    if (status != RGPT_OK) forget_image(s);
    s->image_ms = rg_now_ms() - start;
    return status;
}

double rgpt_session_image_ms(const rgpt_session *session) {
    return session->image_ms;
}
