/* caption_stage.h - the oracles of single stages of caption metrics, one JSON file each: PTB tokens, METEOR's
 * normaliser, stemmer, synonyms and alignment. A file's members say which stage it is about. */
#ifndef RG_TESTS_CAPTION_STAGE_H
#define RG_TESTS_CAPTION_STAGE_H

#include <jansson.h>
#include <stdbool.h>

#include "eval/meteor.h"
#include "score.h"

/* An oracle folder and what goes with it. */
typedef struct caption_folder {
    const char *dir;
    char meteor_data[4096]; /* "" where there is none */
    rg_score score;
    int stage_count, skipped; /* files compared; files or scores for which something is missing */
} caption_folder;

/* Runs the stage that the file is about. Returns false if it is about none. */
bool caption_stage_run(caption_folder *folder, const char *name, const json_t *root);

/* The options of a set of METEOR modules, by its name in the oracles: "exact", "exact_stem", "ess" (with
 * synonyms), "essp_NAME" (and paraphrase-NAME.gz of the folder). False if its data are not there. `path` holds
 * what the options point to. */
bool caption_meteor_options(const caption_folder *folder, const char *set, rg_meteor_options *options, char *path,
                            size_t path_size);

/* Compares a line of text; `what` and the index name it. */
void caption_compare_text(caption_folder *folder, const char *what, size_t index, const char *found,
                          const char *wanted);

/* Compares the tokens of captions, as lines of one document, raw and without what metrics leave out (each NULL:
 * not compared). */
void caption_compare_tokens(caption_folder *folder, const char *what, const json_t *captions, const json_t *raw,
                            const json_t *filtered);

#endif
