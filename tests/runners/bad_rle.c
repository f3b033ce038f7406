/* A COCO segmentation against the image that it is said to belong to. */
#include "bad.h"

#include <stdlib.h>
#include <string.h>

#include "image/segmentation.h"

/* A case too long to write out: 100,000 lists inside each other, as text through the parser. */
static rgpt_status parse_nested_lists(rgpt_error *err) {
    enum { DEPTH = 100000 };
    char *text = malloc(2 * DEPTH);
    if (!text) return rg_fail_memory(err, "test", 2 * DEPTH);
    memset(text, '[', DEPTH);
    memset(text + DEPTH, ']', DEPTH);
    json_error_t error;
    json_t *root = json_loadb(text, 2 * DEPTH, 0, &error);
    rg_rle rle = {0};
    rgpt_status status = root ? rg_segmentation_parse(root, 5, 5, &rle, err)
                              : rg_fail(err, RGPT_FORMAT, "segmentation: column %d: %s", error.column, error.text);
    rg_rle_reset(&rle);
    json_decref(root);
    free(text);
    return status;
}

rgpt_status rg_bad_rle_case(const json_t *row, rgpt_error *err) {
    const json_t *segmentation = json_object_get(row, "segmentation");
    const char *text = json_string_value(segmentation);
    if (text && strcmp(text, "DEEP") == 0) return parse_nested_lists(err);

    uint32_t height = (uint32_t)json_integer_value(json_object_get(row, "image_h"));
    uint32_t width = (uint32_t)json_integer_value(json_object_get(row, "image_w"));
    rg_rle rle;
    rgpt_status status = rg_segmentation_parse(segmentation, height, width, &rle, err);
    if (status != RGPT_OK) return status;
    uint8_t *pixels = malloc((size_t)height * width);
    if (pixels) rg_rle_decode(&rle, pixels);
    free(pixels);
    rg_rle_reset(&rle);
    return RGPT_OK;
}
