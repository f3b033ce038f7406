/* placeholder.h - "<image>" and "<regionN>" in a user's text.
 *
 * "<region", one or more decimal digits and ">" is always meant as a placeholder, so a wrong number there is
 * an error to report, not text. Everything else ("<region>", "<regions>", "<region 1>", "<Region1>") is text.
 */
#ifndef RG_TEXT_PLACEHOLDER_H
#define RG_TEXT_PLACEHOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rg_placeholder {
    size_t at, size; /* bytes text[at .. at + size) */
    bool is_image;
    bool is_padded;  /* <region01>: not how regions are named */
    uint32_t number; /* N of <regionN>, UINT32_MAX for anything larger; 0 for the image */
} rg_placeholder;

/* The first placeholder in text[from..size); false if there is none. */
bool rg_placeholder_next(const char *text, size_t size, size_t from, rg_placeholder *out);

#endif
