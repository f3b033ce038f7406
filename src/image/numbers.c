#include "image/numbers.h"

#include <stdlib.h>

#include "base/checked.h"

const char *rg_json_type_name(const json_t *value) {
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list", [JSON_STRING] = "a text", [JSON_INTEGER] = "a number",
        [JSON_REAL] = "a number",    [JSON_TRUE] = "true",    [JSON_FALSE] = "false",   [JSON_NULL] = "null",
    };
    return value ? names[json_typeof(value)] : "nothing";
}

rgpt_status rg_numbers_parse(const json_t *list, size_t least, size_t most, const char *wanted, double **out,
                             size_t *count, rgpt_error *err) {
    *out = NULL;
    *count = json_array_size(list);
    if (!json_is_array(list)) {
        return rg_fail(err, RGPT_FORMAT, "found %s, wanted a list %s", rg_json_type_name(list), wanted);
    }
    if (*count < least || *count > most) {
        return rg_fail(err, RGPT_FORMAT, "found %zu numbers, wanted %s", *count, wanted);
    }
    size_t size = SIZE_MAX;
    double *numbers = rg_mul_size(*count + 1, sizeof *numbers, &size) ? malloc(size) : NULL;
    if (!numbers) return rg_fail_memory(err, "region", size);
    for (size_t i = 0; i < *count; i++) {
        const json_t *number = json_array_get(list, i);
        if (!json_is_number(number)) {
            free(numbers);
            return rg_fail(err, RGPT_FORMAT, "number %zu: found %s, wanted %s", i, rg_json_type_name(number), wanted);
        }
        numbers[i] = json_number_value(number);
    }
    *out = numbers;
    return RGPT_OK;
}

rgpt_status rg_points_parse(const json_t *list, size_t least, double **xy, size_t *point_count, rgpt_error *err) {
    static const char wanted[] = "x1, y1, x2, y2, ...";
    size_t count;
    rgpt_status status = rg_numbers_parse(list, 0, SIZE_MAX, wanted, xy, &count, err);
    if (status != RGPT_OK) return status;
    *point_count = count / 2;
    if (count % 2 == 0 && *point_count >= least) return RGPT_OK;
    free(*xy);
    *xy = NULL;
    return rg_fail(err, RGPT_FORMAT, "found %zu numbers, wanted an even count of at least %zu, %s", count, 2 * least,
                   wanted);
}
