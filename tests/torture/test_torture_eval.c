/* Memory and file failures in the metrics: reading COCO files, average precision, classification, POPE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "eval/classify.h"
#include "eval/pope.h"
#include "eval/pope_questions.h"
#include "eval/refer.h"
#include "torture.h"

static const char truth_text[] =
    "{\"images\":[{\"id\":1,\"width\":9,\"height\":9,\"file_name\":\"1.jpg\"},{\"id\":2,\"width\":9,\"height\":9}],"
    "\"categories\":[{\"id\":1,\"name\":\"dog\"},{\"id\":2,\"name\":\"cat\"}],\"annotations\":["
    "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,4,4],\"area\":16,\"segmentation\":[[0,0,4,0,4,4,0,4]]},"
    "{\"id\":2,\"image_id\":2,\"category_id\":2,\"bbox\":[0,0,4,4],\"area\":16,\"iscrowd\":1,"
    "\"segmentation\":{\"size\":[9,9],\"counts\":[0,9,72]}}]}";
static const char results_text[] = "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"bbox\":[0,0,4,4]},"
                                   "{\"image_id\":2,\"category_id\":1,\"score\":0.5,\"bbox\":[0,0,4,4],"
                                   "\"segmentation\":{\"size\":[9,9],\"counts\":[9,4,68]}}]";
static const char caption_text[] =
    "{\"images\":[{\"id\":1}],\"annotations\":[{\"id\":1,\"image_id\":1,\"caption\":\"a dog\"}]}";
static const char question_text[] = "{\"question_id\":1,\"text\":\"A?\",\"label\":\"yes\"}\n";
static const char answer_text[] = "{\"question_id\":1,\"answer\":\"yes\"}\n";

typedef struct paths {
    char truth[64], results[64], captions[64], questions[64], answers[64];
} paths;

static rgpt_status look_at(const rg_ap *ap, rgpt_error *err) {
    rg_ap_curve *curve = malloc(sizeof *curve);
    if (!curve) return RGPT_OK; /* the test's own */
    rg_ap_pair pair = {0};
    rgpt_status status = rg_ap_curve_at(ap, 0, RG_AP_ALL, 0, curve, err);
    if (status == RGPT_OK) status = rg_ap_pair_at(ap, 0, 0, RG_AP_ALL, &pair, err);
    rg_ap_pair_reset(&pair);
    free(curve);
    return status;
}

static rgpt_status detect(void *what, rgpt_error *err) {
    const paths *p = what;
    rg_coco_truth truth;
    rg_ap *ap = NULL;
    rg_ap_summary summary;
    const int64_t ids[] = {1, 2};
    rgpt_status status = rg_coco_truth_read(p->truth, RG_COCO_BOXES | RG_COCO_AREAS | RG_COCO_MASKS, &truth, err);
    if (status != RGPT_OK) return status;
    const rg_ap_options options = {.by_mask = true, .image_ids = ids, .image_id_count = 2};
    status = rg_ap_new(&truth, &options, &ap, err);
    if (status == RGPT_OK) status = rg_ap_add_file(ap, p->results, err);
    if (status == RGPT_OK) status = rg_ap_finish(ap, &summary, err);
    if (status == RGPT_OK) assert_true(summary.numbers[RG_AP50] > 0.49);
    if (status == RGPT_OK) status = look_at(ap, err);
    rg_ap_free(ap);
    rg_coco_truth_reset(&truth);
    return status;
}

static rgpt_status classify(void *what, rgpt_error *err) {
    const paths *p = what;
    rg_coco_truth truth;
    rg_class *run = NULL;
    rg_class_report report = {0};
    rgpt_status status = rg_coco_truth_read(p->truth, RG_COCO_BOXES | RG_COCO_AREAS, &truth, err);
    if (status != RGPT_OK) return status;
    status = rg_class_new(&truth, (1 << RG_CLASS_VARIANT_COUNT) - 1, &run, err);
    for (uint32_t i = 0; status == RGPT_OK && i < 2; i++) {
        status = rg_class_add(run, &(rg_class_answer){.annotation = i, .text = "dog"}, err);
    }
    if (status == RGPT_OK) status = rg_class_finish(run, &report, err);
    rg_class_report_reset(&report);
    rg_class_free(run);
    rg_coco_truth_reset(&truth);
    return status;
}

static rgpt_status ask(void *what, rgpt_error *err) {
    const paths *p = what;
    rg_pope_counts counts;
    rg_coco_truth truth;
    rg_buffer out = {.cap = 1 << 16};
    rgpt_status status = rg_pope_read(p->questions, p->answers, &counts, err);
    if (status == RGPT_OK) status = rg_coco_truth_read(p->truth, 0, &truth, err);
    if (status != RGPT_OK) return status;
    const rg_pope_plan plan = {.setting = RG_POPE_ADVERSARIAL, .images = 2, .objects = 1};
    status = rg_pope_write_questions(&truth, &plan, &out, err);
    rg_buffer_reset(&out);
    rg_coco_truth_reset(&truth);
    return status;
}

static rgpt_status read_captions(void *what, rgpt_error *err) {
    const paths *p = what;
    rg_coco_captions captions;
    rgpt_status status = rg_coco_captions_read_truth(p->captions, &captions, err);
    if (status == RGPT_OK) rg_coco_captions_reset(&captions);
    return status;
}

static rgpt_status refer(void *what, rgpt_error *err) {
    (void)what;
    rg_refer_counts counts = {0};
    const rg_box box = {0, 0, 1, 1};
    rgpt_status status = rg_refer_add(&counts, &box, 1, 0, &box, err);
    if (status == RGPT_OK) status = rg_refer_add_box(&counts, NULL, box, err);
    rg_refer_reset(&counts);
    return status;
}

static int open_files(void **state) {
    static paths p;
    static char folder[] = "/tmp/rg_torture_XXXXXX";
    const struct {
        char *path;
        const char *text;
    } files[] = {{p.truth, truth_text},
                 {p.results, results_text},
                 {p.captions, caption_text},
                 {p.questions, question_text},
                 {p.answers, answer_text}};
    if (!mkdtemp(folder)) return -1;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(files[i].path, sizeof p.truth, "%s/%zu.json", folder, i);
        if (rg_file_write(files[i].path, files[i].text, strlen(files[i].text), NULL) != RGPT_OK) return -1;
    }
    *state = &p;
    return 0;
}

static int remove_files(void **state) {
    const paths *p = *state;
    const char *const files[] = {p->truth, p->results, p->captions, p->questions, p->answers};
    char folder[64];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(p->truth, '/') - p->truth), p->truth);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) unlink(files[i]);
    return rmdir(folder);
}

static void memory_fails_anywhere(void **state) {
    torture_memory(detect, *state, 0);
    torture_memory(classify, *state, 0);
    torture_memory(ask, *state, 0);
    torture_memory(read_captions, *state, 0);
    torture_memory(refer, *state, 0);
}

static void files_fail_anywhere(void **state) {
    torture_calls(detect, *state);
    torture_calls(ask, *state);
    torture_calls(read_captions, *state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_fails_anywhere),
        cmocka_unit_test(files_fail_anywhere),
    };
    return cmocka_run_group_tests(tests, open_files, remove_files);
}
