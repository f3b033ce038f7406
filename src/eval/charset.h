/* charset.h - sets of Unicode code points as sorted ranges: what one place in a pattern may match. */
#ifndef RG_EVAL_CHARSET_H
#define RG_EVAL_CHARSET_H

#include "base/error.h"

#define RG_LAST_CODE_POINT 0x10FFFFu

typedef struct rg_code_range {
    uint32_t first, last; /* both inside */
} rg_code_range;

/* Zero-initialised is empty. Between a call of rg_charset_add and the next of rg_charset_sort the ranges
 * may be in any order and overlap; every other function wants them sorted. */
typedef struct rg_charset {
    rg_code_range *ranges;
    size_t count;
    size_t allocated;
} rg_charset;

rgpt_status rg_charset_add(rg_charset *set, uint32_t first, uint32_t last, rgpt_error *err);
void rg_charset_sort(rg_charset *set);                                      /* and merges what touches */
rgpt_status rg_charset_complement(rg_charset *set, rgpt_error *err);        /* in place */
rgpt_status rg_charset_ignore_ascii_case(rg_charset *set, rgpt_error *err); /* 'a' brings 'A' and back */
bool rg_charset_has(const rg_charset *set, uint32_t code);
void rg_charset_reset(rg_charset *set);

#endif
