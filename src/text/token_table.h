/* token_table.h - what every token spells, and which token spells a given string.
 *
 * A file writes tokens in some alphabet of its own; the table holds the bytes they stand for. Only ordinary
 * tokens (RG_TOKEN_NORMAL) can be found by spelling, so no text can become a control token by accident.
 */
#ifndef RG_TEXT_TOKEN_TABLE_H
#define RG_TEXT_TOKEN_TABLE_H

#include "base/error.h"
#include "text/vocab.h"

typedef struct rg_token_table {
    size_t count;
    uint32_t *offsets; /* [count + 1] into bytes */
    char *bytes;
    uint8_t *types; /* [count], rg_token_type */
    int32_t *slots; /* open addressing, id or RG_TOKEN_NONE; power-of-two size, at least a third empty */
    size_t slot_mask;
    uint64_t key;
    size_t longest; /* bytes of the longest token that can be found */
} rg_token_table;

/* RGPT_FORMAT or RGPT_LIMIT, naming the token, for too many or too long ones, unknown types, a byte token
 * that is not "<0xHH>", two ordinary tokens that spell the same. After a failure reset is still due. */
rgpt_status rg_token_table_init(rg_token_table *table, const rg_vocab *vocab, rgpt_error *err);
void rg_token_table_reset(rg_token_table *table);

rg_text rg_token_table_at(const rg_token_table *table, int32_t id); /* `id` in range */
int32_t rg_token_table_find(const rg_token_table *table, const char *bytes, size_t size);

/* Reads text in GPT-2's byte alphabet, where each byte is written as a printable character: those that are
 * printable in Latin-1 as themselves, the other 68 as U+0100, U+0101, ... in order. Writes at most `size`
 * bytes and returns how many; 0 if a character is not of that alphabet. */
size_t rg_byte_alphabet_read(const char *text, size_t size, char *out);

/* Copies text with sentencepiece's U+2581 as the space it stands for; returns the bytes written, at most `size`. */
size_t rg_spm_alphabet_read(const char *text, size_t size, char *out);

#endif
