/* SPDX-License-Identifier: MIT
 *
 * Writing a case of a vector file.
 */
#include "harness/vector_write.h"

#include <string.h>

static bool add_flags(const struct vector_case *one, struct buf *out)
{
    bool held = buf_add_text(out, ",\"flags\":[");
    for (size_t i = 0; held && i < one->flag_count; i++) {
        held = buf_add_text(out, i > 0 ? "," : "") && json_add_text(out, hg_text(one->flags[i]));
    }
    return held && buf_add_text(out, "]");
}

/* Why the case is judged so. */
static bool add_reason(const struct vector_case *one, struct buf *out)
{
    bool held = one->spec == NULL ||
                (buf_add_text(out, ",\"spec\":") && json_add_text(out, hg_text(one->spec)));
    held = held && (one->note == NULL ||
                    (buf_add_text(out, ",\"note\":") && json_add_text(out, hg_text(one->note))));
    return held && (one->source == NULL || (buf_add_text(out, ",\"source\":") &&
                                            json_add_text(out, hg_text(one->source))));
}

static bool add_edits(const struct vector_case *one, struct buf *out)
{
    if (one->edit_count == 0) {
        return true;
    }
    bool held = buf_add_text(out, ",\"edit\":[");
    for (size_t i = 0; held && i < one->edit_count; i++) {
        held = buf_add_text(out, i > 0 ? "," : "") && edit_to_json(&one->edits[i], out);
    }
    return held && buf_add_text(out, "]");
}

/* Whether body is unit, over and over. */
static bool repeats(hg_str body, hg_str unit)
{
    if (body.len % unit.len != 0) {
        return false;
    }
    for (size_t i = 0; i < body.len; i += unit.len) {
        if (memcmp(body.ptr + i, unit.ptr, unit.len) != 0) {
            return false;
        }
    }
    return true;
}

static bool add_request(const hg_request *request, hg_str unit, struct buf *out)
{
    if (unit.len == 0) {
        return capture_to_json(request, 0, out);
    }
    hg_request head = *request;
    head.body = (hg_str){NULL, 0};
    if (!repeats(request->body, unit) || !capture_to_json(&head, 0, out)) {
        return false;
    }
    out->len--; /* the closing brace comes after the body */
    return buf_add_text(out, ",\"body_repeat\":{\"text\":") && json_add_text(out, unit) &&
           buf_addf(out, ",\"count\":%zu}}", request->body.len / unit.len);
}

bool vector_case_to_json(const struct vector_case *one, const hg_request *request, hg_str unit,
                         struct buf *out)
{
    bool held = buf_add_text(out, "{\"id\":") && json_add_text(out, hg_text(one->id));
    if (held && one->of != NULL) {
        held = buf_add_text(out, ",\"of\":") && json_add_text(out, hg_text(one->of->id));
    }
    held = held && add_flags(one, out) &&
           buf_addf(out, ",\"status\":\"%s\"", hg_status_name(one->status));
    if (held && one->should) {
        held = buf_add_text(out, ",\"level\":\"should\"");
    }
    held = held && add_reason(one, out);
    if (held && one->times > 1) {
        held = buf_addf(out, ",\"times\":%d,\"expect_stored\":%d", one->times, one->expect_stored);
    }
    if (held && one->needs_http) {
        held = buf_add_text(out, ",\"needs\":[\"http\"]");
    }
    return held && add_edits(one, out) && buf_add_text(out, ",\"request\":") &&
           add_request(request, unit, out) && buf_add_text(out, "}");
}
