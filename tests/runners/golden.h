/* golden.h - the kinds of golden case: a model or a function's input, and what an independent
 * implementation computed from it (layout of /goldens in the shared material, see doc/testing.md).
 *
 * Each function takes a case folder, compares what the library computes with what is stored there, and
 * writes one line of figures ("features max |d| 3.1e-6 of 5.2"). It returns RG_CASE_PASS, RG_CASE_FAIL or
 * RG_CASE_SKIP (with the reason in the line: a package that is not installed, not a result not reached).
 */
#ifndef RG_TESTS_GOLDEN_H
#define RG_TESTS_GOLDEN_H

#include "case.h"

int rg_golden_resize(const char *dir, char *line, size_t line_size);    /* Pillow's resize, 8-bit exact */
int rg_golden_tokenizer(const char *dir, char *line, size_t line_size); /* text -> ids */
int rg_golden_quant(const char *dir, char *line, size_t line_size);     /* block formats, both ways */
int rg_golden_vision(const char *dir, char *line, size_t line_size);    /* timm ViT, SigLIP */
int rg_golden_clip(const char *dir, char *line, size_t line_size);      /* CLIP's image and text towers */
int rg_golden_decoder(const char *dir, char *line, size_t line_size);   /* LLaMA-family decoder alone */
int rg_golden_region(const char *dir, char *line, size_t line_size);    /* refinement, pooling, connectors */
int rg_golden_llava(const char *dir, char *line, size_t line_size);     /* LLaVA as transformers saves it */
int rg_golden_rgpt(const char *dir, char *line, size_t line_size);      /* a whole RegionGPT, every stage */

#endif
