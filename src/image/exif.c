/* The one EXIF tag that matters here. EXIF data is a TIFF file without a picture: a header that gives the
 * byte order and the place of a list of tags, 12 bytes each. Metadata is often damaged by careless tools
 * and never worth refusing a picture for: whatever does not add up means "upright". */
#include "image/codec.h"

#include <string.h>

enum { ENTRY_SIZE = 12, TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3 };

typedef struct tiff {
    const uint8_t *bytes;
    size_t size;
    bool is_big_endian;
} tiff;

/* Zero beyond the end. */
static unsigned read16(const tiff *t, size_t at) {
    if (t->size < 2 || at > t->size - 2) return 0;
    const uint8_t *b = t->bytes + at;
    return t->is_big_endian ? b[0] << 8 | b[1] : b[1] << 8 | b[0];
}

static uint32_t read32(const tiff *t, size_t at) {
    uint32_t first = read16(t, at), second = read16(t, at + 2);
    return t->is_big_endian ? first << 16 | second : second << 16 | first;
}

int rg_exif_orientation(const uint8_t *bytes, size_t size) {
    tiff t = {.bytes = bytes, .size = size};
    if (size < 8) return 1;
    if (memcmp(bytes, "MM\0*", 4) == 0) {
        t.is_big_endian = true;
    } else if (memcmp(bytes, "II*\0", 4) != 0) {
        return 1;
    }
    size_t tags = read32(&t, 4);
    unsigned count = read16(&t, tags);
    for (unsigned i = 0; i < count; i++) {
        size_t entry = tags + 2 + (size_t)i * ENTRY_SIZE;
        if (read16(&t, entry) != TAG_ORIENTATION) continue;
        unsigned value = read16(&t, entry + 8);
        bool is_sound = read16(&t, entry + 2) == TYPE_SHORT && value >= 1 && value <= 8;
        return is_sound ? (int)value : 1;
    }
    return 1;
}
