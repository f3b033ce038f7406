/* coco_record.h - visiting the records of a COCO file, and taking typed members out of one.
 *
 * Internal to the readers behind coco_json.h. A member's fault is RGPT_FORMAT and says what was found and
 * what was wanted; rg_each_record puts the record's place before it.
 */
#ifndef RG_EVAL_COCO_RECORD_H
#define RG_EVAL_COCO_RECORD_H

#include "base/json_stream.h"
#include "image/box.h"

/* A file, or bytes that stand for one. */
typedef struct rg_json_source {
    const char *name;  /* the path, or what errors call the bytes */
    const void *bytes; /* NULL: open `name` */
    size_t size;
} rg_json_source;

typedef rgpt_status rg_record_fn(void *context, const rg_json_record *record, rgpt_error *err);

/* Hands every record of a file of this layout (of its wanted sections, as for rg_json_stream_open) to `visit`;
 * each is an object. */
rgpt_status rg_each_record(const rg_json_source *source, rg_json_layout layout, const char *const *sections,
                           rg_record_fn *visit, void *context, rgpt_error *err);

/* A required integer. Reals without a fraction (42.0, as numpy writes ids) are integers too. */
rgpt_status rg_field_id(const json_t *record, const char *key, int64_t *out, rgpt_error *err);

/* A required number (any that JSON can hold is finite). */
rgpt_status rg_field_number(const json_t *record, const char *key, double *out, rgpt_error *err);

/* A required string; borrowed from the record. */
rgpt_status rg_field_text(const json_t *record, const char *key, const char **out, rgpt_error *err);

/* A required [x, y, width, height] with no negative size. */
rgpt_status rg_field_box(const json_t *record, const char *key, rg_box *out, rgpt_error *err);

/* A pixel count from 1 to 2^31 - 1, or 0 when the member is absent. */
rgpt_status rg_field_size(const json_t *record, const char *key, uint32_t *out, rgpt_error *err);

/* 0, 1, false or true; absent is false. */
rgpt_status rg_field_flag(const json_t *record, const char *key, bool *out, rgpt_error *err);

/* The ids seen so far, to find one that comes twice. Zero-initialise; reset frees. */
typedef struct rg_id_list {
    struct rg_id_place {
        int64_t id;
        size_t index; /* of the record */
    } * items;
    size_t count, allocated;
} rg_id_list;

rgpt_status rg_id_list_add(rg_id_list *list, int64_t id, size_t index, rgpt_error *err);

/* Sorts by id; RGPT_FORMAT when one comes twice: "annotations[3] and annotations[17]: both have KEY 42". */
rgpt_status rg_id_list_sort(rg_id_list *list, const char *section, const char *key, rgpt_error *err);

void rg_id_list_reset(rg_id_list *list);

#endif
