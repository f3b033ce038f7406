/* row_vector.h - the vector row kernels, written once for every width: an instruction set's file defines
 * RG_ROW_TABLE as the name of its table, includes its vector_*.h, then this.
 *
 * The transcendental functions are polynomials of our own, fitted to the least relative error (by Lawson's
 * weighting); the errors beside them are of exact arithmetic, rounding adds about 2e-7.
 */
#include <math.h>

#include "kern/row_tables.h"

/* ------------------------------------------------------------------ walking a row */

typedef rg_vector unary(rg_vector x);
typedef rg_vector binary(rg_vector a, rg_vector b);

RG_INLINE void map(unary *f, float *y, const float *x, int64_t count) {
    int64_t i = 0;
    for (; i + RG_LANES <= count; i += RG_LANES) v_store(y + i, f(v_load(x + i)));
    if (i < count) v_store_part(y + i, f(v_load_part(x + i, count - i)), count - i);
}

RG_INLINE void map2(binary *f, float *y, const float *a, const float *b, int64_t count) {
    int64_t i = 0;
    for (; i + RG_LANES <= count; i += RG_LANES) v_store(y + i, f(v_load(a + i), v_load(b + i)));
    if (i == count) return;
    v_store_part(y + i, f(v_load_part(a + i, count - i), v_load_part(b + i, count - i)), count - i);
}

/* ------------------------------------------------------------------ exp and what is made of it */

/* exp(x) = 2^n exp(r), r = x - n ln 2 in two parts, |r| <= ln 2 / 2: within 3e-9. */
RG_INLINE rg_vector v_exp(rg_vector x) {
    x = v_min(v_set(89.5F), v_max(v_set(-104.0F), x)); /* past these it is infinity and 0 anyway */
    const rg_vector n = v_round(v_mul(x, v_set(1.44269504F)));
    rg_vector r = v_fnma(n, v_set(0x1.62e4p-1F), x); /* the upper part has zeros below, so n times it is exact */
    r = v_fnma(n, v_set(1.42860677e-6F), r);
    rg_vector p = v_set(1.38145402e-3F);
    p = v_fma(p, r, v_set(8.36874530e-3F));
    p = v_fma(p, r, v_set(4.16683908e-2F));
    p = v_fma(p, r, v_set(1.66665204e-1F));
    p = v_fma(p, r, v_set(4.99999934e-1F));
    p = v_fma(v_mul(p, r), r, r);
    return v_scale2(v_add(p, v_set(1)), n);
}

RG_INLINE rg_vector v_sigmoid(rg_vector x) {
    return v_div(v_set(1), v_add(v_set(1), v_exp(v_sub(v_set(0), x))));
}

/* x times the normal distribution's area below x. The area below -t, t >= 0, is exp(-t^2 / 2) R(t), and R is
 * a polynomial in 1 / (1 + 0.35 t): within 3.2e-8 for t <= 14, where exp(-t^2 / 2) ends. */
RG_INLINE rg_vector v_gelu_erf(rg_vector x) {
    const rg_vector t = v_min(v_set(20), v_abs(x));
    const rg_vector u = v_div(v_set(1), v_fma(t, v_set(0.35F), v_set(1)));
    rg_vector p = v_set(-0.0291459441F);
    p = v_fma(p, u, v_set(0.143971782F));
    p = v_fma(p, u, v_set(-0.255714453F));
    p = v_fma(p, u, v_set(0.159174405F));
    p = v_fma(p, u, v_set(-0.0231100071F));
    p = v_fma(p, u, v_set(0.105508074F));
    p = v_fma(p, u, v_set(0.119832852F));
    p = v_fma(p, u, v_set(0.139861871F));
    p = v_fma(p, u, v_set(0.139621404F));
    /* What rounding t^2 lost would be an error of 5e-6 in exp for t = 13: multiply it back in. */
    const rg_vector square = v_mul(t, t), lost = v_fms(t, t, square);
    const rg_vector e = v_mul(v_exp(v_mul(square, v_set(-0.5F))), v_fnma(lost, v_set(0.5F), v_set(1)));
    const rg_vector below = v_mul(v_mul(p, u), e);
    return v_mul(x, v_if_negative(x, below, v_sub(v_set(1), below)));
}

RG_INLINE rg_vector v_gelu_tanh(rg_vector x) {
    const rg_vector cubic = v_fma(v_mul(x, x), v_set(0.044715F * 1.59576912F), v_set(1.59576912F)); /* 2 sqrt(2 / pi) */
    return v_mul(x, v_sigmoid(v_mul(x, cubic)));
}

RG_INLINE rg_vector v_gelu_quick(rg_vector x) {
    return v_mul(x, v_sigmoid(v_mul(x, v_set(1.702F))));
}

RG_INLINE rg_vector v_silu_mul(rg_vector gate, rg_vector up) {
    return v_mul(v_mul(gate, v_sigmoid(gate)), up);
}

static void exp_row(float *y, const float *x, int64_t count) {
    map(v_exp, y, x, count);
}
static void gelu_erf_row(float *y, const float *x, int64_t count) {
    map(v_gelu_erf, y, x, count);
}
static void gelu_tanh_row(float *y, const float *x, int64_t count) {
    map(v_gelu_tanh, y, x, count);
}
static void gelu_quick_row(float *y, const float *x, int64_t count) {
    map(v_gelu_quick, y, x, count);
}
static void silu_mul_row(float *y, const float *gate, const float *up, int64_t count) {
    map2(v_silu_mul, y, gate, up, count);
}

/* ------------------------------------------------------------------ softmax */

static float largest(const float *x, int64_t count) {
    rg_vector max = v_set(-INFINITY);
    int64_t i = 0;
    for (; i + RG_LANES <= count; i += RG_LANES) max = v_max(v_load(x + i), max);
    if (i < count) max = v_max(v_part(v_load_part(x + i, count - i), v_set(-INFINITY), count - i), max);
    return v_largest(max);
}

static void scale_row(float *y, float a, const float *x, int64_t count) {
    const rg_vector factor = v_set(a);
    int64_t i = 0;
    for (; i + RG_LANES <= count; i += RG_LANES) v_store(y + i, v_mul(factor, v_load(x + i)));
    if (i < count) v_store_part(y + i, v_mul(factor, v_load_part(x + i, count - i)), count - i);
}

static float softmax_row(float *x, int64_t count) {
    const float max = largest(x, count);
    if (max == -INFINITY) { /* -INF - -INF would be NaN */
        for (int64_t i = 0; i < count; i++) x[i] = 0;
        return max;
    }
    const rg_vector top = v_set(max);
    rg_vector sum = v_set(0);
    int64_t i = 0;
    for (; i + RG_LANES <= count; i += RG_LANES) {
        const rg_vector e = v_exp(v_sub(v_load(x + i), top));
        v_store(x + i, e);
        sum = v_add(sum, e);
    }
    if (i < count) {
        const rg_vector e = v_exp(v_sub(v_load_part(x + i, count - i), top));
        v_store_part(x + i, e, count - i);
        sum = v_add(sum, v_part(e, v_set(0), count - i));
    }
    const float total = v_sum(sum);
    scale_row(x, 1 / total, x, count);
    return max + logf(total);
}

/* ------------------------------------------------------------------ norms and simple algebra */

/* Two sums side by side, so that additions need not wait for each other. */
static float dot_row(const float *x, const float *y, int64_t count) {
    rg_vector sum[2] = {v_set(0), v_set(0)};
    int64_t i = 0;
    for (; i + 2 * RG_LANES <= count; i += 2 * RG_LANES) {
        sum[0] = v_fma(v_load(x + i), v_load(y + i), sum[0]);
        sum[1] = v_fma(v_load(x + i + RG_LANES), v_load(y + i + RG_LANES), sum[1]);
    }
    if (i + RG_LANES <= count) {
        sum[0] = v_fma(v_load(x + i), v_load(y + i), sum[0]);
        i += RG_LANES;
    }
    if (i < count) sum[1] = v_fma(v_load_part(x + i, count - i), v_load_part(y + i, count - i), sum[1]);
    return v_sum(v_add(sum[0], sum[1]));
}

/* Four rows at a time, so that x is loaded once for them and their sums are added up together. */
static void dot_rows(float *y, const float *x, const float *rows, int64_t ld, int64_t count, int64_t width) {
    enum { AT_ONCE = 4 };
    int64_t n = 0;
    for (; n + AT_ONCE <= count; n += AT_ONCE) {
        const float *row = rows + n * ld;
        rg_vector sum[AT_ONCE] = {v_set(0), v_set(0), v_set(0), v_set(0)};
        int64_t i = 0;
        for (; i + RG_LANES <= width; i += RG_LANES) {
            const rg_vector v = v_load(x + i);
            for (int r = 0; r < AT_ONCE; r++) sum[r] = v_fma(v, v_load(row + r * ld + i), sum[r]);
        }
        if (i < width) {
            const rg_vector v = v_load_part(x + i, width - i);
            for (int r = 0; r < AT_ONCE; r++) sum[r] = v_fma(v, v_load_part(row + r * ld + i, width - i), sum[r]);
        }
        v_store_sums(y + n, sum[0], sum[1], sum[2], sum[3]);
    }
    for (; n < count; n++) y[n] = dot_row(x, rows + n * ld, width);
}

/* A strip of y stays in registers while all rows pass. */
RG_INLINE void sum_rows_strip(float *y, const float *weight, const float *rows, int64_t ld, int64_t count,
                              const int vectors) {
    rg_vector sum[8];
    for (int v = 0; v < vectors; v++) sum[v] = v_load(y + v * RG_LANES);
    for (int64_t n = 0; n < count; n++) {
        const rg_vector factor = v_set(weight[n]);
        for (int v = 0; v < vectors; v++) sum[v] = v_fma(factor, v_load(rows + n * ld + v * RG_LANES), sum[v]);
    }
    for (int v = 0; v < vectors; v++) v_store(y + v * RG_LANES, sum[v]);
}

static void sum_rows(float *y, const float *weight, const float *rows, int64_t ld, int64_t count, int64_t width) {
    int64_t i = 0;
    for (; i + 8 * RG_LANES <= width; i += 8 * RG_LANES) sum_rows_strip(y + i, weight, rows + i, ld, count, 8);
    for (; i + 4 * RG_LANES <= width; i += 4 * RG_LANES) sum_rows_strip(y + i, weight, rows + i, ld, count, 4);
    for (; i + RG_LANES <= width; i += RG_LANES) sum_rows_strip(y + i, weight, rows + i, ld, count, 1);
    if (i == width) return;
    rg_vector sum = v_load_part(y + i, width - i);
    for (int64_t n = 0; n < count; n++) {
        sum = v_fma(v_set(weight[n]), v_load_part(rows + n * ld + i, width - i), sum);
    }
    v_store_part(y + i, sum, width - i);
}

static float rms_norm_row(float *y, const float *x, const float *gamma, float eps, int64_t count) {
    const float factor = 1 / sqrtf(dot_row(x, x, count) / (float)count + eps);
    const rg_vector scale = v_set(factor);
    int64_t i = 0;
    for (; i + RG_LANES <= count; i += RG_LANES) {
        v_store(y + i, v_mul(v_mul(v_load(x + i), scale), v_load(gamma + i)));
    }
    if (i < count) {
        const rg_vector scaled = v_mul(v_load_part(x + i, count - i), scale);
        v_store_part(y + i, v_mul(scaled, v_load_part(gamma + i, count - i)), count - i);
    }
    return factor;
}

static float mean_of(const float *x, int64_t count) {
    rg_vector sum = v_set(0);
    int64_t i = 0;
    for (; i + RG_LANES <= count; i += RG_LANES) sum = v_add(sum, v_load(x + i));
    if (i < count) sum = v_add(sum, v_load_part(x + i, count - i));
    return v_sum(sum) / (float)count;
}

/* About a mean known before: E[x^2] - E[x]^2 would cancel when the mean is large. */
static float variance_of(const float *x, float mean, int64_t count) {
    const rg_vector middle = v_set(mean);
    rg_vector sum = v_set(0);
    int64_t i = 0;
    for (; i + RG_LANES <= count; i += RG_LANES) {
        const rg_vector d = v_sub(v_load(x + i), middle);
        sum = v_fma(d, d, sum);
    }
    if (i < count) {
        const rg_vector d = v_part(v_sub(v_load_part(x + i, count - i), middle), v_set(0), count - i);
        sum = v_fma(d, d, sum);
    }
    return v_sum(sum) / (float)count;
}

static void layer_norm_row(float *y, const float *x, const float *gamma, const float *beta, float eps, int64_t count) {
    const float mean = mean_of(x, count), factor = 1 / sqrtf(variance_of(x, mean, count) + eps);
    const rg_vector middle = v_set(mean), scale = v_set(factor), one = v_set(1), zero = v_set(0);
    int64_t i = 0;
    for (; i + RG_LANES <= count; i += RG_LANES) {
        const rg_vector scaled = v_mul(v_sub(v_load(x + i), middle), scale);
        v_store(y + i, v_fma(scaled, gamma ? v_load(gamma + i) : one, beta ? v_load(beta + i) : zero));
    }
    if (i == count) return;
    const int64_t rest = count - i;
    const rg_vector scaled = v_mul(v_sub(v_load_part(x + i, rest), middle), scale);
    const rg_vector g = gamma ? v_load_part(gamma + i, rest) : one, b = beta ? v_load_part(beta + i, rest) : zero;
    v_store_part(y + i, v_fma(scaled, g, b), rest);
}

static void axpy_row(float *y, float a, const float *x, int64_t count) {
    const rg_vector factor = v_set(a);
    int64_t i = 0;
    for (; i + RG_LANES <= count; i += RG_LANES) v_store(y + i, v_fma(factor, v_load(x + i), v_load(y + i)));
    if (i == count) return;
    v_store_part(y + i, v_fma(factor, v_load_part(x + i, count - i), v_load_part(y + i, count - i)), count - i);
}

static void add_row(float *y, const float *a, const float *b, int64_t count) {
    map2(v_add, y, a, b, count);
}

static void rope_row(float *x, const float *cosine, const float *sine, int64_t pairs) {
    int64_t i = 0;
    for (; i + RG_LANES / 2 <= pairs; i += RG_LANES / 2) {
        const rg_vector v = v_load(x + 2 * i);
        const rg_vector turned = v_mul(v_swap(v), v_load_twice(sine + i));
        v_store(x + 2 * i, v_fma_subadd(v, v_load_twice(cosine + i), turned));
    }
    rg_row_kernels_c.rope(x + 2 * i, cosine + i, sine + i, pairs - i);
}

const rg_row_kernels RG_ROW_TABLE = {
    .exp = exp_row,
    .softmax = softmax_row,
    .rms_norm = rms_norm_row,
    .layer_norm = layer_norm_row,
    .gelu_erf = gelu_erf_row,
    .gelu_tanh = gelu_tanh_row,
    .gelu_quick = gelu_quick_row,
    .silu_mul = silu_mul_row,
    .dot = dot_row,
    .dot_rows = dot_rows,
    .sum_rows = sum_rows,
    .axpy = axpy_row,
    .scale = scale_row,
    .add = add_row,
    .rope = rope_row,
};
