/* Gradient cases of attention: both regimes of the forward, grouped heads, every kind of spans. */
#include "check.h"

typedef struct heads {
    int heads, kv_heads;
    const rg_visible *visible;
} heads;

static rg_tensor *attention(rg_run *run, const void *context, const rg_tensor *const *in) {
    const heads *h = context;
    return rg_attention(run, in[0], in[1] ? in[1] : in[0], in[2] ? in[2] : in[0], h->heads, h->kv_heads, h->visible);
}

static grad_case attention_case(const heads *h, int64_t rows, int64_t keys, int64_t width) {
    return (grad_case){attention,
                       h,
                       {{.rank = 2, .dim = {rows, h->heads * width}},
                        {.rank = 2, .dim = {keys, h->kv_heads * width}},
                        {.rank = 2, .dim = {keys, h->kv_heads * width}}}};
}

static void check_all(int heads_count, int kv_heads, int64_t rows, int64_t keys, int64_t width) {
    heads h = {heads_count, kv_heads, NULL};
    grad_case c = attention_case(&h, rows, keys, width);
    grad_check(&c);
}

/* Row t sees the keys up to its own. */
static void check_causal(int64_t rows) {
    enum { ROWS = 80 };
    int32_t first[ROWS + 1];
    rg_span span[ROWS];
    for (int32_t t = 0; t <= rows; t++) first[t] = t;
    for (int32_t t = 0; t < rows; t++) span[t] = (rg_span){0, t + 1};
    const rg_visible visible = {first, span};
    heads h = {rows > 8 ? 1 : 2, 1, &visible};
    grad_case c = attention_case(&h, rows, rows, rows > 8 ? 1 : 3);
    grad_check(&c);
}

/* A prefix of four keys, two branches behind it that do not see each other, one row that sees one key. */
static void check_branches(void) {
    const int32_t first[] = {0, 1, 2, 4, 6, 8, 9, 11, 12, 13};
    const rg_span span[] = {{0, 4}, {0, 5}, {0, 4}, {5, 6}, {1, 4}, {6, 8}, {0, 2},
                            {3, 4}, {7, 8}, {0, 2}, {5, 8}, {0, 8}, {2, 3}};
    const rg_visible visible = {first, span};
    heads h = {2, 2, &visible};
    grad_case many = attention_case(&h, 9, 8, 2), few = attention_case(&h, 5, 8, 2);
    grad_check(&many);
    grad_check(&few);
}

void grad_attention(void) {
    check_all(1, 1, 3, 5, 4);
    check_all(4, 2, 9, 6, 3);
    check_all(3, 1, 2, 3, 1);
    check_causal(5);
    check_causal(11);
    check_causal(70); /* more than a block of rows */
    check_branches();
    heads h = {2, 2, NULL}; /* one tensor as queries, keys and values */
    grad_check(&(grad_case){attention, &h, {{.rank = 2, .dim = {9, 4}}}});
}
