/* tiny_session.h - the tiny model opened on a small picture with three regions. */
#ifndef RG_TESTS_TINY_SESSION_H
#define RG_TESTS_TINY_SESSION_H

#include <rgpt/rgpt.h>

/* A picture of 48 x 40 pixels, all colours. */
rgpt_status rg_tiny_image(rgpt_image **out, rgpt_error *err);
/* A box, a disc and a triangle on it. */
rgpt_status rg_tiny_regions(rgpt_regions **out, rgpt_error *err);
/* A session on `model` that has looked at both. */
rgpt_status rg_tiny_session(rgpt_model *model, rgpt_session **out, rgpt_error *err);

#endif
