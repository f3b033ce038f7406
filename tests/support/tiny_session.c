#include "tiny_session.h"

enum { WIDTH = 48, HEIGHT = 40 };

rgpt_status rg_tiny_image(rgpt_image **out, rgpt_error *err) {
    uint8_t rgb[WIDTH * HEIGHT * 3];
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        rgb[3 * i] = (uint8_t)(5 * (i % WIDTH));
        rgb[3 * i + 1] = (uint8_t)(6 * (i / WIDTH));
        rgb[3 * i + 2] = (uint8_t)(i * 37);
    }
    return rgpt_image_from_rgb(rgb, WIDTH, HEIGHT, 3 * WIDTH, out, err);
}

rgpt_status rg_tiny_regions(rgpt_regions **out, rgpt_error *err) {
    static const double triangle[] = {2, 2, 40, 4, 20, 36};
    rgpt_status status = rgpt_regions_new(WIDTH, HEIGHT, out, err);
    if (status != RGPT_OK) return status;
    status = rgpt_regions_add_box(*out, 4, 5, 20, 12, err);
    if (status == RGPT_OK) status = rgpt_regions_add_point(*out, 30, 20, 6, err);
    if (status == RGPT_OK) status = rgpt_regions_add_polygon(*out, triangle, 3, err);
    if (status != RGPT_OK) {
        rgpt_regions_free(*out);
        *out = NULL;
    }
    return status;
}

rgpt_status rg_tiny_session(rgpt_model *model, rgpt_session **out, rgpt_error *err) {
    *out = NULL;
    rgpt_image *image = NULL;
    rgpt_regions *regions = NULL;
    rgpt_status status = rg_tiny_image(&image, err);
    if (status == RGPT_OK) status = rg_tiny_regions(&regions, err);
    if (status == RGPT_OK) status = rgpt_session_open(model, NULL, out, err);
    if (status == RGPT_OK) status = rgpt_session_look(*out, image, regions, err);
    rgpt_regions_free(regions);
    rgpt_image_close(image);
    if (status != RGPT_OK) {
        rgpt_session_close(*out);
        *out = NULL;
    }
    return status;
}
