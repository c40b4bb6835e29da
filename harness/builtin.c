/* SPDX-License-Identifier: MIT
 *
 * The built-in vector files. The assembler takes the bytes from vectors/, as for the samples; paths
 * are relative to the project's root, where the compiler runs.
 */
#include <string.h>

#include "harness/vector.h"

/* ROW(symbol, file name without .json); webinone, the main one, comes first. */
#define VECTORS                                                                                    \
    ROW(webinone, "webinone")                                                                      \
    ROW(github, "github")                                                                          \
    ROW(shopify, "shopify")                                                                        \
    ROW(slack, "slack")                                                                            \
    ROW(standard_webhooks, "standard-webhooks")                                                    \
    ROW(stripe, "stripe")

/* clang-format off */
#define ROW(symbol, name)                                                                          \
    __asm__(".pushsection .rodata\n"                                                               \
            ".hidden vector_" #symbol "\n"                                                         \
            ".hidden vector_" #symbol "_end\n"                                                     \
            ".global vector_" #symbol "\n"                                                         \
            ".global vector_" #symbol "_end\n"                                                     \
            "vector_" #symbol ":\n"                                                                \
            ".incbin \"vectors/" name ".json\"\n"                                                  \
            "vector_" #symbol "_end:\n"                                                            \
            ".byte 0\n"                                                                            \
            ".popsection\n");                                                                      \
    extern const char vector_##symbol[];                                                           \
    extern const char vector_##symbol##_end[];
VECTORS
#undef ROW
/* clang-format on */

struct builtin {
    const char *name;
    const char *start;
    const char *end;
};

#define ROW(symbol, name) {name, vector_##symbol, vector_##symbol##_end},
static const struct builtin builtins[] = {VECTORS};
#undef ROW

#define BUILTIN_COUNT (sizeof builtins / sizeof builtins[0])

hg_str vector_builtin(const char *name)
{
    for (size_t i = 0; i < BUILTIN_COUNT; i++) {
        if (strcmp(builtins[i].name, name) == 0) {
            return (hg_str){builtins[i].start, (size_t) (builtins[i].end - builtins[i].start)};
        }
    }
    return (hg_str){NULL, 0};
}

const char *vector_builtin_name(size_t index)
{
    return index < BUILTIN_COUNT ? builtins[index].name : NULL;
}
