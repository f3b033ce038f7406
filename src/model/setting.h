/* setting.h - numbers out of somebody's config.json, where what is at its default may be left out.
 *
 * What is there but cannot be used (a string, a number that fits no int) is 0: the checks of config.h refuse
 * that by name. `object` may be NULL: nothing is in it.
 */
#ifndef RG_MODEL_SETTING_H
#define RG_MODEL_SETTING_H

#include <jansson.h>

double rg_setting_number(const json_t *object, const char *key, double otherwise);
/* 0 or more; fractions are cut off. */
int rg_setting_int(const json_t *object, const char *key, int otherwise);
/* The elements of a list of three; what is no number there is `otherwise`'s. */
void rg_setting_three(const json_t *object, const char *key, const float otherwise[3], float out[3]);

#endif
