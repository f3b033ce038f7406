/* bad.h - what the bad-input runner calls: open one input as the program would, use all of it, close it.
 *
 * Each function returns the status that a user would get: RGPT_OK when the input was accepted, else the
 * refusal, with its line in `err`. Whether that was right is the runner's business (manifest.json says).
 */
#ifndef RG_TESTS_BAD_H
#define RG_TESTS_BAD_H

#include <jansson.h>
#include <rgpt/rgpt.h>

rgpt_status rg_bad_gguf(const char *path, rgpt_error *err);
rgpt_status rg_bad_safetensors(const char *path, rgpt_error *err);
rgpt_status rg_bad_image(const char *path, rgpt_error *err);
rgpt_status rg_bad_model(const char *path, rgpt_error *err); /* the file as a model, not only as a container */

/* One element of a cases.json. RLE: {"image_h", "image_w", "segmentation"}; UTF-8: {"hex", "valid",
 * "replacement_decode"}, where "accepted" means that everything came out as the case says. */
rgpt_status rg_bad_rle_case(const json_t *row, rgpt_error *err);
rgpt_status rg_bad_utf8_case(const json_t *row, rgpt_error *err);

#endif
