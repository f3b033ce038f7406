#include "image/codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

/* All state of one decoding. The library reports a failure by a call that must not return: a longjmp to
 * decode_guarded, which therefore has no local variables that it could lose. */
typedef struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    const rg_encoded *in;
    rg_image *out;
    int orientation;
    uint8_t *cmyk; /* one row, owned by the library's pool */
    rgpt_status status;
    rgpt_error *err;
} decoder;

static decoder *decoder_of(j_common_ptr jpeg) {
    return jpeg->client_data;
}

/* ---- callbacks */

static void fail_with_message(j_common_ptr jpeg) {
    decoder *d = decoder_of(jpeg);
    char text[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, text);
    bool is_memory = jpeg->err->msg_code == JERR_OUT_OF_MEMORY;
    d->status = rg_fail(d->err, is_memory ? RGPT_NO_MEMORY : RGPT_FORMAT, "JPEG: %s", text);
    longjmp(d->failed, 1);
}

/* Below zero are warnings. Most say that pixels were lost; these only that a writer was sloppy. */
static void warning_or_trace(j_common_ptr jpeg, int level) {
    int code = jpeg->err->msg_code;
    bool is_harmless = code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR ||
                       code == JWRN_BOGUS_PROGRESSION;
    if (level < 0 && !is_harmless) fail_with_message(jpeg);
}

static void print_nothing(j_common_ptr jpeg) {
    (void)jpeg;
}

static void check_scans(j_common_ptr jpeg) {
    decoder *d = decoder_of(jpeg);
    int most = d->in->limits.scans;
    if (d->jpeg.input_scan_number <= most) return;
    d->status = rg_fail(d->err, RGPT_LIMIT, "JPEG: found more than %d scans", most);
    longjmp(d->failed, 1);
}

/* ---- steps */

static void read_orientation(decoder *d) {
    static const uint8_t exif[] = "Exif\0"; /* and the text's own zero byte */
    for (const struct jpeg_marker_struct *m = d->jpeg.marker_list; m; m = m->next) {
        if (m->data_length < sizeof exif || memcmp(m->data, exif, sizeof exif) != 0) continue;
        d->orientation = rg_exif_orientation(m->data + sizeof exif, m->data_length - sizeof exif);
        return;
    }
}

/* What Pillow computes, to the bit: both inks at once, each product divided by 255 and rounded. */
static void convert_cmyk(const uint8_t *cmyk, int width, uint8_t *rgb) {
    for (int x = 0; x < width; x++, cmyk += 4) {
        unsigned light = cmyk[3]; /* stored inverted: 255 is no ink */
        for (int c = 0; c < 3; c++) {
            unsigned ink = 255u - cmyk[c], product = ink * light + 128;
            unsigned absorbed = ((product >> 8) + product) >> 8;
            *rgb++ = (uint8_t)(light > absorbed ? light - absorbed : 0);
        }
    }
}

static void start(decoder *d) {
    jpeg_mem_src(&d->jpeg, d->in->bytes, d->in->size);
    jpeg_save_markers(&d->jpeg, JPEG_APP0 + 1, 0xFFFF); /* EXIF */
    jpeg_read_header(&d->jpeg, TRUE);
    d->status = rg_encoded_check_size(d->in, "JPEG", d->jpeg.image_width, d->jpeg.image_height, d->err);
    if (d->status != RGPT_OK) return;
    bool is_cmyk = d->jpeg.jpeg_color_space == JCS_CMYK || d->jpeg.jpeg_color_space == JCS_YCCK;
    d->jpeg.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&d->jpeg);
    d->status = rg_image_init((int)d->jpeg.output_width, (int)d->jpeg.output_height, d->out, d->err);
    if (is_cmyk) {
        d->cmyk = d->jpeg.mem->alloc_large((j_common_ptr)&d->jpeg, JPOOL_IMAGE, (size_t)d->jpeg.output_width * 4);
    }
}

static void read_rows(decoder *d) {
    while (d->jpeg.output_scanline < d->jpeg.output_height) {
        uint8_t *row = d->out->rgb + (size_t)d->jpeg.output_scanline * d->out->width * 3;
        jpeg_read_scanlines(&d->jpeg, d->cmyk ? &d->cmyk : &row, 1);
        if (d->cmyk) convert_cmyk(d->cmyk, d->out->width, row);
    }
    jpeg_finish_decompress(&d->jpeg);
}

static void decode_guarded(decoder *d) {
    if (setjmp(d->failed) != 0) return;
    jpeg_create_decompress(&d->jpeg);
    d->jpeg.progress = &d->progress;
    start(d);
    if (d->status != RGPT_OK) return;
    read_orientation(d);
    read_rows(d);
}

rgpt_status rg_jpeg_decode(const rg_encoded *in, rg_image *out, int *orientation, rgpt_error *err) {
    decoder d = {.in = in, .out = out, .orientation = 1, .err = err};
    *out = (rg_image){0};
    d.jpeg.err = jpeg_std_error(&d.errors);
    d.jpeg.client_data = &d;
    d.errors.error_exit = fail_with_message;
    d.errors.emit_message = warning_or_trace;
    d.errors.output_message = print_nothing;
    d.progress.progress_monitor = check_scans;
    decode_guarded(&d);
    jpeg_destroy_decompress(&d.jpeg);
    if (d.status != RGPT_OK) rg_image_reset(out);
    *orientation = d.orientation;
    return d.status;
}
