/* SPDX-License-Identifier: MIT
 *
 * Which cases a run takes.
 */
#include "harness/select.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

bool select_fits(const struct vector_case *one, const char *pattern)
{
    if (pattern == NULL) {
        return true;
    }
    if (strncmp(pattern, SELECT_FAMILY, strlen(SELECT_FAMILY)) == 0) {
        return one->family != NULL && fnmatch(pattern + strlen(SELECT_FAMILY), one->family, 0) == 0;
    }
    if (strncmp(pattern, SELECT_FLAG, strlen(SELECT_FLAG)) != 0) {
        return fnmatch(pattern, one->id, 0) == 0;
    }
    for (size_t i = 0; i < one->flag_count; i++) {
        if (fnmatch(pattern + strlen(SELECT_FLAG), one->flags[i], 0) == 0) {
            return true;
        }
    }
    return false;
}

bool select_exact(struct buf *out, const char *id)
{
    bool done = true;
    for (const char *at = id; done && *at != '\0'; at++) {
        done = (strchr("*?[\\", *at) == NULL || buf_add_text(out, "\\")) && buf_add(out, at, 1);
    }
    return done;
}

bool select_event(const struct vector_file *file, const struct vector_case *one,
                  const hg_item_type **type, const char **action)
{
    const hg_scheme_spec *row = hg_scheme_row(file->scheme);
    const hg_request *request = &(one->of != NULL ? one->of : one)->capture.request;
    if (row->event.header == NULL || row->event.grammar == NULL) {
        return false;
    }
    for (size_t i = 0; i < request->header_count; i++) {
        hg_str name = request->headers[i].name;
        if (name.len == strlen(row->event.header) &&
            strncasecmp(name.ptr, row->event.header, name.len) == 0) {
            return hg_event_parse(request->headers[i].value, type, action);
        }
    }
    return false;
}
