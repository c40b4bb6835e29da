/* SPDX-License-Identifier: MIT
 *
 * What the fuzz targets share: taking a fuzzer's bytes apart, and sounding the alarm.
 *
 * Slices that go to the code under test are copied into blocks of exactly their size, so that the
 * address sanitizer sees a read of one byte too many.
 */
#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hookgauge.h"

/* The fuzzer's names. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

struct input {
    const uint8_t *at;
    size_t left;
};

/* A finding: the fuzzer keeps the input that led here. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The next byte; 0 when there is none. */
static inline unsigned take_byte(struct input *input)
{
    if (input->left == 0) {
        return 0;
    }
    input->left--;
    return *input->at++;
}

/* The next bytes: at most as many as a length byte in front of them says. */
static inline hg_str take_text(struct input *input)
{
    size_t len = take_byte(input);
    hg_str text = {(const char *) input->at, len < input->left ? len : input->left};
    input->at += text.len;
    input->left -= text.len;
    return text;
}

static inline hg_str take_rest(struct input *input)
{
    hg_str text = {(const char *) input->at, input->left};
    input->at += input->left;
    input->left = 0;
    return text;
}

/* A copy in a block of exactly its size; freed with exact_free. */
static inline hg_str exact(hg_str text)
{
    char *copy = malloc(text.len > 0 ? text.len : 1);
    MUST(copy != NULL);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return (hg_str){copy, text.len};
}

static inline void exact_free(hg_str text)
{
    free((char *) (uintptr_t) text.ptr);
}

static inline bool same(hg_str a, hg_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Slices of the same place. */
static inline bool same_place(hg_str a, hg_str b)
{
    return a.len == b.len && (a.len == 0 || a.ptr == b.ptr);
}

#endif
