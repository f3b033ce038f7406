#include "units.h"

#include <stdio.h>

/* Three figures and a prefix: what is compared at a glance. */
static cli_figure scaled(double value, const char *unit) {
    static const char *const prefixes[] = {"", "k", "M", "G", "T"};
    size_t i = 0;
    while (value >= 999.95 && i + 1 < sizeof prefixes / sizeof *prefixes) {
        value /= 1000;
        i++;
    }
    cli_figure figure;
    snprintf(figure.text, sizeof figure.text, "%.*f %s%s", i ? 1 : 0, value, prefixes[i], unit);
    return figure;
}

cli_figure cli_size_figure(size_t bytes) {
    return scaled((double)bytes, "B");
}
cli_figure cli_count_figure(int64_t number) {
    return scaled((double)number, "");
}
