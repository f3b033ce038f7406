/* fault.h - which call fails next; shared by the wrappers and the loops of torture.h. */
#ifndef RG_TESTS_FAULT_H
#define RG_TESTS_FAULT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum fault_kind {
    FAULT_NONE,
    FAULT_MEMORY, /* allocations: NULL, ENOMEM */
    FAULT_CALL,   /* system calls on files: -1 and fault_plan.error */
    FAULT_SHORT,  /* reads and writes of more than one byte do one byte only */
} fault_kind;

typedef struct fault_plan {
    fault_kind kind;
    int first;        /* the call to fail, from 1; 0 counts only */
    bool is_for_good; /* fail every later one too */
    int error;        /* FAULT_CALL: errno; EINTR concerns only reads and writes */
} fault_plan;

/* What the calls that failed ask of the code: the first of them decides, or a later one that blurs. */
typedef enum fault_duty {
    FAULT_NOT_STRUCK, /* nothing failed yet */
    FAULT_TO_REPORT,  /* must lead to the right status */
    FAULT_TO_BLUR,    /* jansson's allocation: it tells full memory from bad JSON only sometimes */
    FAULT_TO_IGNORE,  /* close: nobody need care after reading */
} fault_duty;

void fault_arm(fault_plan plan);
void fault_disarm(void);
int fault_count(void); /* calls of the armed kind since fault_arm */
fault_duty fault_get_duty(void);

void *fault_jansson_malloc(size_t size); /* for json_set_alloc_funcs */

#endif
