/* special.h - finding special tokens (control and user-defined ones) spelled out in a text. */
#ifndef RG_TEXT_SPECIAL_H
#define RG_TEXT_SPECIAL_H

#include "text/token_table.h"

typedef struct rg_special_set {
    int32_t *ids; /* [count] sorted by spelling, so those that share a beginning are neighbours */
    size_t count;
    uint32_t first[256 + 1]; /* those beginning with byte b are ids[first[b]] .. ids[first[b + 1] - 1] */
} rg_special_set;

/* RGPT_FORMAT if two special tokens spell the same, or one is not UTF-8. */
rgpt_status rg_special_set_init(rg_special_set *set, const rg_token_table *table, rgpt_error *err);
void rg_special_set_reset(rg_special_set *set);

/* The longest special token that text[0..size) begins with, or RG_TOKEN_NONE. */
int32_t rg_special_set_match(const rg_special_set *set, const rg_token_table *table, const char *text, size_t size);

#endif
