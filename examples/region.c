/* region.c - the whole library in one page: open a model and a photo, mark a box, ask about it.
 *
 *     cc region.c $(pkg-config --cflags --libs rgpt) -o region
 *     ./region rgpt-tiny.gguf photo.jpg 87 91 82 74 "What is <region1>?"
 */
#include <rgpt/rgpt.h>

#include <stdio.h>
#include <stdlib.h>

/* Called with each piece of the answer as it is made; returning false would stop it. */
static bool on_text(void *context, const char *text, size_t size) {
    (void)context;
    return fwrite(text, 1, size, stdout) == size && fflush(stdout) == 0;
}

int main(int argc, char **argv) {
    if (argc != 8) {
        fprintf(stderr, "usage: region MODEL IMAGE X Y WIDTH HEIGHT QUESTION\n");
        return 2;
    }
    /* Starting from NULL and zero, whatever was not reached can be closed all the same. */
    rgpt_model *model = NULL;
    rgpt_image *image = NULL;
    rgpt_regions *regions = NULL;
    rgpt_session *session = NULL;
    rgpt_answer answer = {0};
    rgpt_generate_options options = {.on_text = on_text};
    rgpt_error err = {0};
    double x = atof(argv[3]), y = atof(argv[4]), width = atof(argv[5]), height = atof(argv[6]);

    /* Every call returns RGPT_OK (0) or says in `err` why not, so the first failure ends the chain. */
    bool ok = !rgpt_model_open(argv[1], NULL, &model, &err) && !rgpt_image_open(argv[2], &image, &err) &&
              !rgpt_regions_new(rgpt_image_width(image), rgpt_image_height(image), &regions, &err) &&
              !rgpt_regions_add_box(regions, x, y, width, height, &err) && /* the first region is <region1> */
              !rgpt_session_open(model, NULL, &session, &err) &&
              !rgpt_session_look(session, image, regions, &err) && /* one look serves any number of questions */
              !rgpt_ask(session, argv[7], &options, &answer, &err);
    if (ok) {
        printf("\n(%d tokens in %.0f ms)\n", answer.usage.generated_tokens, answer.usage.decode_ms);
    } else {
        fprintf(stderr, "region: %s\n", err.message);
    }

    rgpt_answer_reset(&answer);
    rgpt_session_close(session); /* a session must not outlive its model; the rest is in no order */
    rgpt_regions_free(regions);
    rgpt_image_close(image);
    rgpt_model_close(model);
    return ok ? 0 : 1;
}
