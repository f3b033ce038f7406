/* safetensors_format.h - what the safetensors reader and writer share, and nobody else includes. */
#ifndef RG_IO_SAFETENSORS_FORMAT_H
#define RG_IO_SAFETENSORS_FORMAT_H

#include "io/safetensors.h"

enum { RG_SAFETENSORS_HEADER_LIMIT = 100000000 }; /* bytes, the format's own limit */

/* Reads the JSON header of a file with `data_size` bytes of data, which need not be there yet: data
 * pointers are then NULL. The writer reads its own header back with it. */
rgpt_status rg_safetensors_parse_header(const char *json, size_t json_size, size_t data_size, rg_safetensors **out,
                                        rgpt_error *err);

#endif
