/* Memory failures in the evaluation of detections, from COCO files in memory to the twelve numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/file.h"
#include "eval/coco_ap.h"
#include "scratch.h"
#include "torture.h"

static const char truth_json[] =
    "{\"images\": [{\"id\": 1, \"width\": 8, \"height\": 8, \"file_name\": \"a.png\"}],"
    " \"categories\": [{\"id\": 3, \"name\": \"dog\"}, {\"id\": 5, \"name\": \"cat\"}],"
    " \"annotations\": ["
    "  {\"id\": 1, \"image_id\": 1, \"category_id\": 3, \"iscrowd\": 0, \"area\": 25, \"bbox\": [1, 1, 5, 5],"
    "   \"segmentation\": [[1, 1, 6, 1, 6, 6, 1, 6]]},"
    "  {\"id\": 2, \"image_id\": 1, \"category_id\": 5, \"iscrowd\": 1, \"area\": 20, \"bbox\": [0, 0, 8, 8],"
    "   \"segmentation\": {\"size\": [8, 8], \"counts\": [10, 20, 34]}}]}";

static const char results_json[] = "[{\"image_id\": 1, \"category_id\": 3, \"score\": 0.5,"
                                   "  \"segmentation\": {\"size\": [8, 8], \"counts\": \":d0R1\"}},"
                                   " {\"image_id\": 1, \"category_id\": 3, \"score\": 0.25,"
                                   "  \"segmentation\": {\"size\": [8, 8], \"counts\": \":d0R1\"}}]";

static rgpt_status add(void *context, const rg_coco_detection *detection, rgpt_error *err) {
    return rg_ap_add(context, detection, err);
}

static rgpt_status evaluate(const rg_coco_truth *truth, rgpt_error *err) {
    rg_ap_summary summary;
    rg_ap *ap;
    rgpt_status status = rg_ap_new(truth, &(rg_ap_options){.by_mask = true}, &ap, err);
    if (status != RGPT_OK) return status;
    status = rg_coco_results_read_bytes("results", results_json, strlen(results_json), truth, true, add, ap, err);
    if (status == RGPT_OK) status = rg_ap_finish(ap, &summary, err);
    rg_ap_pair pair;
    if (status == RGPT_OK) status = rg_ap_pair_at(ap, 0, 0, 0, &pair, err);
    if (status == RGPT_OK) {
        assert_int_equal(summary.detection_count, 2);
        assert_int_equal(pair.detection_count, 2);
        rg_ap_pair_reset(&pair);
    }
    rg_ap_free(ap);
    return status;
}

static rgpt_status detection_story(void *what, rgpt_error *err) {
    rg_coco_truth truth;
    rgpt_status status = rg_coco_truth_read(what, RG_COCO_AREAS | RG_COCO_MASKS, &truth, err);
    if (status != RGPT_OK) return status;
    status = evaluate(&truth, err);
    rg_coco_truth_reset(&truth);
    return status;
}

static void write_truth(const char *path) {
    assert_int_equal(rg_file_write(path, truth_json, strlen(truth_json), NULL), RGPT_OK);
}

static void detections_survive_full_memory(void **state) {
    write_truth(*state);
    torture_memory(detection_story, *state, 0);
}

static void detections_survive_failing_calls(void **state) {
    write_truth(*state);
    torture_calls(detection_story, *state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        unit_test_with_scratch(detections_survive_full_memory),
        unit_test_with_scratch(detections_survive_failing_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
