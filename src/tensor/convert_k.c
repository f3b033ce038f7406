/* The "K" formats: superblocks of 256 elements, cut into runs of 16 or 32 whose scales (and minima) are
 * small integers times the superblock's float16 `d` (and `dmin`). As stored:
 *
 *     Q2_K  u8 scale_min[16], u8 q2[64], f16 d, f16 dmin            runs of 16
 *     Q3_K  u8 high[32], u8 q2[64], u8 scales[12], f16 d            runs of 16
 *     Q4_K  f16 d, f16 dmin, u8 scales[12], u8 q4[128]              runs of 32
 *     Q5_K  f16 d, f16 dmin, u8 scales[12], u8 high[32], u8 q4[128] runs of 32
 *     Q6_K  u8 q4[128], u8 high[64], i8 scales[16], f16 d           runs of 16
 *
 * Elements are laid out in planes: byte l of a 32-byte row holds elements l, l + 32, l + 64, ... in
 * successive bits, so that a vector of bytes, shifted, gives neighbouring elements.
 */
#include "tensor/convert.h"

#include "tensor/half.h"

enum { SUPERBLOCK = 256, PLANE = 32, RUN = 16 };

static float load_f16(const uint8_t *from) {
    return rg_f16_decode(rg_half_load(from));
}

/* Where run `run` of 16 elements lies: in half a superblock (four planes), in a plane, in a row of bytes. */
static int half_of(int run) {
    return run / 8;
}
static int plane_of(int run) {
    return run / 2 % 4;
}
static int start_of(int run) {
    return run % 2 * RUN;
}

void rg_q2_k_to_f32(float *to, const void *from, int64_t count) {
    const uint8_t *block = from;
    for (; count > 0; count -= SUPERBLOCK, block += 84) {
        const float d = load_f16(block + 80), dmin = load_f16(block + 82);
        for (int run = 0; run < SUPERBLOCK / RUN; run++, to += RUN) {
            const uint8_t *q = block + 16 + half_of(run) * PLANE + start_of(run);
            const int shift = 2 * plane_of(run);
            const float scale = d * (float)(block[run] & 0xF), min = dmin * (float)(block[run] >> 4);
            for (int l = 0; l < RUN; l++) to[l] = scale * (float)(q[l] >> shift & 3) - min;
        }
    }
}

/* The sixteen 6-bit scales of Q3_K: low nibbles in bytes 0-7 (runs 0-7 below, 8-15 above), upper two bits in 8-11. */
static int q3_k_scale(const uint8_t *scales, int run) {
    const int low = run < 8 ? scales[run] & 0xF : scales[run - 8] >> 4;
    const int high = scales[8 + run % 4] >> (2 * (run / 4)) & 3;
    return (low | high << 4) - 32;
}

void rg_q3_k_to_f32(float *to, const void *from, int64_t count) {
    const uint8_t *block = from;
    for (; count > 0; count -= SUPERBLOCK, block += 110) {
        const float d = load_f16(block + 108);
        for (int run = 0; run < SUPERBLOCK / RUN; run++, to += RUN) {
            const uint8_t *high = block + start_of(run), *q = block + 32 + half_of(run) * PLANE + start_of(run);
            const int shift = 2 * plane_of(run), bit = 4 * half_of(run) + plane_of(run);
            const float scale = d * (float)q3_k_scale(block + 96, run);
            for (int l = 0; l < RUN; l++) {
                const int low = q[l] >> shift & 3, top = high[l] >> bit & 1; /* a clear bit means 4 less */
                to[l] = scale * (float)(low + 4 * top - 4);
            }
        }
    }
}

/* Eight 6-bit scales and eight 6-bit minima in 12 bytes: the first four of each lie whole in the low six
 * bits of bytes 0-7; the last four have their low nibbles in bytes 8-11 and their upper two bits on top
 * of the first four. */
static void q4_k_scale_min(const uint8_t *scales, int run, float *scale, float *min) {
    if (run < 4) {
        *scale = (float)(scales[run] & 63);
        *min = (float)(scales[run + 4] & 63);
    } else {
        *scale = (float)((scales[run + 4] & 0xF) | (scales[run - 4] >> 6) << 4);
        *min = (float)((scales[run + 4] >> 4) | (scales[run] >> 6) << 4);
    }
}

/* Q4_K, and with `high` (a fifth bit for each element, one plane a run) Q5_K. */
static void decode_q4_k(float *to, const uint8_t *block, const uint8_t *high, const uint8_t *q) {
    const float d = load_f16(block), dmin = load_f16(block + 2);
    for (int run = 0; run < 8; run++) {
        float scale, min;
        q4_k_scale_min(block + 4, run, &scale, &min);
        scale *= d;
        min *= dmin;
        const uint8_t *nibbles = q + run / 2 * PLANE; /* two runs share a row of bytes */
        const int shift = run % 2 * 4;
        for (int l = 0; l < PLANE; l++) {
            const int bit = high ? high[l] >> run & 1 : 0;
            *to++ = scale * (float)((nibbles[l] >> shift & 0xF) + 16 * bit) - min;
        }
    }
}

void rg_q4_k_to_f32(float *to, const void *from, int64_t count) {
    const uint8_t *block = from;
    for (int64_t i = 0; i < count; i += SUPERBLOCK, block += 144) decode_q4_k(to + i, block, NULL, block + 16);
}

void rg_q5_k_to_f32(float *to, const void *from, int64_t count) {
    const uint8_t *block = from;
    for (int64_t i = 0; i < count; i += SUPERBLOCK, block += 176) decode_q4_k(to + i, block, block + 16, block + 48);
}

void rg_q6_k_to_f32(float *to, const void *from, int64_t count) {
    const uint8_t *block = from;
    for (; count > 0; count -= SUPERBLOCK, block += 210) {
        const float d = load_f16(block + 208);
        for (int run = 0; run < SUPERBLOCK / RUN; run++, to += RUN) {
            /* Planes 0 and 1 are the low nibbles of two rows of bytes, 2 and 3 their high nibbles. */
            const int plane = plane_of(run), shift = plane / 2 * 4;
            const uint8_t *q = block + half_of(run) * 64 + plane % 2 * PLANE + start_of(run);
            const uint8_t *high = block + 128 + half_of(run) * PLANE + start_of(run);
            const float scale = d * (float)(int8_t)block[192 + run];
            for (int l = 0; l < RUN; l++) {
                const int low = q[l] >> shift & 0xF, top = high[l] >> (2 * plane) & 3;
                to[l] = scale * (float)((low | top << 4) - 32);
            }
        }
    }
}
