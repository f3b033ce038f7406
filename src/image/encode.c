#include "image/encode.h"

#include <setjmp.h>
#include <stdlib.h>

#include <png.h>

#include "base/file.h"

/* All state of one encoding. Failures arrive by a longjmp to encode_guarded, which has no local variables
 * that it could lose. */
typedef struct encoder {
    png_structp png;
    png_infop info;
    const rg_image *image;
    rg_writer *writer;
    rgpt_status status;
    rgpt_error *err;
} encoder;

static void fail(png_structp png, png_const_charp text) {
    encoder *e = png_get_error_ptr(png);
    if (e->status == RGPT_OK) e->status = rg_fail(e->err, RGPT_INVALID, "PNG: %s", text);
    png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static png_voidp allocate(png_structp png, png_alloc_size_t size) {
    encoder *e = png_get_mem_ptr(png);
    void *memory = malloc(size);
    if (!memory) e->status = rg_fail_memory(e->err, "PNG", size);
    return memory;
}

static void release(png_structp png, png_voidp memory) {
    (void)png;
    free(memory);
}

static void write_bytes(png_structp png, png_bytep bytes, size_t size) {
    encoder *e = png_get_io_ptr(png);
    e->status = rg_writer_write(e->writer, bytes, size, e->err);
    if (e->status != RGPT_OK) png_error(png, "cannot write");
}

/* The file's own buffering belongs to the writer. */
static void flush_nothing(png_structp png) {
    (void)png;
}

static void encode_guarded(encoder *e) {
    enum { FAST = 4 }; /* zlib's level: the last before its time goes up threefold on photos */
    if (setjmp(png_jmpbuf(e->png)) != 0) return;
    png_set_write_fn(e->png, e, write_bytes, flush_nothing);
    png_set_compression_level(e->png, FAST);
    png_set_IHDR(e->png, e->info, (png_uint_32)e->image->width, (png_uint_32)e->image->height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(e->png, e->info);
    for (int y = 0; y < e->image->height; y++) {
        png_write_row(e->png, e->image->rgb + (size_t)y * e->image->width * 3);
    }
    png_write_end(e->png, e->info);
}

static rgpt_status encode(encoder *e) {
    e->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, e, fail, ignore_warning, e, allocate, release);
    if (e->png) e->info = png_create_info_struct(e->png);
    if (e->info) {
        encode_guarded(e);
    } else if (e->status == RGPT_OK) {
        e->status = rg_fail_memory(e->err, "PNG", sizeof *e);
    }
    png_destroy_write_struct(&e->png, &e->info);
    return e->status;
}

rgpt_status rg_image_write(const char *path, const rg_image *image, rgpt_error *err) {
    encoder e = {.image = image, .err = err};
    rgpt_status status = rg_writer_open(path, &e.writer, err);
    if (status != RGPT_OK) return status;
    status = encode(&e);
    if (status == RGPT_OK) return rg_writer_commit(e.writer, err);
    rg_writer_cancel(e.writer);
    return status;
}
