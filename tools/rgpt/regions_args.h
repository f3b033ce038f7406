/* regions_args.h - the options that give regions: --box, --polygon, --rle, ...
 *
 * Regions are numbered in the order in which they stand on the command line, whatever their kinds. The
 * image's size is not known while options are parsed, so a region waits here as text and numbers until
 * the image is open.
 */
#ifndef CLI_REGIONS_ARGS_H
#define CLI_REGIONS_ARGS_H

#include "options.h"

typedef struct cli_region_arg cli_region_arg;

/* Zero-initialise; cli_regions_reset frees. */
typedef struct cli_regions_args {
    cli_region_arg *items;
    size_t count, allocated;
} cli_regions_args;

/* One row a kind; their target is a cli_regions_args. */
extern const cli_option cli_region_options[];

/* Makes the list of regions for `image`. `image_path` picks the image's annotations in a COCO file (NULL: the
 * image has no name). *out is freed with rgpt_regions_free. */
int cli_regions_build(const cli_regions_args *args, const rgpt_image *image, const char *image_path,
                      rgpt_regions **out);

/* Refuses to write `out_path` over a file that a region is read from. */
int cli_regions_check_distinct(const cli_regions_args *args, const char *option, const char *out_path);

void cli_regions_reset(cli_regions_args *args);

#endif
