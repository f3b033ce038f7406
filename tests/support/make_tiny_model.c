/* make_tiny_model VOCAB.gguf OUT.gguf: the tiny model as a file, for tests of programs. */
#include <stdio.h>

#include "tiny_model.h"

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: make_tiny_model VOCAB.gguf OUT.gguf\n");
        return 2;
    }
    rgpt_error err = {0};
    if (rg_tiny_model_write(argv[2], argv[1], &err) == RGPT_OK) return 0;
    fprintf(stderr, "make_tiny_model: %s\n", err.message);
    return 1;
}
