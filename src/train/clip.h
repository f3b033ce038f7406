/* clip.h - clipping gradients by their global norm (Pascanu et al., "On the difficulty of training recurrent
 * neural networks", 2013), as torch.nn.utils.clip_grad_norm_ does. */
#ifndef RG_TRAIN_CLIP_H
#define RG_TRAIN_CLIP_H

#include "train/trainable.h"

/* The sum of the squares of all gradients, in double, in an order that does not depend on the number of threads.
 * Not finite when a gradient is not. The norm is its root; shards' sums may be added up. */
double rg_grad_squares(const rg_trainable *items, size_t count, int threads);

/* What gradients of this norm are to be multiplied with so that it is at most `limit`; a limit <= 0 is none. */
double rg_clip_factor(double norm, double limit);

#endif
