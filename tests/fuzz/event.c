/* SPDX-License-Identifier: MIT
 *
 * Event names and patterns: the catalogue reads what it prints, and a pattern matches what a
 * second, plainer reading of its rule says.
 */
#include "tests/fuzz/input.h"

/* The place of the only dot; SIZE_MAX when there is none or another. */
static size_t only_dot(hg_str text)
{
    size_t at = SIZE_MAX;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '.') {
            if (at != SIZE_MAX) {
                return SIZE_MAX;
            }
            at = i;
        }
    }
    return at;
}

static bool half_matches(const char *pattern, size_t pattern_len, const char *text, size_t len)
{
    return (pattern_len == 1 && pattern[0] == '*') ||
           (pattern_len == len && memcmp(pattern, text, len) == 0);
}

static bool expected(hg_str pattern, hg_str event)
{
    size_t p = only_dot(pattern);
    size_t e = only_dot(event);
    if (same(pattern, event) || same(pattern, hg_text("*"))) {
        return true;
    }
    return p != SIZE_MAX && e != SIZE_MAX && half_matches(pattern.ptr, p, event.ptr, e) &&
           half_matches(pattern.ptr + p + 1, pattern.len - p - 1, event.ptr + e + 1,
                        event.len - e - 1);
}

static void check_catalogue(hg_str event)
{
    const hg_item_type *type = NULL;
    const char *action = NULL;
    char printed[HG_VALUE_MAX];
    if (!hg_event_parse(event, &type, &action)) {
        MUST(type == NULL && action == NULL);
        return;
    }
    size_t len = hg_event_print(type, action, printed, sizeof printed);
    MUST(same((hg_str){printed, len}, event) && printed[len] == '\0');
    MUST(hg_event_print(type, action, printed, len) == 0);
    MUST(hg_item_type_find(hg_text(type->id)) == type);
    MUST(hg_item_type_find(hg_text(type->name)) == type);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    hg_str pattern = exact(take_text(&input));
    hg_str event = exact(take_rest(&input));
    MUST(hg_event_match(pattern, event) == expected(pattern, event));
    check_catalogue(event);
    check_catalogue(pattern);
    exact_free(pattern);
    exact_free(event);
    return 0;
}
