/* The two forms of COCO segmentations as regions. */
#include "image/numbers.h"
#include "image/region.h"
#include "image/segmentation.h"

rgpt_status rg_region_parse_polygon(const json_t *value, uint32_t height, uint32_t width, rg_rle *out,
                                    rgpt_error *err) {
    *out = (rg_rle){0};
    if (!json_is_array(value)) {
        return rg_fail(err, RGPT_FORMAT, "polygon: found %s, wanted a list x1, y1, x2, y2, ... or a list of such lists",
                       rg_json_type_name(value));
    }
    if (!json_is_number(json_array_get(value, 0))) return rg_segmentation_parse(value, height, width, out, err);
    json_t *rings = json_pack("[O]", value);
    if (!rings) return rg_fail_memory(err, "polygon", sizeof *rings);
    rgpt_status status = rg_segmentation_parse(rings, height, width, out, err);
    json_decref(rings);
    return status;
}

rgpt_status rg_region_parse_rle(const json_t *value, uint32_t height, uint32_t width, rg_rle *out, rgpt_error *err) {
    *out = (rg_rle){0};
    if (json_is_object(value)) return rg_segmentation_parse(value, height, width, out, err);
    return rg_fail(err, RGPT_FORMAT, "rle: found %s, wanted {\"size\": [height, width], \"counts\": ...}",
                   rg_json_type_name(value));
}
