/* convert.c - rgpt_convert: parts in, one model file out. */
#include "model/import.h"

rgpt_status rgpt_convert(const char *const *sources, size_t source_count, const char *out_path, rgpt_progress progress,
                         void *context, rgpt_error *err) {
    rg_error_clear(err);
    rg_import im;
    rgpt_status status = rg_import_open(&im, sources, source_count, err);
    if (status != RGPT_OK) return status;
    status = rg_import_write(&im, out_path, progress, context, err);
    rg_import_reset(&im);
    return status;
}
