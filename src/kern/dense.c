#include "kern/dense.h"

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_version.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "kern/scratch.h"

enum { A, B, BIAS, Y, OPERANDS };

/* One compiled product. The memory objects are handles whose pointer is set before each run, so a run
 * allocates nothing. */
typedef struct primitive {
    rg_dense_shape shape;
    dnnl_primitive_t run; /* NULL: a free slot */
    dnnl_memory_t memory[OPERANDS];
    dnnl_memory_t scratchpad;
    size_t scratchpad_size;
    uint64_t last_use;
} primitive;

struct rg_dense {
    int threads;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    rg_scratch scratchpad; /* one for all primitives: they run one at a time */
    uint64_t clock;
    primitive cache[RG_DENSE_CACHE];
};

static rgpt_status fail_dnnl(rgpt_error *err, dnnl_status_t status, const char *what) {
    if (status == dnnl_out_of_memory) return rg_fail(err, RGPT_NO_MEMORY, "oneDNN: %s: out of memory", what);
    return rg_fail(err, RGPT_UNSUPPORTED, "oneDNN: %s failed with status %d", what, (int)status);
}

/* oneDNN asks OpenMP for the number of threads, when it compiles and again when it runs, and the two
 * must agree. The setting belongs to the calling thread alone; it is put back afterwards. */
static int enter_threads(int threads) {
    const int before = omp_get_max_threads();
    if (before != threads) omp_set_num_threads(threads);
    return before;
}

static void leave_threads(int before, int threads) {
    if (before != threads) omp_set_num_threads(before);
}

/* ------------------------------------------------------------------ what differs between 2.x and 3.x */

#if DNNL_VERSION_MAJOR >= 3

/* A description is an object to be destroyed. */
typedef dnnl_memory_desc_t description;
typedef const_dnnl_memory_desc_t borrowed;

static borrowed borrow(const description *d) {
    return *d;
}

static dnnl_status_t describe(description *d, int rank, const dnnl_dims_t dims, dnnl_data_type_t type,
                              const dnnl_dims_t strides) {
    return dnnl_memory_desc_create_with_strides(d, rank, dims, type, strides);
}

static void forget(description *d) {
    if (*d) dnnl_memory_desc_destroy(*d);
}

static dnnl_status_t append_sum(dnnl_post_ops_t ops) {
    return dnnl_post_ops_append_sum(ops, 1.0F, 0, dnnl_data_type_undef);
}

static dnnl_status_t plan_matmul(dnnl_primitive_desc_t *out, dnnl_engine_t engine, borrowed a, borrowed b,
                                 borrowed bias, borrowed y, const_dnnl_primitive_attr_t attributes) {
    return dnnl_matmul_primitive_desc_create(out, engine, a, b, bias, y, attributes);
}

#else

/* A description is a plain struct. */
typedef dnnl_memory_desc_t description;
typedef const dnnl_memory_desc_t *borrowed;

static borrowed borrow(const description *d) {
    return d;
}

static dnnl_status_t describe(description *d, int rank, const dnnl_dims_t dims, dnnl_data_type_t type,
                              const dnnl_dims_t strides) {
    return dnnl_memory_desc_init_by_strides(d, rank, dims, type, strides);
}

static void forget(description *d) {
    (void)d;
}

static dnnl_status_t append_sum(dnnl_post_ops_t ops) {
    return dnnl_post_ops_append_sum(ops, 1.0F);
}

static dnnl_status_t plan_matmul(dnnl_primitive_desc_t *out, dnnl_engine_t engine, borrowed a, borrowed b,
                                 borrowed bias, borrowed y, const_dnnl_primitive_attr_t attributes) {
    dnnl_matmul_desc_t matmul;
    dnnl_status_t status = dnnl_matmul_desc_init(&matmul, a, b, bias, y);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(out, &matmul, attributes, engine, NULL);
}

#endif

/* ------------------------------------------------------------------ compiling a shape */

/* A batch of one is a plain matrix; a batch stride of 0 is a dimension of 1 that oneDNN broadcasts. */
static dnnl_status_t describe_matrix(description *d, const rg_dense_shape *s, const int64_t strides[3], int64_t rows,
                                     int64_t columns, dnnl_data_type_t type) {
    if (s->batch == 1) {
        const dnnl_dims_t dims = {rows, columns}, steps = {strides[1], strides[2]};
        return describe(d, 2, dims, type, steps);
    }
    const dnnl_dims_t dims = {strides[0] ? s->batch : 1, rows, columns};
    const dnnl_dims_t steps = {strides[0] ? strides[0] : rows * columns, strides[1], strides[2]};
    return describe(d, 3, dims, type, steps);
}

static dnnl_status_t describe_operands(description d[OPERANDS], const rg_dense_shape *s) {
    const dnnl_data_type_t type = s->is_bf16 ? dnnl_bf16 : dnnl_f32;
    const int64_t along_row[3] = {0, s->N, 1};
    dnnl_status_t status = describe_matrix(&d[A], s, s->a, s->M, s->K, type);
    if (status == dnnl_success) status = describe_matrix(&d[B], s, s->b, s->K, s->N, type);
    if (status == dnnl_success) status = describe_matrix(&d[BIAS], s, along_row, 1, s->N, dnnl_f32);
    if (status == dnnl_success) status = describe_matrix(&d[Y], s, s->y, s->M, s->N, dnnl_f32);
    return status;
}

static dnnl_status_t make_attributes(dnnl_primitive_attr_t *out, bool accumulate) {
    dnnl_status_t status = dnnl_primitive_attr_create(out);
    if (status != dnnl_success) return status;
    /* Our memory, not oneDNN's: it is then bounded, and no run allocates. */
    status = dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
    if (status != dnnl_success || !accumulate) return status;
    dnnl_post_ops_t ops = NULL;
    status = dnnl_post_ops_create(&ops);
    if (status == dnnl_success) status = append_sum(ops);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*out, ops);
    if (ops) dnnl_post_ops_destroy(ops);
    return status;
}

static dnnl_status_t bind(dnnl_memory_t *out, borrowed d, dnnl_engine_t engine) {
    return dnnl_memory_create(out, d, engine, DNNL_MEMORY_NONE);
}

static dnnl_status_t bind_operands(primitive *p, const description d[OPERANDS], const_dnnl_primitive_desc_t plan,
                                   dnnl_engine_t engine) {
    for (int i = 0; i < OPERANDS; i++) {
        dnnl_status_t status = bind(&p->memory[i], borrow(&d[i]), engine);
        if (status != dnnl_success) return status;
    }
    borrowed scratchpad = dnnl_primitive_desc_query_md(plan, dnnl_query_scratchpad_md, 0);
    p->scratchpad_size = scratchpad ? dnnl_memory_desc_get_size(scratchpad) : 0;
    return p->scratchpad_size > 0 ? bind(&p->scratchpad, scratchpad, engine) : dnnl_success;
}

static void discard(primitive *p) {
    if (p->run) dnnl_primitive_destroy(p->run);
    for (int i = 0; i < OPERANDS; i++) {
        if (p->memory[i]) dnnl_memory_destroy(p->memory[i]);
    }
    if (p->scratchpad) dnnl_memory_destroy(p->scratchpad);
    *p = (primitive){0};
}

static dnnl_status_t compile(primitive *p, const rg_dense_shape *shape, dnnl_engine_t engine) {
    description d[OPERANDS];
    memset(d, 0, sizeof d);
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t plan = NULL;
    p->shape = *shape;
    dnnl_status_t status = describe_operands(d, shape);
    if (status == dnnl_success) status = make_attributes(&attributes, shape->accumulate);
    if (status == dnnl_success) {
        status = plan_matmul(&plan, engine, borrow(&d[A]), borrow(&d[B]), shape->has_bias ? borrow(&d[BIAS]) : NULL,
                             borrow(&d[Y]), attributes);
    }
    if (status == dnnl_success) status = bind_operands(p, d, plan, engine);
    if (status == dnnl_success) status = dnnl_primitive_create(&p->run, plan);
    if (plan) dnnl_primitive_desc_destroy(plan);
    if (attributes) dnnl_primitive_attr_destroy(attributes);
    for (int i = 0; i < OPERANDS; i++) forget(&d[i]);
    if (status != dnnl_success) discard(p);
    return status;
}

/* ------------------------------------------------------------------ the cache */

/* The primitive of a shape; else the slot to compile it into, emptied: a free one or the least recently used. */
static primitive *find_slot(rg_dense *d, const rg_dense_shape *shape) {
    primitive *oldest = &d->cache[0];
    for (int i = 0; i < RG_DENSE_CACHE; i++) {
        primitive *p = &d->cache[i];
        if (p->run && memcmp(&p->shape, shape, sizeof *shape) == 0) return p;
        if (p->last_use < oldest->last_use) oldest = p;
    }
    discard(oldest);
    return oldest;
}

static dnnl_status_t execute(rg_dense *d, primitive *p, void *const operands[OPERANDS]) {
    static const int names[OPERANDS] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST};
    dnnl_exec_arg_t arguments[OPERANDS + 1];
    int count = 0;
    for (int i = 0; i < OPERANDS; i++) {
        if (!operands[i]) continue;
        dnnl_status_t status = dnnl_memory_set_data_handle(p->memory[i], operands[i]);
        if (status != dnnl_success) return status;
        arguments[count++] = (dnnl_exec_arg_t){.arg = names[i], .memory = p->memory[i]};
    }
    if (p->scratchpad) {
        dnnl_status_t status = dnnl_memory_set_data_handle(p->scratchpad, d->scratchpad.data);
        if (status != dnnl_success) return status;
        arguments[count++] = (dnnl_exec_arg_t){.arg = DNNL_ARG_SCRATCHPAD, .memory = p->scratchpad};
    }
    return dnnl_primitive_execute(p->run, d->stream, count, arguments);
}

static rgpt_status multiply(rg_dense *d, const rg_dense_shape *shape, void *const operands[OPERANDS], rgpt_error *err) {
    primitive *p = find_slot(d, shape);
    dnnl_status_t status = p->run ? dnnl_success : compile(p, shape, d->engine);
    if (status != dnnl_success) return fail_dnnl(err, status, "compiling a matrix product");
    p->last_use = ++d->clock;
    if (rg_scratch_reserve(&d->scratchpad, p->scratchpad_size, err) != RGPT_OK) return RGPT_NO_MEMORY;
    status = execute(d, p, operands);
    if (status != dnnl_success) return fail_dnnl(err, status, "a matrix product");
    return RGPT_OK;
}

rgpt_status rg_dense_multiply(rg_dense *d, const rg_dense_shape *shape, const void *a, const void *b, const float *bias,
                              float *y, rgpt_error *err) {
    /* oneDNN's handles are not const; it only reads the first three. */
    void *const operands[OPERANDS] = {[A] = (void *)a, [B] = (void *)b, [BIAS] = (void *)bias, [Y] = y};
    const int before = enter_threads(d->threads);
    rgpt_status status = multiply(d, shape, operands, err);
    leave_threads(before, d->threads);
    return status;
}

rgpt_status rg_dense_new(int threads, rg_dense **out, rgpt_error *err) {
    *out = NULL;
    rg_dense *d = calloc(1, sizeof *d);
    if (!d) return rg_fail_memory(err, "oneDNN", sizeof *d);
    d->threads = threads;
    dnnl_status_t status = dnnl_engine_create(&d->engine, dnnl_cpu, 0);
    if (status == dnnl_success) status = dnnl_stream_create(&d->stream, d->engine, dnnl_stream_default_flags);
    if (status != dnnl_success) {
        rg_dense_free(d);
        return fail_dnnl(err, status, "start");
    }
    *out = d;
    return RGPT_OK;
}

void rg_dense_free(rg_dense *d) {
    if (!d) return;
    for (int i = 0; i < RG_DENSE_CACHE; i++) discard(&d->cache[i]);
    if (d->stream) dnnl_stream_destroy(d->stream);
    if (d->engine) dnnl_engine_destroy(d->engine);
    rg_scratch_reset(&d->scratchpad);
    free(d);
}
