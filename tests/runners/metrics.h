/* metrics.h - the kinds of metric oracle: predictions, and the scores that the metric's reference
 * implementation gives them (layout of /eval in the shared material, see doc/testing.md).
 *
 * Each function takes an oracle folder, and writes one line of figures; the return value is RG_CASE_PASS,
 * RG_CASE_FAIL or RG_CASE_SKIP.
 */
#ifndef RG_TESTS_METRICS_H
#define RG_TESTS_METRICS_H

#include "case.h"

int rg_metrics_coco_det(const char *dir, char *line, size_t line_size);   /* COCO detection, boxes and masks */
int rg_metrics_region_cls(const char *dir, char *line, size_t line_size); /* region classification */
int rg_metrics_mask(const char *dir, char *line, size_t line_size);       /* RLE, polygons, areas, IoU */
int rg_metrics_caption(const char *dir, char *line, size_t line_size);    /* BLEU, CIDEr, METEOR, ROUGE-L, stages */
int rg_metrics_pope(const char *dir, char *line, size_t line_size);       /* yes/no answers on absent objects */

#endif
