/* Many rows of activations by low-bit weights, in AVX-512 with VNNI.
 *
 * A panel holds RG_PANEL_ROWS weight rows side by side: lane r of a vector belongs to row r, so an
 * activation is broadcast and no product is summed across lanes. For each group of four blocks:
 *
 *     weights[4 blocks][8 steps][2 vectors][16 rows] of 4 unsigned bytes
 *     scales[4 blocks][2 vectors][d: 16 rows, m: 16 rows] of float
 *
 * A step is four successive elements of rg_q8_rows' order: what one lane of vpdpbusd takes.
 */
#include "kern/dot_tables.h"

#include "kern/unpack_avx512.h"

enum { LANES = 16, VECTORS = RG_PANEL_ROWS / LANES, BLOCKS = RG_GROUP / RG_BLOCK, STEPS = 8, TILE_ROWS = 6 };

typedef struct panel_group {
    __m512i weights[BLOCKS][STEPS][VECTORS];
    struct {
        __m512 d, m;
    } scales[BLOCKS][VECTORS];
} panel_group;

static size_t panel_size(int64_t K) {
    return (size_t)rg_q8_groups(K) * sizeof(panel_group);
}

/* ------------------------------------------------------------------ packing */

/* to[c] lane r = from[r] lane c. */
RG_INLINE void transpose(__m512i to[LANES], const __m512i from[LANES]) {
    __m512i pair[LANES], quad[LANES], half[LANES];
    for (int i = 0; i < LANES; i += 2) {
        pair[i] = _mm512_unpacklo_epi32(from[i], from[i + 1]);
        pair[i + 1] = _mm512_unpackhi_epi32(from[i], from[i + 1]);
    }
    /* quad[4k + c]: in each 128-bit part p, element 4p + c of rows 4k .. 4k + 3 */
    for (int i = 0; i < LANES; i += 4) {
        for (int c = 0; c < 2; c++) {
            quad[i + 2 * c] = _mm512_unpacklo_epi64(pair[i + c], pair[i + 2 + c]);
            quad[i + 2 * c + 1] = _mm512_unpackhi_epi64(pair[i + c], pair[i + 2 + c]);
        }
    }
    /* Then the 128-bit parts: four by four of them for each c. */
    for (int c = 0; c < 4; c++) {
        half[0] = _mm512_shuffle_i32x4(quad[c], quad[4 + c], 0x88);      /* parts 0, 2 of rows 0-7 */
        half[1] = _mm512_shuffle_i32x4(quad[8 + c], quad[12 + c], 0x88); /* ... of rows 8-15 */
        half[2] = _mm512_shuffle_i32x4(quad[c], quad[4 + c], 0xDD);      /* parts 1, 3 */
        half[3] = _mm512_shuffle_i32x4(quad[8 + c], quad[12 + c], 0xDD);
        to[c] = _mm512_shuffle_i32x4(half[0], half[1], 0x88);
        to[4 + c] = _mm512_shuffle_i32x4(half[2], half[3], 0x88);
        to[8 + c] = _mm512_shuffle_i32x4(half[0], half[1], 0xDD);
        to[12 + c] = _mm512_shuffle_i32x4(half[2], half[3], 0xDD);
    }
}

/* Group `g` of rows 16v .. 16v + 15 into vector v; rows that do not exist become zeros. */
RG_INLINE void pack_group(panel_group *to, int v, rg_unpack *unpack, const rg_weight_rows *w, int64_t g, int present) {
    __m512i first[LANES], last[LANES], scales[LANES], columns[LANES];
    for (int r = 0; r < LANES; r++) {
        if (v * LANES + r >= w->count) {
            first[r] = last[r] = scales[r] = _mm512_setzero_si512();
            continue;
        }
        const rg_part p = unpack(w->data + (size_t)(v * LANES + r) * w->row_size, g, present);
        first[r] = p.first;
        last[r] = p.last;
        scales[r] = _mm512_zextsi256_si512(_mm256_castps_si256(p.scale));
    }
    transpose(columns, first);
    for (int c = 0; c < LANES; c++) to->weights[c / 4][c % 4][v] = columns[c];
    transpose(columns, last);
    for (int c = 0; c < LANES; c++) to->weights[c / 4][4 + c % 4][v] = columns[c];
    transpose(columns, scales);
    for (int b = 0; b < BLOCKS; b++) {
        to->scales[b][v].d = _mm512_castsi512_ps(columns[2 * b]);
        to->scales[b][v].m = _mm512_castsi512_ps(columns[2 * b + 1]);
    }
}

RG_INLINE void pack(panel_group *to, rg_unpack *unpack, const rg_weight_rows *w) {
    const int64_t whole = w->K / RG_GROUP;
    const int rest = (int)(w->K % RG_GROUP / RG_BLOCK);
    for (int v = 0; v < VECTORS; v++) {
        for (int64_t g = 0; g < whole; g++) pack_group(&to[g], v, unpack, w, g, BLOCKS);
        if (rest > 0) pack_group(&to[whole], v, unpack, w, whole, rest);
    }
}

static void pack_q8_0(void *panel, const rg_weight_rows *w) {
    pack(panel, unpack_q8_0, w);
}
static void pack_q4_0(void *panel, const rg_weight_rows *w) {
    pack(panel, unpack_q4_0, w);
}
static void pack_q5_0(void *panel, const rg_weight_rows *w) {
    pack(panel, unpack_q5_0, w);
}
static void pack_q5_1(void *panel, const rg_weight_rows *w) {
    pack(panel, unpack_q5_1, w);
}
static void pack_q4_k(void *panel, const rg_weight_rows *w) {
    pack(panel, unpack_q4_k, w);
}
static void pack_q5_k(void *panel, const rg_weight_rows *w) {
    pack(panel, unpack_q5_k, w);
}
static void pack_q4_1(void *panel, const rg_weight_rows *w) {
    pack(panel, unpack_q4_1, w);
}

/* ------------------------------------------------------------------ multiplying */

RG_INLINE __m512i broadcast_step(const int8_t *group, int b, int step) {
    int32_t four;
    __builtin_memcpy(&four, group + step / 4 * 64 + b * 16 + step % 4 * 4, sizeof four);
    return _mm512_set1_epi32(four);
}

RG_INLINE void multiply_block(__m512 sum[TILE_ROWS][VECTORS], const panel_group *p, int b, const int8_t *q,
                              int64_t q_stride, const float *scale, int64_t scale_stride, const int M) {
    __m512i product[TILE_ROWS][VECTORS];
    for (int m = 0; m < M; m++) {
        for (int v = 0; v < VECTORS; v++) product[m][v] = _mm512_setzero_si512();
    }
    for (int step = 0; step < STEPS; step++) {
        for (int m = 0; m < M; m++) {
            const __m512i four = broadcast_step(q + m * q_stride, b, step);
            for (int v = 0; v < VECTORS; v++) {
                product[m][v] = _mm512_dpbusd_epi32(product[m][v], p->weights[b][step][v], four);
            }
        }
    }
    for (int m = 0; m < M; m++) {
        const __m512 dx = _mm512_set1_ps(scale[m * scale_stride + 2 * b]);
        const __m512 sx = _mm512_set1_ps(scale[m * scale_stride + 2 * b + 1]);
        for (int v = 0; v < VECTORS; v++) {
            const __m512 d = _mm512_mul_ps(p->scales[b][v].d, dx);
            sum[m][v] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(product[m][v]), d, sum[m][v]);
            sum[m][v] = _mm512_fmadd_ps(p->scales[b][v].m, sx, sum[m][v]);
        }
    }
}

RG_INLINE __mmask16 lane_mask(int64_t rows, int v) {
    const int left = (int)rows - v * LANES;
    return (__mmask16)rg_low_bits(left > LANES ? LANES : left);
}

RG_INLINE void multiply_tile(const panel_group *p, int64_t rows, const rg_q8_rows *x, int64_t first, const int M,
                             const float *bias, float *y, int64_t ldy) {
    const int64_t q_stride = x->groups * RG_GROUP, scale_stride = x->groups * RG_GROUP_SCALES;
    const int8_t *q = x->q + first * q_stride;
    const float *scale = x->scale + first * scale_stride;
    __m512 sum[TILE_ROWS][VECTORS];
    for (int m = 0; m < M; m++) {
        for (int v = 0; v < VECTORS; v++) {
            sum[m][v] = bias ? _mm512_maskz_loadu_ps(lane_mask(rows, v), bias + v * LANES) : _mm512_setzero_ps();
        }
    }
    for (int64_t g = 0; g < x->groups; g++, p++, q += RG_GROUP, scale += RG_GROUP_SCALES) {
        for (int b = 0; b < BLOCKS; b++) multiply_block(sum, p, b, q, q_stride, scale, scale_stride, M);
    }
    for (int m = 0; m < M; m++) {
        for (int v = 0; v < VECTORS; v++) {
            _mm512_mask_storeu_ps(y + (first + m) * ldy + v * LANES, lane_mask(rows, v), sum[m][v]);
        }
    }
}

static void multiply(const void *panel, int64_t rows, const rg_q8_rows *x, int64_t M, const float *bias, float *y,
                     int64_t ldy) {
    int64_t m = 0;
    for (; m + TILE_ROWS <= M; m += TILE_ROWS) multiply_tile(panel, rows, x, m, TILE_ROWS, bias, y, ldy);
    switch (M - m) {
    case 1:
        multiply_tile(panel, rows, x, m, 1, bias, y, ldy);
        break;
    case 2:
        multiply_tile(panel, rows, x, m, 2, bias, y, ldy);
        break;
    case 3:
        multiply_tile(panel, rows, x, m, 3, bias, y, ldy);
        break;
    case 4:
        multiply_tile(panel, rows, x, m, 4, bias, y, ldy);
        break;
    case 5:
        multiply_tile(panel, rows, x, m, 5, bias, y, ldy);
        break;
    default:
        break;
    }
}

const rg_panel_kernels rg_panel_kernels_avx512 = {
    .size = panel_size,
    .pack = {[RG_Q8_0] = pack_q8_0,
             [RG_Q4_0] = pack_q4_0,
             [RG_Q4_1] = pack_q4_1,
             [RG_Q5_0] = pack_q5_0,
             [RG_Q5_1] = pack_q5_1,
             [RG_Q4_K] = pack_q4_k,
             [RG_Q5_K] = pack_q5_k},
    .multiply = multiply,
};
