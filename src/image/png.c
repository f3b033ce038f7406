#include "image/codec.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

/* All state of one decoding. Failures arrive by a longjmp to guard(), which has no local variables that it
 * could lose. */
typedef struct decoder {
    png_structp png;
    png_infop info;
    const rg_encoded *in;
    size_t at; /* bytes read so far */
    uint32_t width, height;
    rg_image image; /* what comes of it: this or `flags` */
    int passes;
    char warning[128]; /* the first; what led to an error often says more than the error */
    uint8_t *row;      /* one row of a mask; owned, as is ... */
    uint8_t *flags;    /* ... what was found of its pixels */
    bool has_alpha;
    rgpt_status status;
    rgpt_error *err;
} decoder;

/* ---- callbacks */

static void fail(png_structp png, png_const_charp text) {
    decoder *d = png_get_error_ptr(png);
    const char *open = d->warning[0] ? " (" : "", *close = d->warning[0] ? ")" : "";
    if (d->status == RGPT_OK) d->status = rg_fail(d->err, RGPT_FORMAT, "PNG: %s%s%s%s", text, open, d->warning, close);
    png_longjmp(png, 1);
}

static void keep_warning(png_structp png, png_const_charp text) {
    decoder *d = png_get_error_ptr(png);
    if (d->warning[0] != '\0') return;
    strncpy(d->warning, text, sizeof d->warning - 1);
}

static void read_bytes(png_structp png, png_bytep out, size_t size) {
    decoder *d = png_get_io_ptr(png);
    if (size > d->in->size - d->at) png_error(png, "the file is cut off");
    memcpy(out, d->in->bytes + d->at, size);
    d->at += size;
}

/* So that a failed allocation is reported as what it is. */
static png_voidp allocate(png_structp png, png_alloc_size_t size) {
    decoder *d = png_get_mem_ptr(png);
    void *memory = malloc(size);
    if (!memory) d->status = rg_fail_memory(d->err, "PNG", size);
    return memory;
}

static void release(png_structp png, png_voidp memory) {
    (void)png;
    free(memory);
}

/* ---- steps */

static rgpt_status open_decoder(decoder *d) {
    d->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, d, fail, keep_warning, d, allocate, release);
    if (d->png) d->info = png_create_info_struct(d->png);
    if (!d->info && d->status == RGPT_OK) d->status = rg_fail_memory(d->err, "PNG", sizeof *d);
    return d->status;
}

/* Runs a step that may fail anywhere; d->status tells. */
static void guard(decoder *d, void (*step)(decoder *d)) {
    if (setjmp(png_jmpbuf(d->png)) == 0) step(d);
}

static void close_decoder(decoder *d) {
    png_destroy_read_struct(&d->png, &d->info, NULL);
    rg_image_reset(&d->image);
    free(d->row);
    free(d->flags);
}

/* Reads up to the pixels. No chunk is looked at that is not about pixels: text and profiles may inflate to
 * any size. */
static void read_header(decoder *d) {
    png_set_read_fn(d->png, d, read_bytes);
    png_set_keep_unknown_chunks(d->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_user_limits(d->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* ours are checked below, and explained */
    png_read_info(d->png, d->info);
    d->width = png_get_image_width(d->png, d->info);
    d->height = png_get_image_height(d->png, d->info);
    d->status = rg_encoded_check_size(d->in, "PNG", d->width, d->height, d->err);
}

/* ---- as a picture */

static void read_pixels(decoder *d) {
    png_set_palette_to_rgb(d->png);
    png_set_expand_gray_1_2_4_to_8(d->png);
    png_set_gray_to_rgb(d->png);
    png_set_strip_16(d->png);
    png_set_strip_alpha(d->png);
    d->passes = png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    size_t row_size = png_get_rowbytes(d->png, d->info);
    if (row_size != (size_t)d->width * 3) png_error(d->png, "cannot be converted to 8-bit RGB");
    d->status = rg_image_init((int)d->width, (int)d->height, &d->image, d->err);
    if (d->status != RGPT_OK) return;
    for (int pass = 0; pass < d->passes; pass++) {
        for (size_t y = 0; y < d->height; y++) png_read_row(d->png, d->image.rgb + y * row_size, NULL);
    }
}

/* The library would read EXIF data too, but takes as much memory for it as the chunk claims to be long. */
static int find_orientation(const rg_encoded *in) {
    enum { SIGNATURE = 8, HEAD = 8, CHECK = 4 }; /* a chunk: length, name, data, checksum */
    for (size_t at = SIGNATURE; in->size - at >= HEAD + CHECK;) {
        const uint8_t *chunk = in->bytes + at;
        size_t left = in->size - at - HEAD - CHECK, size = png_get_uint_32(chunk);
        if (size > left) break;
        if (memcmp(chunk + 4, "eXIf", 4) == 0) return rg_exif_orientation(chunk + HEAD, size);
        at += HEAD + size + CHECK;
    }
    return 1;
}

static void read_picture(decoder *d) {
    read_header(d);
    if (d->status == RGPT_OK) read_pixels(d);
    if (d->status != RGPT_OK) return;
    png_read_end(d->png, NULL); /* a file without its end is cut off */
}

rgpt_status rg_png_decode(const rg_encoded *in, rg_image *out, int *orientation, rgpt_error *err) {
    decoder d = {.in = in, .err = err};
    *out = (rg_image){0};
    *orientation = 1;
    if (open_decoder(&d) == RGPT_OK) guard(&d, read_picture);
    if (d.status == RGPT_OK) {
        *out = d.image;
        *orientation = find_orientation(in);
        d.image = (rg_image){0};
    }
    close_decoder(&d);
    return d.status;
}

/* ---- as a mask */

/* What is known of a pixel before it is clear whether the alpha channel says anything. */
enum { HAS_COLOUR = 1, IS_VISIBLE = 2, IS_OPAQUE = 4 };

static uint8_t pixel_flags(const uint8_t *colour, size_t colour_size, const uint8_t *alpha, size_t alpha_size) {
    uint8_t flags = alpha_size > 0 ? IS_OPAQUE : 0;
    for (size_t i = 0; i < colour_size; i++) {
        if (colour[i] != 0) flags |= HAS_COLOUR;
    }
    for (size_t i = 0; i < alpha_size; i++) {
        if (alpha[i] != 0) flags |= IS_VISIBLE;
        if (alpha[i] != 0xFF) flags &= (uint8_t)~IS_OPAQUE;
    }
    return flags;
}

/* An interlaced picture comes in passes, each with some pixels of some rows; the others stay the zeros that
 * the row was cleared to, which add no flag. */
static void read_flags(decoder *d) {
    png_set_packing(d->png); /* at least one byte a pixel, its value as stored */
    d->passes = png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    size_t row_size = png_get_rowbytes(d->png, d->info), pixel_size = row_size / d->width;
    d->has_alpha = png_get_color_type(d->png, d->info) & PNG_COLOR_MASK_ALPHA;
    size_t alpha_size = d->has_alpha ? png_get_bit_depth(d->png, d->info) / 8u : 0,
           colour_size = pixel_size - alpha_size;

    d->row = malloc(row_size);
    d->flags = calloc(d->width, d->height);
    if (!d->row || !d->flags) {
        d->status = rg_fail_memory(d->err, "mask", (size_t)d->width * d->height);
        return;
    }
    for (int pass = 0; pass < d->passes; pass++) {
        for (size_t y = 0; y < d->height; y++) {
            uint8_t *flags = d->flags + y * d->width;
            memset(d->row, 0, row_size);
            png_read_row(d->png, d->row, NULL);
            for (size_t x = 0; x < d->width; x++) {
                const uint8_t *pixel = d->row + x * pixel_size;
                flags[x] |= pixel_flags(pixel, colour_size, pixel + colour_size, alpha_size);
            }
        }
    }
    png_read_end(d->png, NULL);
}

static void read_mask(decoder *d) {
    read_header(d);
    if (d->status == RGPT_OK) read_flags(d);
}

/* Turns the flags into 0 and 1. */
static void decide(uint8_t *flags, size_t count, bool has_alpha) {
    uint8_t common = IS_OPAQUE;
    for (size_t i = 0; i < count; i++) common &= flags[i];
    uint8_t inside = has_alpha && !common ? IS_VISIBLE : HAS_COLOUR;
    for (size_t i = 0; i < count; i++) flags[i] = (flags[i] & inside) != 0;
}

rgpt_status rg_png_decode_mask(const rg_encoded *in, int *width, int *height, uint8_t **out, rgpt_error *err) {
    decoder d = {.in = in, .err = err};
    *out = NULL;
    if (open_decoder(&d) == RGPT_OK) guard(&d, read_mask);
    if (d.status == RGPT_OK) {
        decide(d.flags, (size_t)d.width * d.height, d.has_alpha);
        *width = (int)d.width;
        *height = (int)d.height;
        *out = d.flags;
        d.flags = NULL;
    }
    close_decoder(&d);
    return d.status;
}
