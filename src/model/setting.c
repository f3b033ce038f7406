#include "model/setting.h"

#include <stdint.h>

double rg_setting_number(const json_t *object, const char *key, double otherwise) {
    const json_t *value = json_object_get(object, key);
    return !value || json_is_null(value) ? otherwise : json_number_value(value);
}

int rg_setting_int(const json_t *object, const char *key, int otherwise) {
    double value = rg_setting_number(object, key, otherwise);
    return value >= 0 && value <= INT32_MAX ? (int)value : 0;
}

void rg_setting_three(const json_t *object, const char *key, const float otherwise[3], float out[3]) {
    const json_t *list = json_object_get(object, key);
    for (size_t i = 0; i < 3; i++) {
        const json_t *value = json_array_get(list, i);
        out[i] = json_is_number(value) ? (float)json_number_value(value) : otherwise[i];
    }
}
