#include "eval/alphabet.h"

#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Every code point at which some set starts or has just ended. */
static rgpt_status find_intervals(rg_alphabet *alphabet, const rg_charset *sets, size_t set_count, rgpt_error *err) {
    size_t count = 1;
    for (size_t i = 0; i < set_count; i++) count += 2 * sets[i].count;
    uint32_t *firsts = calloc(count, sizeof *firsts);
    alphabet->symbols = calloc(count, 1);
    alphabet->firsts = firsts;
    if (!firsts || !alphabet->symbols) return rg_fail_memory(err, "alphabet", count * sizeof *firsts);

    size_t used = 1; /* firsts[0] is 0 */
    for (size_t i = 0; i < set_count; i++) {
        for (size_t k = 0; k < sets[i].count; k++) {
            firsts[used++] = sets[i].ranges[k].first;
            firsts[used++] = sets[i].ranges[k].last + 1;
        }
    }
    qsort(firsts, used, sizeof *firsts, by_value);
    size_t kept = 0;
    for (size_t i = 1; i < used && firsts[i] <= RG_LAST_CODE_POINT; i++) {
        if (firsts[i] != firsts[kept]) firsts[++kept] = firsts[i];
    }
    alphabet->interval_count = kept + 1;
    return RGPT_OK;
}

/* Two intervals are one class when the same sets hold them; `signatures` has a row of bits a class. */
static rgpt_status classify(rg_alphabet *alphabet, const rg_charset *sets, size_t set_count, uint8_t *signatures,
                            size_t row, rgpt_error *err) {
    for (size_t i = 0; i < alphabet->interval_count; i++) {
        uint8_t *fresh = signatures + (size_t)alphabet->symbol_count * row;
        memset(fresh, 0, row);
        for (size_t s = 0; s < set_count; s++) {
            if (rg_charset_has(&sets[s], alphabet->firsts[i])) fresh[s / 8] |= (uint8_t)(1 << s % 8);
        }
        int symbol = 0;
        while (memcmp(signatures + (size_t)symbol * row, fresh, row) != 0) symbol++;
        if (symbol == RG_ALPHABET_LIMIT) return rg_fail(err, RGPT_LIMIT, "alphabet: over %d classes", symbol);
        if (symbol == alphabet->symbol_count) alphabet->symbol_count++;
        alphabet->symbols[i] = (uint8_t)symbol;
    }
    return RGPT_OK;
}

static rgpt_status find_classes(rg_alphabet *alphabet, const rg_charset *sets, size_t set_count, rgpt_error *err) {
    size_t row = set_count / 8 + 1;
    uint8_t *signatures = calloc(RG_ALPHABET_LIMIT + 1, row); /* one more for the interval at hand */
    alphabet->members = calloc(set_count + 1, sizeof *alphabet->members);
    if (!signatures || !alphabet->members) {
        free(signatures);
        return rg_fail_memory(err, "alphabet", row * RG_ALPHABET_LIMIT);
    }
    rgpt_status status = classify(alphabet, sets, set_count, signatures, row, err);
    for (int symbol = 0; symbol < alphabet->symbol_count; symbol++) {
        for (size_t s = 0; s < set_count; s++) {
            bool is_member = signatures[(size_t)symbol * row + s / 8] >> (s % 8) & 1;
            if (is_member) alphabet->members[s][symbol / 8] |= (uint8_t)(1 << symbol % 8);
        }
    }
    free(signatures);
    return status;
}

rgpt_status rg_alphabet_init(rg_alphabet *alphabet, const rg_charset *sets, size_t set_count, rgpt_error *err) {
    *alphabet = (rg_alphabet){0};
    rgpt_status status = find_intervals(alphabet, sets, set_count, err);
    if (status == RGPT_OK) status = find_classes(alphabet, sets, set_count, err);
    if (status != RGPT_OK) {
        rg_alphabet_reset(alphabet);
        return status;
    }
    for (size_t i = 0; i < alphabet->interval_count && alphabet->firsts[i] < 128; i++) {
        memset(alphabet->ascii + alphabet->firsts[i], alphabet->symbols[i], 128 - alphabet->firsts[i]);
    }
    return RGPT_OK;
}

uint8_t rg_alphabet_symbol(const rg_alphabet *alphabet, uint32_t code) {
    if (code < 128) return alphabet->ascii[code];
    size_t low = 0, high = alphabet->interval_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (alphabet->firsts[middle] <= code) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return alphabet->symbols[low];
}

void rg_alphabet_reset(rg_alphabet *alphabet) {
    free(alphabet->firsts);
    free(alphabet->symbols);
    free(alphabet->members);
    *alphabet = (rg_alphabet){0};
}
