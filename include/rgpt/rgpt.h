/* rgpt.h - the public C API of RegionGPT: ask about any part of a photo.
 *
 * Two nouns carry it. A *model* (rgpt_model) is one opened model file: immutable, shared by any number
 * of threads. A *session* (rgpt_session) is one timeline on a model: one image, its regions and a
 * conversation about them; it belongs to one thread at a time.
 *
 *     rgpt_model_open -> rgpt_image_open -> rgpt_regions_new + rgpt_regions_add_* ->
 *     rgpt_session_open -> rgpt_session_look -> rgpt_ask | rgpt_choose | rgpt_refer ...
 *
 * Errors. Every function that can fail returns an rgpt_status and, when `err` is not NULL, writes one
 * line there that says what failed, on which thing, what was found and what was wanted. The library
 * never exits, aborts or prints. After a failure every object passed in is still usable and closable,
 * and output pointers are NULL.
 *
 * Ownership. What an `*_open`, `*_new` or `*_decode` function hands out is closed or freed by the
 * function named beside it; closing NULL does nothing. A session keeps no pointer to the image or the
 * regions it was given, so they may be closed at once; it does keep its model, which must outlive it.
 *
 * Text is UTF-8. Coordinates are pixels of the image as displayed (after EXIF orientation, see
 * rgpt_image_open), x to the right, y down, the first pixel covering [0,1) x [0,1).
 */
#ifndef RGPT_H
#define RGPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RGPT_API __attribute__((visibility("default")))
#else
#define RGPT_API
#endif

/* ------------------------------------------------------------------ status and errors */

typedef enum rgpt_status {
    RGPT_OK = 0,
    RGPT_INVALID,     /* an argument, or a combination of them, makes no sense */
    RGPT_NO_MEMORY,   /* an allocation failed */
    RGPT_IO,          /* the operating system refused: open, read, write */
    RGPT_FORMAT,      /* bytes that are not what they claim to be: image, model file, RLE, JSON, UTF-8 */
    RGPT_LIMIT,       /* over a stated limit: pixels, regions, context length */
    RGPT_UNSUPPORTED, /* well formed, but this build or model cannot do it */
    RGPT_CANCELLED,   /* a callback asked to stop */
    RGPT_STATUS_COUNT
} rgpt_status;

typedef struct rgpt_error {
    rgpt_status status;
    char message[4080]; /* one line, no line break, always terminated; "" when status is RGPT_OK */
} rgpt_error;

/* The library's version, "0.1.0". */
RGPT_API const char *rgpt_version(void);

/* "invalid argument", "out of memory", ...; never NULL. */
RGPT_API const char *rgpt_status_name(rgpt_status status);

/* ------------------------------------------------------------------ model */

typedef struct rgpt_model rgpt_model;

/* How matrix products with the weights are done. */
typedef enum rgpt_compute {
    RGPT_COMPUTE_FAST,  /* integer dot products on quantised weights, bf16 where the CPU has it */
    RGPT_COMPUTE_EXACT, /* everything in float32, weights dequantised: what goldens are compared in */
} rgpt_compute;

/* Zero-initialise for the defaults. */
typedef struct rgpt_model_options {
    /* Per session; 0: as many as the machine has cores. They are OpenMP's, whose waiting threads spin unless the
     * environment says otherwise before the program starts: GOMP_SPINCOUNT=1000 is right for busy machines. */
    int threads;
    rgpt_compute compute;
} rgpt_model_options;

/* Maps a model file (one GGUF made by `rgpt convert`) and checks all of it against the architecture it
 * names: every misfit is listed in the one message. Milliseconds: weights are read when first used. */
RGPT_API rgpt_status rgpt_model_open(const char *path, const rgpt_model_options *options, rgpt_model **out,
                                     rgpt_error *err);
RGPT_API void rgpt_model_close(rgpt_model *model);

/* What `rgpt info` shows. Strings live as long as the model. Sizes in bytes. */
typedef struct rgpt_model_info {
    const char *name;    /* "rgpt-tiny" */
    const char *vision;  /* family and shape: "timm_vit 12x192, patch 16, 336 px" */
    const char *refine;  /* "deconv" */
    const char *decoder; /* "llama 30x576, vocabulary 49152" */
    const char *template_name;
    int64_t parameter_count;
    int64_t vision_parameters, region_parameters, decoder_parameters;
    int image_tokens;    /* how many positions an image takes in the prompt */
    int context_length;  /* the longest conversation, in tokens, that the decoder was made for */
    size_t file_size;    /* the weights: mapped, and resident once used */
    size_t session_size; /* what rgpt_session_open allocates with default options: KV cache and workspace */
    size_t peak_size;    /* the most a process with one default session needs: program, libraries, weights, session */
} rgpt_model_info;

RGPT_API void rgpt_model_get_info(const rgpt_model *model, rgpt_model_info *out);

/* The model file's metadata for people: entry i as text ("general.license", "apache-2.0"; long arrays
 * are abridged). False past the end. Strings live as long as the model. */
RGPT_API bool rgpt_model_get_metadata(const rgpt_model *model, size_t i, const char **key, const char **value);
/* Tensor i: name, type name ("Q4_1"), rank and shape (outermost first), bytes. False past the end. */
typedef struct rgpt_tensor_info {
    const char *name;
    const char *type;
    int rank;
    int64_t shape[4];
    size_t size;
} rgpt_tensor_info;
RGPT_API bool rgpt_model_get_tensor(const rgpt_model *model, size_t i, rgpt_tensor_info *out);

/* Joins parts (vision weights, region module, decoder GGUF, adapter, tokenizer: files or folders in the
 * layouts people have, or a folder whose config.json names them) into one model file, written
 * atomically. `progress` may be NULL; returning false from it cancels. */
typedef bool (*rgpt_progress)(void *context, const char *what, int64_t done, int64_t total);
RGPT_API rgpt_status rgpt_convert(const char *const *sources, size_t source_count, const char *out_path,
                                  rgpt_progress progress, void *context, rgpt_error *err);

/* ------------------------------------------------------------------ image */

typedef struct rgpt_image rgpt_image;

/* Decodes a JPEG, PNG or WebP file; the contents decide, not the name. EXIF orientation is applied, so
 * coordinates are those of the picture as viewers show it. Refused from the header: sides over 16,384
 * or more than 50 million pixels. */
RGPT_API rgpt_status rgpt_image_open(const char *path, rgpt_image **out, rgpt_error *err);
RGPT_API rgpt_status rgpt_image_decode(const void *bytes, size_t size, rgpt_image **out, rgpt_error *err);
/* Copies packed 8-bit RGB rows, `stride` bytes apart. */
RGPT_API rgpt_status rgpt_image_from_rgb(const uint8_t *rgb, int width, int height, size_t stride, rgpt_image **out,
                                         rgpt_error *err);
RGPT_API int rgpt_image_width(const rgpt_image *image);
RGPT_API int rgpt_image_height(const rgpt_image *image);
RGPT_API void rgpt_image_close(rgpt_image *image);

/* ------------------------------------------------------------------ regions */

/* An ordered list of regions of one image; the first is <region1>. Each add either appends one region
 * (rgpt_regions_add_json: any number) or fails and leaves the list as it was. A region must cover at
 * least one pixel of the image; what sticks out is clipped. */
typedef struct rgpt_regions rgpt_regions;

RGPT_API rgpt_status rgpt_regions_new(int image_width, int image_height, rgpt_regions **out, rgpt_error *err);
RGPT_API void rgpt_regions_free(rgpt_regions *regions);

RGPT_API rgpt_status rgpt_regions_add_box(rgpt_regions *r, double x, double y, double width, double height,
                                          rgpt_error *err);
/* One ring of point_count >= 3 points: x1,y1,x2,y2,... filled as COCO fills polygons. */
RGPT_API rgpt_status rgpt_regions_add_polygon(rgpt_regions *r, const double *xy, size_t point_count, rgpt_error *err);
/* A disc; radius 0 takes a default that suits the image (1/50 of its longer side). */
RGPT_API rgpt_status rgpt_regions_add_point(rgpt_regions *r, double x, double y, double radius, rgpt_error *err);
/* A stroke through the points; width 0 takes the same default as a point's diameter. */
RGPT_API rgpt_status rgpt_regions_add_scribble(rgpt_regions *r, const double *xy, size_t point_count, double width,
                                               rgpt_error *err);
/* Row-major bytes, non-zero = inside; the size must be the image's. */
RGPT_API rgpt_status rgpt_regions_add_mask(rgpt_regions *r, const uint8_t *mask, int width, int height,
                                           rgpt_error *err);
/* A PNG of the image's size: non-zero (with an alpha channel: not transparent) = inside. */
RGPT_API rgpt_status rgpt_regions_add_mask_file(rgpt_regions *r, const char *path, rgpt_error *err);
/* JSON text: one COCO RLE {"size":[h,w],"counts":…}, one annotation, one of {"box"|"polygon"|"rle"|
 * "point"|"scribble"|"mask":…}, a list of any of these (also as {"regions":[…]}, which rgpt prints), or a
 * COCO file (then `file_name` picks the image by its name without folders; NULL: it must hold one image).
 * A mask here is a PNG in base64, never a path: JSON may come from strangers. */
RGPT_API rgpt_status rgpt_regions_add_json(rgpt_regions *r, const char *text, size_t size, const char *file_name,
                                           rgpt_error *err);

typedef struct rgpt_region_info {
    const char *kind; /* "box", "polygon", "rle", "mask", "point", "scribble" */
    double box[4];    /* x, y, width, height of what the region covers */
    int64_t area;     /* pixels */
} rgpt_region_info;

RGPT_API size_t rgpt_regions_count(const rgpt_regions *r);
RGPT_API bool rgpt_regions_get(const rgpt_regions *r, size_t i, rgpt_region_info *out);

/* Draws the regions over the image, each outlined and labelled, and writes a PNG. labels[i] (UTF-8) may
 * be NULL: then only the number is shown; labels itself may be NULL. */
RGPT_API rgpt_status rgpt_overlay_write(const char *path, const rgpt_image *image, const rgpt_regions *regions,
                                        const char *const *labels, rgpt_error *err);

/* ------------------------------------------------------------------ session */

typedef struct rgpt_session rgpt_session;

/* Zero-initialise for the defaults. */
typedef struct rgpt_session_options {
    int context_length; /* tokens of conversation, image included; 0: the model's, at most 2048 */
} rgpt_session_options;

RGPT_API rgpt_status rgpt_session_open(rgpt_model *model, const rgpt_session_options *options, rgpt_session **out,
                                       rgpt_error *err);
RGPT_API void rgpt_session_close(rgpt_session *session);

/* Has `progress` called before each pass of a long computation (looking, reading a prompt, scoring labels);
 * false cancels it: the call returns RGPT_CANCELLED and leaves the session as it was. NULL: no calls. */
RGPT_API void rgpt_session_on_progress(rgpt_session *session, rgpt_progress progress, void *context);

/* Looks at an image: one pass of the vision backbone, whatever the number of regions. Starts a new
 * conversation. `regions` may be NULL. On failure the session has no image. */
RGPT_API rgpt_status rgpt_session_look(rgpt_session *session, const rgpt_image *image, const rgpt_regions *regions,
                                       rgpt_error *err);
/* More regions of the same image: `regions` is the whole new list. Earlier turns stay, so a region that
 * they mention must still be the same one. */
RGPT_API rgpt_status rgpt_session_set_regions(rgpt_session *session, const rgpt_regions *regions, rgpt_error *err);
/* Forgets the conversation; the image, the regions and the computed common prefix stay. */
RGPT_API void rgpt_session_restart(rgpt_session *session);

/* Called with each piece of the answer as it is made: whole UTF-8 characters. False stops the answer. */
typedef bool (*rgpt_on_text)(void *context, const char *text, size_t size);

/* Zero-initialise for the defaults. */
typedef struct rgpt_generate_options {
    int max_tokens; /* 0: 128 */
    rgpt_on_text on_text;
    void *context;
} rgpt_generate_options;

typedef enum rgpt_stop {
    RGPT_STOP_EOS,    /* the model ended its turn */
    RGPT_STOP_LENGTH, /* max_tokens, or the context is full */
    RGPT_STOP_STRING, /* a stop string of the template */
} rgpt_stop;

/* What a call cost: positions of the prompt, how many of them were already in the cache, tokens made,
 * and wall-clock milliseconds. */
typedef struct rgpt_usage {
    int prompt_tokens, cached_tokens, generated_tokens;
    double prefill_ms, decode_ms;
} rgpt_usage;

typedef struct rgpt_answer {
    char *text; /* UTF-8, terminated */
    size_t text_size;
    rgpt_stop stop;
    rgpt_usage usage;
} rgpt_answer;

RGPT_API void rgpt_answer_reset(rgpt_answer *answer); /* frees the text */

/* Says `text` as the user and generates the answer, greedily; both join the conversation. `<region1>`,
 * `<region2>`, ... stand for the regions, anywhere, in any turn; a number without a region is an error.
 * What earlier calls already computed of the same beginning is not computed again. A failed or
 * cancelled call leaves the conversation as it was before it; what was streamed until then is in
 * `out`, which is always to be reset. */
RGPT_API rgpt_status rgpt_ask(rgpt_session *session, const char *text, const rgpt_generate_options *options,
                              rgpt_answer *out, rgpt_error *err);

/* The question that the model was trained with for a task about region `region` (1-based; 0: the whole
 * image). Returned text is the caller's to free(). */
typedef enum rgpt_task { RGPT_TASK_DESCRIBE, RGPT_TASK_DESCRIBE_BRIEF, RGPT_TASK_CLASSIFY } rgpt_task;
RGPT_API rgpt_status rgpt_task_question(const rgpt_model *model, rgpt_task task, int region, char **out,
                                        rgpt_error *err);

/* Probability of each label being the whole answer to `question` (then end of turn), normalised over the
 * labels: p[i] >= 0, their sum is 1. Also the unnormalised log-probabilities, if log_p is not NULL. All
 * labels are scored in one pass over the tree of their tokens. The conversation is left as it was.
 * Labels must be distinct and not empty. */
RGPT_API rgpt_status rgpt_choose(rgpt_session *session, const char *question, const char *const *labels,
                                 size_t label_count, double *p, double *log_p, rgpt_usage *usage, rgpt_error *err);

/* Which region fits the expression (paper, Table 1). p[i]: region i+1, as many as there are regions;
 * *none: no region fits. They sum to 1. */
RGPT_API rgpt_status rgpt_refer(rgpt_session *session, const char *expression, double *p, double *none,
                                rgpt_usage *usage, rgpt_error *err);

/* Milliseconds that the last rgpt_session_look took. */
RGPT_API double rgpt_session_image_ms(const rgpt_session *session);

#ifdef __cplusplus
}
#endif
#endif
