/* position.h - learned position embeddings for another grid than they were learned on. */
#ifndef RG_MODEL_POSITION_H
#define RG_MODEL_POSITION_H

#include <stdint.h>

/* Bicubic (a = -0.75, PyTorch's), half-pixel centres, no antialiasing, borders repeated; the same grid is
 * copied. `extra` rows before the grid (a class token's) are copied. from: [extra + from_cells^2, width];
 * to: [extra + to_cells^2, width]. */
void rg_position_resize(float *to, int to_cells, const float *from, int from_cells, int extra, int64_t width);

#endif
