/* Any bytes as COCO files: ground truth up to the first zero byte, then results, which are evaluated. Without
 * a zero byte they are results of a fixed ground truth, and JSON lines. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_stream.h"
#include "eval/coco_ap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char fixed_truth[] =
    "{\"images\":[{\"id\":1,\"width\":9,\"height\":9},{\"id\":2,\"width\":40,\"height\":30}],"
    "\"categories\":[{\"id\":1},{\"id\":2}],\"annotations\":["
    "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,4,4],\"area\":16,\"segmentation\":[[0,0,4,0,4,4,0,4]]},"
    "{\"id\":0,\"image_id\":2,\"category_id\":1,\"bbox\":[0,0,40,30],\"area\":1024,\"iscrowd\":1,"
    "\"segmentation\":{\"size\":[30,40],\"counts\":[0,1200]}},"
    "{\"id\":7,\"image_id\":2,\"category_id\":2,\"bbox\":[1,1,3,3],\"area\":9,"
    "\"segmentation\":{\"size\":[30,40],\"counts\":[31,3,27,3,1136]}}]}";

/* A failure has a message, and only a failure. */
static bool succeeds(rgpt_status status, const rgpt_error *err) {
    if ((status == RGPT_OK) != (err->message[0] == '\0') || status != err->status) abort();
    return status == RGPT_OK;
}

static rgpt_status receive(void *context, const rg_coco_detection *detection, rgpt_error *err) {
    return rg_ap_add(context, detection, err);
}

static void look_at_pairs(const rg_ap *ap, const rg_coco_truth *truth) {
    for (uint32_t image = 0; image < truth->image_count && image < 3; image++) {
        for (uint32_t category = 0; category < truth->category_count && category < 3; category++) {
            rg_ap_pair pair;
            if (rg_ap_pair_at(ap, image, category, RG_AP_MEDIUM, &pair, NULL) != RGPT_OK) abort();
            rg_ap_pair_reset(&pair);
        }
    }
}

static void evaluate(const rg_coco_truth *truth, const void *results, size_t size, bool by_mask, bool pooled) {
    rgpt_error err = {0};
    rg_ap *ap;
    rg_ap_summary summary;
    if (truth->category_count > 100) return; /* curves of thousands of categories cost time and show nothing */
    const rg_ap_options options = {.by_mask = by_mask, .pool_categories = pooled};
    if (!succeeds(rg_ap_new(truth, &options, &ap, &err), &err)) return;
    if (succeeds(rg_coco_results_read_bytes("R", results, size, truth, by_mask, receive, ap, &err), &err)) {
        if (!succeeds(rg_ap_finish(ap, &summary, &err), &err)) abort();
        for (rg_ap_number n = 0; n < RG_AP_NUMBER_COUNT; n++) {
            double value = summary.numbers[n];
            if (value != -1 && !(value >= 0 && value <= 1)) abort();
        }
        look_at_pairs(ap, truth);
    }
    rg_ap_free(ap);
}

static void use(const char *truth_text, size_t truth_size, const void *results, size_t size) {
    for (unsigned way = 0; way < 4; way++) {
        rgpt_error err = {0};
        rg_coco_truth truth;
        bool by_mask = way & 1;
        unsigned needs = RG_COCO_AREAS | (by_mask ? RG_COCO_MASKS : RG_COCO_BOXES);
        rgpt_status status = rg_coco_truth_read_bytes("T", truth_text, truth_size, needs, &truth, &err);
        if (!succeeds(status, &err)) continue;
        evaluate(&truth, results, size, by_mask, way & 2);
        rg_coco_truth_reset(&truth);
    }
}

static void read_lines(const void *data, size_t size) {
    rgpt_error err = {0};
    rg_json_stream *stream;
    rg_json_record record = {0};
    if (rg_json_stream_open_bytes("L", data, size, RG_JSON_LINES, NULL, &stream, &err) != RGPT_OK) abort();
    do {
        if (!succeeds(rg_json_stream_next(stream, &record, &err), &err)) break;
        if (record.value && (record.offset >= size || strcmp(record.section, "") != 0)) abort();
    } while (record.value);
    rg_json_stream_close(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    omp_set_num_threads(1); /* the same path for the same bytes */
    const uint8_t *zero = size > 0 ? memchr(data, 0, size) : NULL;
    if (zero) {
        use((const char *)data, (size_t)(zero - data), zero + 1, size - (size_t)(zero + 1 - data));
    } else {
        use(fixed_truth, sizeof fixed_truth - 1, data, size);
        read_lines(data, size);
    }
    return 0;
}
