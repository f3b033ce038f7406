#include "train/schedule.h"

#include <math.h>

double rg_schedule_rate(const rg_schedule *s, int64_t step) {
    const double pi = 3.14159265358979323846;
    const double warm_up = ceil((double)s->steps * s->warm_up), at = (double)step;
    if (at < warm_up) return at / warm_up;
    const double rest = (double)s->steps - warm_up;
    if (at >= (double)s->steps || rest <= 0) return 0;
    return 0.5 * (1 + cos(pi * (at - warm_up) / rest));
}
