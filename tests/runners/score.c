#include "score.h"

#include <math.h>
#include <stdio.h>

#include "case.h"

void rg_score_number(rg_score *s, const char *what, double found, double wanted) {
    double difference = fabs(found - wanted);
    s->compared++;
    if (difference > s->worst) s->worst = difference;
    if (difference <= 1e-12) return; /* false for a NaN */
    if (s->wrong++ > 0) return;
    snprintf(s->first, sizeof s->first, "%s%s: found %.17g, wanted %.17g", s->context, what, found, wanted);
}

void rg_score_json(rg_score *s, const char *what, double found, const json_t *wanted) {
    if (wanted) rg_score_number(s, what, found, json_is_null(wanted) ? -1 : json_number_value(wanted));
}

void rg_score_fail(rg_score *s, const char *what) {
    s->compared++;
    if (s->wrong++ == 0) snprintf(s->first, sizeof s->first, "%s%s", s->context, what);
}

int rg_score_close(const rg_score *s, const char *figures, char *line, size_t line_size) {
    if (s->wrong > 0) {
        snprintf(line, line_size, "%s; %zu of %zu wrong", s->first, s->wrong, s->compared);
        return RG_CASE_FAIL;
    }
    snprintf(line, line_size, "%s; %zu numbers, worst difference %.2g", figures, s->compared, s->worst);
    return s->compared > 0 ? RG_CASE_PASS : RG_CASE_FAIL;
}
