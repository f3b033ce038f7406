#include "scene_json.h"

#include "progress.h"

#include <math.h>
#include <string.h>

static json_t *region_json(size_t id, const rgpt_region_info *info) {
    const double *b = info->box;
    return json_pack("{si ss s[ffff] sI}", "id", (int)id, "kind", info->kind, "box", b[0], b[1], b[2], b[3], "area",
                     (json_int_t)info->area);
}

void cli_scene_json_begin(cli_scene *scene) {
    cli_json *json = &scene->json;
    const char *name = scene->info.name, *path = scene->image_path;
    int width = rgpt_image_width(scene->image), height = rgpt_image_height(scene->image);
    cli_json_set(json, "model", cli_json_text(name, strlen(name)));
    cli_json_set(json, "image",
                 json_pack("{so si si}", "path", cli_json_text(path, strlen(path)), "width", width, "height", height));
    cli_json_set(json, "regions", json_array());
    rgpt_region_info info;
    for (size_t i = 0; rgpt_regions_get(scene->regions, i, &info); i++) {
        cli_json_append(json, "regions", region_json(i + 1, &info));
    }
}

void cli_scene_json_answer(cli_scene *scene, size_t region, const rgpt_answer *answer) {
    static const char *const stops[] = {
        [RGPT_STOP_EOS] = "eos", [RGPT_STOP_LENGTH] = "length", [RGPT_STOP_STRING] = "stop_string"};
    json_t *item = region ? json_pack("{si}", "region", (int)region) : json_object();
    json_t *rest = json_pack("{so si ss}", "text", cli_json_text(answer->text, answer->text_size), "tokens",
                             answer->usage.generated_tokens, "stop", stops[answer->stop]);
    if (json_object_update(item, rest) != 0) scene->json.has_failed = true;
    json_decref(rest);
    cli_json_append(&scene->json, "answers", item);
}

/* Microseconds are noise. */
static double rounded(double ms) {
    return round(ms * 1e3) / 1e3;
}

void cli_scene_json_cost(cli_scene *scene) {
    const rgpt_usage *u = &scene->usage;
    cli_json_set(&scene->json, "tokens",
                 json_pack("{si si si}", "prompt", u->prompt_tokens, "cached", u->cached_tokens, "generated",
                           u->generated_tokens));
    double image = rgpt_session_image_ms(scene->session), total = cli_clock_ms() - scene->started_ms;
    cli_json_set(&scene->json, "ms",
                 json_pack("{sf sf sf sf sf}", "load", rounded(scene->load_ms), "image", rounded(image), "prefill",
                           rounded(u->prefill_ms), "decode", rounded(u->decode_ms), "total", rounded(total)));
}
