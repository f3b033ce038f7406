/* scene_json.h - the parts of the --json object that the commands looking at an image share; all of them
 * go to scene->json. */
#ifndef CLI_SCENE_JSON_H
#define CLI_SCENE_JSON_H

#include "scene.h"

/* "model", "image", "regions". */
void cli_scene_json_begin(cli_scene *scene);

/* Appends to "answers". region: 1-based; 0: the answer is not about one region. */
void cli_scene_json_answer(cli_scene *scene, size_t region, const rgpt_answer *answer);

/* "tokens", "ms". */
void cli_scene_json_cost(cli_scene *scene);

#endif
