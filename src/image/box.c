#include "image/box.h"

#include <math.h>

/* Length of what two intervals share; negative when they are apart. */
static double overlap(double a, double a_length, double b, double b_length) {
    return fmin(a + a_length, b + b_length) - fmax(a, b);
}

double rg_box_shared_area(rg_box a, rg_box b) {
    double width = overlap(a.x, a.width, b.x, b.width), height = overlap(a.y, a.height, b.y, b.height);
    return width > 0 && height > 0 ? width * height : 0;
}

double rg_box_iou(rg_box detection, rg_box truth, bool is_crowd) {
    double both = rg_box_shared_area(detection, truth);
    if (both == 0) return 0;
    double area = detection.width * detection.height;
    return both / (is_crowd ? area : area + truth.width * truth.height - both);
}
