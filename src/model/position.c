#include "model/position.h"

#include <math.h>
#include <string.h>

/* The four cells around a point on one axis, and their weights. */
typedef struct taps {
    int index[4];
    double weight[4];
} taps;

static double cubic(double t) {
    const double a = -0.75;
    t = fabs(t);
    if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
    return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
}

static taps make_taps(int i, int to_cells, int from_cells) {
    double at = (i + 0.5) * from_cells / to_cells - 0.5;
    int first = (int)floor(at) - 1;
    taps t;
    for (int k = 0; k < 4; k++) {
        int cell = first + k;
        t.weight[k] = cubic(at - cell);
        t.index[k] = cell < 0 ? 0 : cell >= from_cells ? from_cells - 1 : cell;
    }
    return t;
}

void rg_position_resize(float *to, int to_cells, const float *from, int from_cells, int extra, int64_t width) {
    memcpy(to, from, (size_t)(extra * width) * sizeof *to);
    to += extra * width;
    from += extra * width;
    if (to_cells == from_cells) {
        memcpy(to, from, (size_t)to_cells * (size_t)to_cells * (size_t)width * sizeof *to);
        return;
    }
    for (int row = 0; row < to_cells; row++) {
        taps v = make_taps(row, to_cells, from_cells);
        for (int column = 0; column < to_cells; column++) {
            taps u = make_taps(column, to_cells, from_cells);
            for (int64_t c = 0; c < width; c++) {
                double sum = 0;
                for (int k = 0; k < 16; k++) {
                    int64_t cell = (int64_t)v.index[k / 4] * from_cells + u.index[k % 4];
                    sum += v.weight[k / 4] * u.weight[k % 4] * (double)from[cell * width + c];
                }
                to[((int64_t)row * to_cells + column) * width + c] = (float)sum;
            }
        }
    }
}
