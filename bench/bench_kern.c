/* bench_kern [THREADS [ISA ...]]: how fast weights are read and multiplied, per type and instruction set.
 *
 * Decode: one row of activations, bound by memory. Each shape is repeated in a block of weights larger than
 * the caches, and set beside a plain read of that block in the same run.
 * Prefill: many rows of activations, bound by arithmetic: GFLOP/s, a multiply-add counting as two.
 *
 * Shapes are text from real models: the layers of SmolLM2-135M and LLaMA-7B, a ViT-L/14-336's. Every figure
 * is the best of several runs, so a busy machine hurts less.
 */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kern/matmul.h"

enum { BLOCK_SIZE = 192 << 20, RUNS = 10, MAX_M = 640, MAX_N = 11008 };

/* Of one thread the processor's time, so that others on the machine count less. */
static double seconds(int threads) {
    struct timespec t;
    clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct shape {
    int64_t M, N, K;
} shape;

typedef struct bench {
    int threads;
    uint8_t *block; /* weights */
    float *x, *y;
    double read_speed; /* bytes a second */
} bench;

static void *allocate(size_t size) {
    void *memory = aligned_alloc(64, size);
    if (!memory) exit(1);
    return memset(memory, 1, size); /* small, ordinary numbers in every type; and no page is missing later */
}

/* Best of many pieces, as the products are. */
static double read_block(const bench *b) {
    enum { PIECE = 8 << 20 };
    double best = 0;
    for (int64_t at = 0; at < (int64_t)BLOCK_SIZE * RUNS; at += PIECE) {
        const uint64_t *piece = (const uint64_t *)(const void *)(b->block + at % BLOCK_SIZE);
        uint64_t sum = 0;
        const double start = seconds(b->threads);
#pragma omp parallel for simd num_threads(b->threads) reduction(+ : sum)
        for (int64_t i = 0; i < PIECE / 8; i++) sum += piece[i];
        const double speed = PIECE / (seconds(b->threads) - start);
        if (sum != 0 && speed > best) best = speed;
    }
    return best;
}

/* Seconds for one product: the best of many, because others may want the machine. Each takes other weights,
 * walking through the block, so that they come from memory; or `stays` with the same. */
static double time_product(const bench *b, rg_matmul *ctx, rg_compute mode, rg_dtype type, shape s, bool stays) {
    size_t size;
    if (!rg_dtype_size(type, s.N * s.K, &size)) return 0;
    const size_t copies = stays ? 1 : BLOCK_SIZE / size;
    double best = 1e9;
    const double end = seconds(b->threads) + 0.1;
    for (size_t i = 0; i < 5 || seconds(b->threads) < end; i++) {
        const double start = seconds(b->threads);
        rg_matmul_wt(ctx, mode, b->x, s.K, s.M, s.K, b->block + i % copies * size, type, s.N, NULL, b->y, s.N, NULL);
        const double took = seconds(b->threads) - start;
        if (took < best) best = took;
    }
    return best;
}

static const rg_dtype types[] = {RG_F32, RG_F16, RG_BF16, RG_Q8_0, RG_Q4_0, RG_Q4_1, RG_Q5_K, RG_Q4_K, RG_Q6_K};
enum { TYPES = sizeof types / sizeof *types };

static void print_types(const char *title) {
    printf("%-22s", title);
    for (int t = 0; t < TYPES; t++) printf(" %11s", rg_dtype_get(types[t])->name);
    printf("\n");
}

static void bench_decode(const bench *b, rg_matmul *ctx) {
    static const shape shapes[] = {{1, 576, 1536}, {1, 1536, 576}, {1, 49152, 576}, {1, 4096, 4096}, {4, 4096, 4096}};
    print_types("decode GB/s (of read)");
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        const shape k = shapes[s];
        printf("M%-3d N%-6d K%-6d   ", (int)k.M, (int)k.N, (int)k.K);
        for (int t = 0; t < TYPES; t++) {
            const rg_dtype_traits *traits = rg_dtype_get(types[t]);
            size_t size;
            if (k.K % traits->block_count != 0 || !rg_dtype_size(types[t], k.N * k.K, &size)) {
                printf(" %11s", "-");
                continue;
            }
            const double speed = (double)(int64_t)size / time_product(b, ctx, RG_COMPUTE_FAST, types[t], k, false);
            printf(" %5.1f (%2.0f%%)", speed / 1e9, 100 * speed / b->read_speed);
        }
        printf("\n");
    }
}

static void bench_prefill(const bench *b, rg_matmul *ctx, rg_compute mode) {
    static const shape shapes[] = {{8, 4096, 4096},  {16, 4096, 4096},  {32, 4096, 4096},  {30, 576, 576},
                                   {30, 1536, 576},  {100, 576, 1536},  {577, 1024, 1024}, {577, 4096, 1024},
                                   {640, 1536, 576}, {640, 4096, 4096}, {128, 4096, 11008}};
    print_types(mode == RG_COMPUTE_EXACT ? "prefill exact GFLOP/s" : "prefill fast GFLOP/s");
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        const shape k = shapes[s];
        printf("M%-3d N%-6d K%-6d   ", (int)k.M, (int)k.N, (int)k.K);
        for (int t = 0; t < TYPES; t++) {
            if (k.K % rg_dtype_get(types[t])->block_count != 0) {
                printf(" %11s", "-");
                continue;
            }
            const double work = 2.0 * (double)k.M * (double)k.N * (double)k.K;
            printf(" %11.1f", work / time_product(b, ctx, mode, types[t], k, true) / 1e9);
        }
        printf("\n");
        fflush(stdout);
    }
}

static void bench_isa(const bench *b, rg_isa isa) {
    rg_matmul *ctx;
    if (rg_matmul_new(isa, b->threads, &ctx, NULL) != RGPT_OK) exit(1);
    printf("\n== %s, %d threads\n", rg_isa_name(isa), b->threads);
    bench_decode(b, ctx);
    bench_prefill(b, ctx, RG_COMPUTE_FAST);
    bench_prefill(b, ctx, RG_COMPUTE_EXACT);
    rg_matmul_free(ctx);
}

int main(int argc, char **argv) {
    const char *threads = argc > 1 ? argv[1] : "0";
    bench b = {.threads = (int)strtol(threads, NULL, 10)};
    if (b.threads < 1) b.threads = omp_get_num_procs();
    b.block = allocate(BLOCK_SIZE);
    b.x = allocate(sizeof(float) * MAX_M * MAX_N);
    b.y = allocate(sizeof(float) * MAX_M * 49152);
    for (int64_t i = 0; i < (int64_t)MAX_M * MAX_N; i++) b.x[i] = (float)(i % 251) / 250 - 0.5F;
    b.read_speed = read_block(&b);
    printf("plain read of %d MB: %.1f GB/s\n", BLOCK_SIZE >> 20, b.read_speed / 1e9);
    for (int isa = (int)rg_isa_detect(); isa >= 0; isa--) {
        bool wanted = argc <= 2;
        for (int i = 2; i < argc; i++) wanted |= strcmp(argv[i], rg_isa_name((rg_isa)isa)) == 0;
        if (wanted) bench_isa(&b, (rg_isa)isa);
    }
    free(b.block), free(b.x), free(b.y);
    return 0;
}
