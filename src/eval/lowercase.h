/* lowercase.h - Unicode lower case as Java's String.toLowerCase gives it, whatever the locale. */
#ifndef RG_EVAL_LOWERCASE_H
#define RG_EVAL_LOWERCASE_H

#include "base/buffer.h"

/* Appends the lower case of `text` (RGPT_FORMAT if it is not UTF-8). The two mappings that are not one code point to
 * one are there too: U+0130 becomes "i" and a dot above, and a capital sigma that ends a word becomes the final sigma.
 */
rgpt_status rg_lowercase(const char *text, size_t size, rg_buffer *out, rgpt_error *err);

#endif
