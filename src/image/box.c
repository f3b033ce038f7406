#include "image/box.h"

#include <math.h>

/* Length of what two intervals share; negative when they are apart. */
static double overlap(double a, double a_length, double b, double b_length) {
    return fmin(a + a_length, b + b_length) - fmax(a, b);
}

double rg_box_iou(rg_box detection, rg_box truth, bool is_crowd) {
    double width = overlap(detection.x, detection.width, truth.x, truth.width);
    double height = overlap(detection.y, detection.height, truth.y, truth.height);
    if (!(width > 0 && height > 0)) return 0; /* also for NaN */
    double both = width * height;
    double area = detection.width * detection.height;
    return both / (is_crowd ? area : area + truth.width * truth.height - both);
}
