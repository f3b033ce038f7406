/* prompt.h - a conversation about an image and its regions, as the list of items the decoder reads.
 *
 * In user turns "<image>" stands for the image and "<regionN>" (N = 1, 2, ... without leading zeros) for
 * the N-th region; everything else a user writes is plain text, also what looks like a special token, a
 * role or a half-written tag. System and assistant texts are plain throughout: an answer is read back as
 * it was generated.
 *
 * The image opens the first user turn, followed by a line break; it is put there where the text does not
 * say so. A region may be mentioned anywhere, often, and in later turns: one embedding serves all.
 *
 * Text between two items that are no plain text (special tokens, image, regions) is tokenised as one
 * segment. The items of turns 1..k are a prefix of those of turns 1..k+1, so a key-value cache stays
 * valid. Time and memory are linear in the conversation. SPEC.md section 3, RELIABILITY.md J4.
 */
#ifndef RG_TEXT_PROMPT_H
#define RG_TEXT_PROMPT_H

#include "text/template.h"

enum { RG_PROMPT_TAG_LIMIT = 4096 }; /* mentions of regions in one conversation */

typedef enum rg_item_kind {
    RG_ITEM_TOKEN, /* id: a token of the vocabulary */
    RG_ITEM_IMAGE, /* id: cell of the image, 0 .. image_cells-1, in order */
    RG_ITEM_REGION /* id: region, N-1 of <regionN> */
} rg_item_kind;

typedef struct rg_item {
    int32_t id;
    uint8_t kind;   /* rg_item_kind */
    bool is_answer; /* an assistant's text or the end of turn after it: what training learns from */
} rg_item;

typedef struct rg_turn {
    rg_role role;
    const char *text; /* UTF-8; not NULL unless `ids` is set */
    size_t size;
    const int32_t *ids; /* assistant only: as generated, less the stop token; goes before `text`; else NULL */
    size_t id_count;
} rg_turn;

typedef struct rg_prompt_setting {
    const rg_tokenizer *tokenizer;
    const rg_template *tpl;  /* passed rg_template_check */
    size_t image_cells;      /* 0: no image, and "<image>" is an error */
    size_t region_count;     /* "<region1>" .. "<regionR>" exist */
    bool needs_every_region; /* a region that no turn mentions is an error */
    size_t item_limit;       /* RGPT_LIMIT beyond: the context length */
} rg_prompt_setting;

typedef struct rg_prompt {
    rg_item *items;
    size_t count;
    size_t allocated;
} rg_prompt;

/* Turns: at most one system turn, first; then user and assistant in alternation, user first. After a last
 * user turn comes the generation prompt. Errors name the turn (1 = first) and the tag. `out` is
 * zero-initialised or reset; after a failure it is empty. */
rgpt_status rg_prompt_build(const rg_prompt_setting *setting, const rg_turn *turns, size_t turn_count, rg_prompt *out,
                            rgpt_error *err);
void rg_prompt_reset(rg_prompt *prompt); /* frees */

/* Appends the tokens a model writes when its answer is this text, the end of turn included: the is_answer items of
 * an assistant's turn. For a closed set of answers (label_tree.h). After a failure `ids` is as before. */
rgpt_status rg_prompt_answer(const rg_template *tpl, const rg_tokenizer *t, const char *text, size_t size, rg_ids *ids,
                             rgpt_error *err);

#endif
