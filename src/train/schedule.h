/* schedule.h - how the learning rate goes: a linear warm-up, then half a cosine down to zero, the same numbers
 * as Hugging Face's get_cosine_schedule_with_warmup, with which the published models were trained. */
#ifndef RG_TRAIN_SCHEDULE_H
#define RG_TRAIN_SCHEDULE_H

#include <stdint.h>

typedef struct rg_schedule {
    int64_t steps;  /* of the whole training */
    double warm_up; /* the share of them that the warm-up takes, 0 .. 1, rounded up to whole steps */
} rg_schedule;

/* What step `step`, from 0, multiplies the learning rate with: 0 .. 1. The first step of a warm-up has 0. */
double rg_schedule_rate(const rg_schedule *s, int64_t step);

#endif
