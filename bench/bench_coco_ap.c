/* bench_coco_ap.c - COCO detection evaluation from files to the twelve numbers.
 *
 *     bench_coco_ap TRUTH.json RESULTS.json bbox|segm
 *
 * Prints one JSON object: seconds of each part and in all, and the numbers. bench/compare_pycocotools.py
 * makes files of COCO's real size and runs pycocotools on the same. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "eval/coco_ap.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static rgpt_status evaluate(const char *truth_path, const char *result_path, bool by_mask, double times[4],
                            rg_ap_summary *out, rgpt_error *err) {
    unsigned needs = RG_COCO_AREAS | (by_mask ? RG_COCO_MASKS : RG_COCO_BOXES);
    rg_coco_truth truth;
    rg_ap *ap = NULL;
    times[0] = now();
    rgpt_status status = rg_coco_truth_read(truth_path, needs, &truth, err);
    if (status != RGPT_OK) return status;
    times[1] = now();
    status = rg_ap_new(&truth, &(rg_ap_options){.by_mask = by_mask}, &ap, err);
    if (status == RGPT_OK) status = rg_ap_add_file(ap, result_path, err);
    times[2] = now();
    if (status == RGPT_OK) status = rg_ap_finish(ap, out, err);
    times[3] = now();
    rg_ap_free(ap);
    rg_coco_truth_reset(&truth);
    return status;
}

int main(int argc, char **argv) {
    bool by_mask = argc == 4 && strcmp(argv[3], "segm") == 0;
    if (argc != 4 || (!by_mask && strcmp(argv[3], "bbox") != 0)) {
        fprintf(stderr, "usage: %s TRUTH.json RESULTS.json bbox|segm\n", argv[0]);
        return 2;
    }
    double times[4];
    rg_ap_summary summary;
    rgpt_error err = {0};
    if (evaluate(argv[1], argv[2], by_mask, times, &summary, &err) != RGPT_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("{\"truth_s\": %.3f, \"results_s\": %.3f, \"evaluate_s\": %.3f, \"total_s\": %.3f, \"detections\": %zu",
           times[1] - times[0], times[2] - times[1], times[3] - times[2], times[3] - times[0], summary.detection_count);
    for (rg_ap_number n = 0; n < RG_AP_NUMBER_COUNT; n++) {
        printf(", \"%s\": %.17g", rg_ap_number_name(n), summary.numbers[n]);
    }
    printf("}\n");
    return 0;
}
